"""Uurwerk's HTTP APIs and progress as a client sees them: for the demo, the acceptance tests and the benchmark."""
