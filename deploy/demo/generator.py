"""Work orders of two months as another system sends them, mistakes included. The same seed gives the same file."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from deploy.demo.firm import EMPLOYEES, KILOMETRE_PRICE, NEWCOMER, PROJECTS, Project

SEED = 20260901
ORDERS = 500
FIRST_DAY = date(2026, 9, 1)
LAST_DAY = date(2026, 10, 31)
SOURCE = "planwise"
MATERIALS = (
    ("Koperen buis 22 mm", "m", "8.95"),
    ("Thermostaatkraan", "piece", "24.50"),
    ("Installatiedraad 2,5 mm²", "m", "0.89"),
    ("Circulatiepomp", "piece", "189.00"),
    ("Siliconenkit", "tube", "7.35"),
    ("Ledarmatuur", "piece", "46.20"),
)
JOBS = ("Storing verholpen", "Periodiek onderhoud", "Montage", "Inspectie", "Vervanging", "Aanleg")


@dataclass(frozen=True, slots=True)
class Record:
    """One message as it goes onto the topic."""

    key: str
    value: bytes


def generate(organisation: str, *, seed: int = SEED, orders: int = ORDERS) -> list[Record]:
    """All messages of the other system, in the order in which it sends them.

    ``orders`` work orders of ``organisation``; on top of those some are sent twice, some are revised (the newer
    revision sometimes overtakes the older), one is cancelled, and three messages are no work order at all.
    """
    return _Planning(organisation, seed).records(orders)


class _Planning:
    def __init__(self, organisation: str, seed: int) -> None:
        self._organisation = organisation
        self._random = random.Random(seed)  # noqa: S311 - a demo's data, not a secret
        # Nobody is at two places at once: the time from which each employee is free, by day.
        self._free: dict[tuple[str, date], datetime] = {}

    def records(self, orders: int) -> list[Record]:
        documents = [self._order(number) for number in range(1, orders + 1)]
        sent = [[document] for document in documents]
        for n in self._random.sample(range(orders), k=orders // 12):
            sent[n] = self._revised(documents[n])
        for n in self._random.sample(range(orders), k=orders // 10):
            sent[n] = [*sent[n], sent[n][-1]]
        cancelled = self._random.randrange(orders)
        last = max(sent[cancelled], key=lambda d: int(d["revision"]))
        sent[cancelled].append({**last, "revision": last["revision"] + 1, "status": "cancelled"})
        records = [_record(document) for documents_of_one in sent for document in documents_of_one]
        for position, garbage in zip((40, 200, 420), self._garbage(), strict=True):
            records.insert(position * len(records) // 500, garbage)
        return records

    def _order(self, number: int) -> dict[str, Any]:
        rng = self._random
        day = self._workday()
        project = rng.choice(PROJECTS)
        own_account = rng.random() < 0.08 and project.customer != "wijnhuis"
        document: dict[str, Any] = {
            "organisation": self._organisation,
            "source": SOURCE,
            "external_id": f"WO-{number:05}",
            "revision": 1,
            "status": "completed",
            "customer": project.customer,
            "description": rng.choice(JOBS),
            "lines": self._lines(day, number),
        }
        if not own_account:
            document |= _project_of(project, rng)
        return document

    def _lines(self, day: date, number: int) -> list[dict[str, Any]]:
        rng = self._random
        crew = rng.sample([e.code for e in EMPLOYEES], k=rng.choice((1, 1, 2)))
        if number % 40 == 0:
            crew[0] = NEWCOMER.code
        lines: list[dict[str, Any]] = []
        for employee in crew:
            lines += self._hours(employee, day)
        lead = crew[0]
        if rng.random() < 0.5:
            kilometres = f"{rng.randint(4, 90)}.{rng.choice((0, 5))}"
            lines.append({"kind": "distance", "kilometres": kilometres, "unit_price": str(KILOMETRE_PRICE)})
        if rng.random() < 0.4:
            name, unit, price = rng.choice(MATERIALS)
            quantity = str(rng.randint(1, 12))
            lines.append(
                {"kind": "material", "quantity": quantity, "unit": unit, "unit_price": price, "description": name}
            )
        if rng.random() < 0.1:
            amount = f"{rng.randint(3, 40)}.{rng.randint(0, 99):02}"
            lines.append({"kind": "expense", "amount": amount, "description": "Parkeren"})
        for line in lines:
            if "start" not in line:
                line |= {"date": day.isoformat(), "employee": lead}
        return [{"line_id": str(n), **line} for n, line in enumerate(lines, start=1)]

    def _hours(self, employee: str, day: date) -> list[dict[str, Any]]:
        rng = self._random
        start = self._free.get((employee, day), datetime(day.year, day.month, day.day, 7, 30))  # noqa: DTZ001 - local
        if start.hour >= 19:  # a full day: the job was done first thing, before the others
            start = datetime(day.year, day.month, day.day, 0, 5) + timedelta(minutes=rng.randrange(60))  # noqa: DTZ001
        there = start + timedelta(minutes=rng.choice((10, 15, 20, 25, 35, 40)))
        worked = timedelta(minutes=rng.randrange(35, 240, 5))
        done = there + worked
        self._free[employee, day] = done
        pause = 30 if worked >= timedelta(hours=3, minutes=30) else 0
        hours = {"kind": "labour", "hour_type": "WORK", "start": there.isoformat(), "end": done.isoformat()}
        if pause:
            hours |= {"break_minutes": pause}  # type: ignore[dict-item]
        travel = {"kind": "travel", "hour_type": "TRAVEL", "start": start.isoformat(), "end": there.isoformat()}
        return [{**travel, "employee": employee}, {**hours, "employee": employee}]

    def _workday(self) -> date:
        while True:
            day = FIRST_DAY + timedelta(days=self._random.randrange((LAST_DAY - FIRST_DAY).days + 1))
            if day.weekday() < 5:
                return day

    def _revised(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        """A second revision with shorter hours; every third time it overtakes the first."""
        lines = [dict(line) for line in document["lines"]]
        labour = next(line for line in lines if line["kind"] == "labour")
        end = datetime.fromisoformat(labour["end"]) - timedelta(minutes=15)
        labour["end"] = end.isoformat()
        second = {**document, "revision": 2, "lines": lines}
        return [second, document] if self._random.random() < 1 / 3 else [document, second]

    def _garbage(self) -> list[Record]:
        no_json = b'{"organisation": "' + self._organisation.encode() + b'", "source": "planwise", "external'
        float_price = json.dumps(
            {
                **self._bare("WO-90001"),
                "lines": [
                    {"line_id": "1", "kind": "material", "date": "2026-09-08", "quantity": "1", "unit_price": 12.35}
                ],
            }
        )
        no_revision = json.dumps({k: v for k, v in self._bare("WO-90002").items() if k != "revision"})
        return [
            Record("planwise:WO-90000", no_json),
            Record("planwise:WO-90001", float_price.encode()),
            Record("planwise:WO-90002", no_revision.encode()),
        ]

    def _bare(self, name: str) -> dict[str, Any]:
        return {
            "organisation": self._organisation,
            "source": SOURCE,
            "external_id": name,
            "revision": 1,
            "status": "completed",
            "customer": "acme",
            "lines": [],
        }


def _project_of(project: Project, rng: random.Random) -> dict[str, str]:
    if project.phases and rng.random() < 0.8:
        return {"project": project.code, "phase": rng.choice(project.phases)}
    return {"project": project.code}


def _record(document: dict[str, Any]) -> Record:
    key = f"{document['source']}:{document['external_id']}"
    return Record(key, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
