"""Alembic's environment: see shared/database/migrations.py."""

from services.timesheets.models import Base
from shared.database.migrations import run_environment

run_environment(Base.metadata)
