"""The ways in which a consume stage can be done."""
