"""Validation of e-invoices with the official artefacts, offline."""

from services.billing.documents.validation.rules import Rules

__all__ = ["Rules"]
