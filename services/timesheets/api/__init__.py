"""HTTP routes of timesheets."""

from services.timesheets.api import corrections, decisions, employees, entries, hour_types, settings, waiting

routers = (
    employees.router,
    hour_types.router,
    settings.router,
    decisions.router,
    entries.router,
    waiting.router,
    corrections.router,
)
