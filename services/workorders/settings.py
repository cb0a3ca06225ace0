"""What the environment configures for workorders."""

from __future__ import annotations

from pydantic import Field

from shared.settings import DatabaseUrl, ServiceSettings


class WorkordersSettings(ServiceSettings):
    """Settings of a process of workorders."""

    database_url: DatabaseUrl = Field(validation_alias="WORKORDERS_DATABASE_URL", repr=False)
