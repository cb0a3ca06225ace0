"""Event contracts: what crosses the border of a service. ``topics.TOPICS`` lists where each of them stands."""
