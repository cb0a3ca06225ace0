"""Settings of billing: those that every service has, and its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from services.billing.documents.mail.addresses import checked_address
from services.billing.documents.mail.smtp import Server
from shared.settings import DatabaseUrl, ServiceSettings


class BillingSettings(ServiceSettings):
    """``BILLING_DATABASE_URL`` and what ``ServiceSettings`` names."""

    database_url: DatabaseUrl = Field(validation_alias="BILLING_DATABASE_URL", repr=False)
    #: All organisations are looked at so often, whether the invariants hold.
    self_check_minutes: int = Field(60, ge=1, le=10080)
    #: Processes that make documents beside one with the role ``documents``: each takes 300 MB while it works.
    documents_processes: int = Field(1, ge=1, le=32)
    #: Where e-mail is given in; without a host there is no e-mail. ``starttls`` is never done without.
    smtp_host: str | None = None
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: str | None = Field(None, repr=False)
    #: Certificates of who signs the server's, where the machine's own do not do.
    smtp_ca_file: Path | None = None
    smtp_timeout: float = Field(30, gt=0, le=600)
    #: The sender of organisations that name none of their own.
    smtp_sender: Annotated[str, AfterValidator(checked_address)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.smtp_host is not None and self.smtp_sender is None:
            raise ValueError("SMTP_SENDER is needed where SMTP_HOST is set: the address that e-mails come from")
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("SMTP_USER and SMTP_PASSWORD go together")
        if self.smtp_user is not None and self.smtp_tls == "none":
            raise ValueError("a password is sent through TLS only: set SMTP_TLS to starttls or tls")
        return self

    def mail_server(self) -> Server | None:
        """Where e-mail is given in; None: there is no e-mail."""
        if self.smtp_host is None:
            return None
        return Server(
            host=self.smtp_host,
            port=self.smtp_port,
            tls=self.smtp_tls,
            user=self.smtp_user,
            password=self.smtp_password,
            ca_file=self.smtp_ca_file,
            timeout=self.smtp_timeout,
        )
