"""The HTTP routes of workorders."""
