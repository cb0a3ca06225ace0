"""HTTP shapes of timesheets. Decimals are text, times carry their offset, unknown fields of a request are refused."""
