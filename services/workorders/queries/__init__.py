"""All SQL of workorders, by use case."""
