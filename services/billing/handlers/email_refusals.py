"""Why an e-mail is not sent: slugs that clients act on."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from shared.http.problems import Problem, conflict, invalid_input, not_found, register_problems

register_problems(
    {
        "email-not-failed": "The e-mail did not fail",
        "email-not-set-up": "This installation sends no e-mail",
        "no-email-address": "There is no address to send to",
    }
)


def not_set_up() -> Problem:
    return conflict("email-not-set-up", "This installation has no mail server: the setting SMTP_HOST is empty.")


def not_issued() -> Problem:
    return conflict("not-issued", "A draft has no documents: issue it first.")


def no_address(customer: str) -> Problem:
    return conflict("no-email-address", f"Customer {customer!r} had no e-mail address at issue: say to whom.")


def not_again(row: asyncpg.Record | None, email_id: UUID) -> Problem:
    if row is None:
        return not_found("e-mail", email_id)
    if not row["recipients"]:
        return conflict("no-email-address", "This e-mail has no address: ask for a new one, and say to whom.")
    return conflict("email-not-failed", f"The e-mail is {row['state']}: only what failed or is unknown is sent again.")


def bad_text(detail: str, field: str) -> Problem:
    return invalid_input(detail, field)
