"""Settings of billing: those that every service has, and its own."""

from __future__ import annotations

from pydantic import Field

from shared.settings import DatabaseUrl, ServiceSettings


class BillingSettings(ServiceSettings):
    """``BILLING_DATABASE_URL`` and what ``ServiceSettings`` names."""

    database_url: DatabaseUrl = Field(validation_alias="BILLING_DATABASE_URL", repr=False)
    #: All organisations are looked at so often, whether the invariants hold.
    self_check_minutes: int = Field(60, ge=1, le=10080)
    #: Processes that make documents beside one with the role ``documents``: each takes 300 MB while it works.
    documents_processes: int = Field(1, ge=1, le=32)
