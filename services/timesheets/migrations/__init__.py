"""Timesheets' database, revision by revision (Alembic)."""
