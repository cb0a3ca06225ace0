"""Billing's database, revision by revision (Alembic)."""
