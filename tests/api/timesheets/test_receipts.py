"""Receipts of expenses: taken for what they hold, handed out so that no browser runs them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from services.timesheets.domain.receipts import MAX_RECEIPT_SIZE, MAX_RECEIPTS
from shared.http.auth import Role
from shared.ids import entry_id_of_ref, new_id
from tests.api.timesheets.conftest import Office, slug
from tests.support.api import ORGANISATION, Api, check_access
from tests.support.timesheets import hours

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(50) + b"\xff\xd9"
EXPENSE = {"kind": "expense", "project": "P1", "date": "2026-03-02", "amount": "12.50"}


async def expense(office: Office, ref: str = "e1", **changed: Any) -> str:
    answer = await office.employee().post("/v1/entries", json={"ref": ref, **EXPENSE, **changed})
    assert answer.status_code == 201, answer.text
    return f"/v1/entries/{answer.json()['id']}/receipts"


@pytest.mark.parametrize(
    ("content", "media_type", "ending"),
    [(PDF, "application/pdf", "pdf"), (PNG, "image/png", "png"), (JPEG, "image/jpeg", "jpg")],
)
async def test_handed_out_as_it_came(office: Office, content: bytes, media_type: str, ending: str) -> None:
    path = await expense(office)
    added = await office.employee().post(
        path, content=content, params={"name": "bon.exe"}, headers={"Content-Type": "text/html"}
    )
    assert added.status_code == 201, added.text
    receipt = added.json()
    assert (receipt["media_type"], receipt["size"], receipt["added_by"]) == (media_type, len(content), "user-jan")
    assert (await office.approver.get(path)).json()["items"] == [receipt]

    got = await office.approver.get(f"{path}/{receipt['id']}")

    assert got.content == content
    assert got.headers["content-type"] == media_type
    assert got.headers["content-disposition"].startswith(f'attachment; filename="bon.exe.{ending}"')
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert "no-store" in got.headers["cache-control"]


async def test_as_a_part_of_a_form(office: Office) -> None:
    path = await expense(office)
    name = '../ünï"\r\nX: y.pdf'
    added = await office.employee().post(path, files={"file": (name, PDF, "image/png")})
    assert added.status_code == 201, added.text
    assert added.json()["media_type"] == "application/pdf"

    got = await office.employee().get(f"{path}/{added.json()['id']}")
    assert got.headers["content-disposition"].count('"') == 2
    assert "x" not in got.headers
    assert slug(await office.employee().post(path, files={"other": ("a.pdf", PDF)})) == "invalid-input"


@pytest.mark.parametrize(
    ("content", "status", "wanted"),
    [
        (b"", 422, "receipt-empty"),
        (b"<html><script>alert(1)</script></html>", 415, "receipt-type"),
        (b"GIF89a" + bytes(20), 415, "receipt-type"),
        (b"MZ" + PDF, 415, "receipt-type"),
        (PDF.replace(b"%%EOF", b""), 422, "receipt-cut"),
        (PNG[:-12], 422, "receipt-cut"),
        (JPEG[:-2], 422, "receipt-cut"),
        (PDF + b"x" * MAX_RECEIPT_SIZE, 413, "receipt-too-large"),
        (PDF + b"x" * (MAX_RECEIPT_SIZE + 100_000), 413, "too-large"),
    ],
)
async def test_what_is_no_receipt_is_refused(office: Office, content: bytes, status: int, wanted: str) -> None:
    path = await expense(office)
    answer = await office.employee().post(path, content=content, headers={"Content-Type": "application/pdf"})

    assert (answer.status_code, slug(answer)) == (status, wanted)
    assert (await office.employee().get(path)).json()["items"] == []


async def test_bigger_than_other_bodies(office: Office) -> None:
    path = await expense(office)
    big = PDF.replace(b"<<>>", b"<<" + b" " * (6 * 1024 * 1024) + b">>", 1)
    assert (await office.employee().post(path, content=big)).status_code == 201


async def test_the_same_file_is_kept_once(office: Office) -> None:
    path = await expense(office)
    first = await office.employee().post(path, content=PDF)
    again = await office.employee().post(path, content=PDF, params={"name": "other.pdf"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = await expense(office, "e2")
    assert (await office.employee().post(other, content=PDF)).status_code == 201


async def test_expenses_only_and_not_too_many(office: Office) -> None:
    entry = await office.enter("h1")
    path = f"/v1/entries/{entry['id']}/receipts"
    assert slug(await office.employee().post(path, content=PDF)) == "no-expense"
    path = await expense(office)
    for number in range(MAX_RECEIPTS):
        assert (await office.employee().post(path, content=PDF + b"\n" * number)).status_code == 201
    assert slug(await office.employee().post(path, content=PNG)) == "too-many-receipts"


async def test_of_an_expense_from_an_order(office: Office) -> None:
    line = {"line_id": "1", "kind": "expense", "employee": "jan", "date": "2026-03-02", "amount": "5.00"}
    await office.timesheet.complete(hours(office.timesheet.organisation, line))
    path = f"/v1/entries/{office.timesheet.entry_id()}/receipts"

    assert (await office.employee().post(path, content=PDF)).status_code == 201


async def test_what_is_approved_keeps_its_receipts(office: Office) -> None:
    path = await expense(office)
    receipt = (await office.employee().post(path, content=PDF)).json()
    second = (await office.employee().post(path, content=PNG)).json()
    assert (await office.employee().delete(f"{path}/{second['id']}")).status_code == 204
    assert slug(await office.employee().delete(f"{path}/{second['id']}")) == "not-found"

    await office.approver.post(path.replace("receipts", "approve"))
    assert slug(await office.employee().delete(f"{path}/{receipt['id']}")) == "wrong-state"
    assert (await office.employee().post(path, content=JPEG)).status_code == 201, "one that is found later"
    await office.approver.post(path.replace("receipts", "withdraw"), json={"reason": "typing error"})
    assert (await office.employee().delete(f"{path}/{receipt['id']}")).status_code == 204


async def test_access(api: Api) -> None:
    ref = f"e-{new_id()}"
    admin = api.client(Role.ADMIN)
    assert (await admin.post("/v1/entries", json={"ref": ref, "employee": "jan", **EXPENSE})).status_code == 201
    path = f"/v1/entries/{entry_id_of_ref(ORGANISATION, ref)}/receipts"
    receipt = (await admin.post(path, content=PDF)).json()
    readers = {Role.EMPLOYEE, Role.APPROVER, Role.ADMIN, Role.BILLING}
    writers = readers - {Role.BILLING}

    await check_access(api, "POST", path, roles=writers, content=PNG)
    await check_access(api, "GET", path, roles=readers)
    await check_access(api, "GET", f"{path}/{receipt['id']}", roles=readers)
    await check_access(api, "DELETE", f"{path}/{receipt['id']}", roles=writers)
    mia = api.client(Role.EMPLOYEE, employee="mia")
    for answer in (
        await mia.post(path, content=PNG),
        await mia.get(path),
        await mia.get(f"{path}/{receipt['id']}"),
        await mia.delete(f"{path}/{receipt['id']}"),
    ):
        assert slug(answer) == "not-found"
    assert len((await admin.get(path)).json()["items"]) == 1
