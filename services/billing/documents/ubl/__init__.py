"""Peppol BIS Billing 3.0: UBL 2.1 invoices and credit notes that follow EN 16931."""

from services.billing.documents.ubl.document import e_invoice

__all__ = ["e_invoice"]
