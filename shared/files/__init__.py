"""Tables as files: CSV, XLSX and JSON, written row by row in flat memory."""
