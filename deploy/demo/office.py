"""The back office of the demo: what people do over the HTTP APIs, and what they see there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from deploy.client.api import Api, Apis, Refused
from deploy.demo import firm
from deploy.demo.firm import Employee

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Approval:
    done: int
    skipped: int


class Office:
    """``apis`` are those of a user who is administrator, approver, billing and operator of the firm."""

    def __init__(self, apis: Apis) -> None:
        self._orders: Api = apis.workorders
        self._hours: Api = apis.timesheets
        self._billing: Api = apis.billing

    # Setting up --------------------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Everything but the newcomer and the rate that nobody agreed."""
        for employee in firm.EMPLOYEES:
            self.add_employee(employee)
        for number, customer in enumerate(firm.CUSTOMERS, start=1):
            self._billing.put(f"/v1/customers/{customer.code}", _customer(customer, number))
            if customer.rate is not None:
                self._rate(scope="customer", customer=customer.code, price=customer.rate)
        self._rate(scope="organisation", hour_type="TRAVEL", price=firm.TRAVEL_RATE)
        for customer in firm.CUSTOMERS:
            # More specific than the customer's rate for any hour, which would else hold for travel as well.
            self._rate(scope="customer", customer=customer.code, hour_type="TRAVEL", price=firm.TRAVEL_RATE)
        for project in firm.PROJECTS:
            self._add_project(project)

    def _add_project(self, project: firm.Project) -> None:
        path = f"/v1/projects/{project.code}"
        self._billing.put(path, {"name": project.name, "customer": project.customer})
        for phase in project.phases:
            self._billing.put(f"{path}/phases/{phase}", {"name": phase.title(), "method": "time and materials"})
        if project.rate is not None:
            self._rate(scope="project", project=project.code, hour_type="WORK", price=project.rate)

    def add_employee(self, employee: Employee) -> None:
        body = {"name": employee.name, "timesheet_enabled": True, "cost_rate": str(employee.cost_rate)}
        self._hours.put(f"/v1/employees/{employee.code}", body)

    def agree_rate(self, project: str, price: Decimal) -> None:
        self._rate(scope="project", project=project, price=price)

    def _rate(self, *, price: Decimal, **scope: str) -> None:
        self._billing.put("/v1/rates", {**scope, "price": str(price)})

    # Looking -----------------------------------------------------------------------------------------------------

    def orders(self) -> list[Item]:
        return list(self._orders.all("/v1/workorders"))

    def order(self, order_id: str) -> Item:
        found: Item = self._orders.get(f"/v1/workorders/{order_id}")
        return found

    def entries(self, **match: Any) -> list[Item]:
        return list(self._hours.all("/v1/entries", **match))

    def waiting(self) -> list[Item]:
        return list(self._hours.all("/v1/waiting"))

    def suspense(self) -> list[Item]:
        return list(self._billing.all("/v1/suspense"))

    def accounts(self) -> list[Item]:
        return list(self._billing.all("/v1/accounts"))

    def proposals(self) -> list[Item]:
        return list(self._billing.all("/v1/proposals"))

    def invoices(self) -> list[Item]:
        """All invoices, whole, by number."""
        found = [self._billing.get(f"/v1/invoices/{item['id']}") for item in self._billing.all("/v1/invoices")]
        return sorted(found, key=lambda invoice: str(invoice["number"]))

    # Doing -------------------------------------------------------------------------------------------------------

    def reject(self, entry: Item, reason: str) -> None:
        self._hours.post(f"/v1/entries/{entry['id']}/reject", {"reason": reason})

    def approve_all(self) -> Approval:
        answer = self._hours.post("/v1/entries/approve", {"filter": {"state": "submitted"}})
        return Approval(done=answer["done"], skipped=len(answer["skipped"]))

    def issue_advance(self, project: str, amount: Decimal) -> Item:
        body = {"project": project, "amount": str(amount), "description": "Voorschot", "issue": True}
        invoice: Item = self._billing.post("/v1/advances", body, key=f"advance-{project}")
        return invoice

    def invoice_proposals(self) -> Iterator[Item]:
        """Invoice everything that is proposed, one invoice an account, as the list offers it."""
        for proposal in self.proposals():
            account = {k: proposal[k] for k in ("project", "customer") if proposal[k] is not None}
            if "project" in account:
                account.pop("customer")
            try:
                body = {**account, "way": "timetracking", "issue": True}
                yield self._billing.post("/v1/invoices", body, key=f"list-{account}")
            except Refused as refused:
                raise RuntimeError(f"{account} was proposed, and then refused: {refused}") from refused


def _customer(customer: firm.Customer, number: int) -> Item:
    return {
        "name": customer.name,
        "country": "NL",
        "registration_number": f"{70000000 + number}",
        "address": {
            "street": f"Dorpsstraat {number}",
            "postal_code": f"{1000 + number * 11} AB",
            "city": customer.city,
            "country": "NL",
        },
        "payment_term": "30 days",
    }
