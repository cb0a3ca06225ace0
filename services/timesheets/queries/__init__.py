"""All of timesheets' SQL, by use case. Nothing here commits."""
