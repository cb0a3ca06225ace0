"""``uurwerk demo``"""

from __future__ import annotations


def demo() -> None:
    """Watch the work orders of a firm become hours, approvals and invoices, and see the books checked."""
    from deploy.demo.main import run

    run()
