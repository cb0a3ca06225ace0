from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deploy.client.api import Api
from deploy.local import Addresses, mint_token
from tests.support.system import shared_system
from tests.support.timesheet_facts import TimesheetFacts

ADDRESS = {"street": "Kade 1", "postal_code": "2611 AA", "city": "Delft"}
SELLER = {"vat_id": "NL123456782B90", "registration_number": "12345678", "iban": "NL91ABNA0417164300"}
#: A customer that can be invoiced.
BUYER = {"name": "Acme B.V.", "registration_number": "87654321", "address": ADDRESS}


@dataclass(frozen=True)
class Installed:
    """Billing as it runs, and who may ask it what."""

    addresses: Addresses
    url: str
    facts: TimesheetFacts

    def api(self, organisation: str | None, role: str) -> Api:
        token = mint_token(self.addresses.data_dir, organisation=organisation, roles=[role], subject="anna")
        return Api(self.url, token)

    def new_organisation(self) -> str:
        """Made by the installation; with what its invoices need."""
        code = f"books-{uuid.uuid4().hex[:12]}"
        installation = self.api(None, "installation")
        installation.put(f"/v1/organisations/{code}", {"name": "Field Service", "address": ADDRESS, **SELLER})
        installation.close()
        return code


@pytest.fixture
def installed(addresses: Addresses) -> Iterator[Installed]:
    url = shared_system()["billing"]
    token = mint_token(addresses.data_dir, organisation=None, roles=["installation"], subject="anna")
    operator = Api(url, token)
    yield Installed(addresses, url, TimesheetFacts(addresses.kafka_bootstrap, operator))
    operator.close()
