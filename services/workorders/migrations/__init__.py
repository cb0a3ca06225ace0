"""Alembic's migrations of the workorders database."""
