"""Orders of a CSV file: what is taken, what is refused, and where the report points."""

from __future__ import annotations

import tracemalloc
from io import BytesIO
from tempfile import TemporaryFile

import pytest

from services.workorders.documents import digest
from services.workorders.domain.refusal import Refusal
from services.workorders.imports.csv_orders import csv_orders
from services.workorders.imports.lines import encoding_of
from services.workorders.imports.parsed import ParsedOrder, UnreadableFile
from services.workorders.schemas.incoming import read_order
from shared.contracts.workorders import WorkOrder

HEADER = (
    "source,external_id,revision,status,customer,project,phase,description,line_id,kind,employee,hour_type,start,end,"
    "break_minutes,date,minutes,quantity,kilometres,amount,unit_price,currency,article,unit,vat_rate,"
    "line_description,extra_to"
)
SHORT = "source,external_id,revision,status,customer,line_id,kind,employee,hour_type,date,minutes,line_description"


def read(text: str | bytes) -> list[ParsedOrder]:
    content = text if isinstance(text, bytes) else text.encode()
    file = BytesIO(content)
    return list(csv_orders(file, encoding_of(file), "demo"))


def order(parsed: ParsedOrder) -> WorkOrder:
    assert isinstance(parsed.content, WorkOrder), parsed.content
    return parsed.content


def refusal(parsed: ParsedOrder) -> Refusal:
    assert isinstance(parsed.content, Refusal), parsed.content
    return parsed.content


def minutes(external_id: str, line: str = "1", minutes: str = "60", *, revision: str = "1", text: str = "") -> str:
    return f"planner,{external_id},{revision},completed,ACME,{line},labour,jan,WORK,2026-03-02,{minutes},{text}"


def test_every_kind_of_line_says_the_same_as_over_http() -> None:
    rows = [
        "planner,W1,1,completed,ACME,P1,F1,Boiler,1,labour,jan,WORK,2026-03-02T08:00,2026-03-02T12:30,30,,,,,,,,,,,,",
        ",,,,,,,,,,,,,,,,,,,,,,,,,,",
        "planner,W1,1,,,,,,2,travel,jan,TRAVEL,,,,2026-03-02,40,,,,,,,,,,",
        "planner,W1,1,,,,,,3,distance,jan,,,,,2026-03-02,,,38,,0.40,EUR,,,21,,",
        "planner,W1,1,,,,,,4,expense,jan,,,,,2026-03-02,,,,12.50,,,,,,Parking,1",
        'planner,W1,1,,,,,,5,material,,,,,,2026-03-02,,3,,,12.35,,SEAL-15,pc,,"Ring, 15 mm",',
    ]
    document = {
        "source": "planner",
        "external_id": "W1",
        "revision": 1,
        "status": "completed",
        "customer": "ACME",
        "project": "P1",
        "phase": "F1",
        "description": "Boiler",
        "lines": [
            {
                "line_id": "1",
                "kind": "labour",
                "employee": "jan",
                "hour_type": "WORK",
                "start": "2026-03-02T08:00:00",
                "end": "2026-03-02T12:30:00",
                "break_minutes": 30,
            },
            {
                "line_id": "2",
                "kind": "travel",
                "employee": "jan",
                "hour_type": "TRAVEL",
                "date": "2026-03-02",
                "minutes": 40,
            },
            {
                "line_id": "3",
                "kind": "distance",
                "employee": "jan",
                "date": "2026-03-02",
                "kilometres": "38.0",
                "unit_price": "0.4",
                "currency": "EUR",
                "vat_rate": "21",
            },
            {
                "line_id": "4",
                "kind": "expense",
                "employee": "jan",
                "date": "2026-03-02",
                "amount": "12.5",
                "description": "Parking",
                "extra_to": "1",
            },
            {
                "line_id": "5",
                "kind": "material",
                "date": "2026-03-02",
                "quantity": "3",
                "unit_price": "12.35",
                "article": "SEAL-15",
                "unit": "pc",
                "description": "Ring, 15 mm",
            },
        ],
    }
    over_http = read_order(document, "demo")
    assert isinstance(over_http, WorkOrder)

    (parsed,) = read("\r\n".join([HEADER, *rows]))

    assert order(parsed) == over_http
    assert digest(order(parsed)) == digest(over_http)


def test_rows_of_an_order_need_not_follow_each_other() -> None:
    rows = [minutes("W1", "1"), minutes("W2", "1"), minutes("W1", "2"), minutes("W2", "2")]

    parsed = read("\n".join([SHORT, *rows]))

    assert [(p.external_id, p.line, len(order(p).lines)) for p in parsed] == [("W1", 2, 2), ("W2", 3, 2)]


def test_revisions_of_an_order_come_in_the_order_of_the_file() -> None:
    parsed = read("\n".join([SHORT, minutes("W1", revision="2"), minutes("W1", revision="01")]))

    assert [order(p).revision for p in parsed] == [2, 1]


def test_an_order_may_have_no_lines() -> None:
    (parsed,) = read(f"{SHORT}\nplanner,W1,2,cancelled,ACME,,,,,,,")

    assert order(parsed).lines == ()


def test_the_semicolon_leaves_the_comma_to_decimals() -> None:
    header = "source;external_id;revision;status;customer;line_id;kind;date;quantity;unit_price"
    (parsed,) = read(f"{header}\nplanner;W1;1;completed;ACME;1;material;2026-03-02;2,5;1.250")

    (line,) = order(parsed).lines
    assert (str(line.quantity), str(line.unit_price)) == ("2.5", "1.250")  # type: ignore[union-attr]


def test_thousands_are_not_guessed() -> None:
    header = "source;external_id;revision;status;customer;line_id;kind;date;quantity;unit_price"
    (parsed,) = read(f"{header}\nplanner;W1;1;completed;ACME;1;material;2026-03-02;1;1.250,00")

    assert "line 2, column unit_price" in refusal(parsed).detail


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (minutes("W2", minutes="-5"), "column minutes"),
        (minutes("W2", minutes="ten"), "column minutes"),
        (minutes("W2").replace("labour", "work"), "kind"),
        (minutes("W2").replace("2026-03-02", "02-03-2026"), "column date"),
        (minutes("W2").replace("2026-03-02", "20260302"), "column date"),
        (minutes("W2").replace("jan", "jan jansen"), "column employee"),
        (minutes("W2").replace("completed", "done"), "column status"),
        (minutes("W2").replace("ACME", ""), "name a customer, or a project"),
        (minutes("W2", line=""), "column line_id"),
        (minutes("W2", revision="0"), "column revision"),
        (minutes("W2", revision="x"), "column revision"),
        (minutes("W2", revision="9" * 5000), "column revision"),
        (minutes("W2") + ",more", "13 cells, the header 12"),
        (minutes("W2", text="a\x00b"), "column line_description"),
        (minutes("W2", text='"a"b'), "quotes"),
    ],
)
def test_a_bad_line_refuses_its_order_only_and_is_pointed_at(row: str, what: str) -> None:
    good, bad, other = read("\n".join([SHORT, minutes("W1"), row, minutes("W3")]))

    assert order(good).external_id == "W1"
    assert order(other).external_id == "W3"
    assert bad.external_id == "W2"
    assert refusal(bad).slug == "invalid-input"
    assert "line 3" in refusal(bad).detail
    assert what in refusal(bad).detail


def test_the_report_points_at_the_row_that_is_wrong_not_at_the_first_of_its_order() -> None:
    (bad,) = read(
        "\n".join([SHORT, minutes("W1", "1"), minutes("W1", "2", text='"two\nlines"'), minutes("W1", "3", "x")])
    )

    assert bad.place_of(refusal(bad)) == 5
    assert refusal(bad).detail.startswith("line 5, column minutes:")


def test_a_row_that_cannot_be_read_may_belong_to_any_revision_of_its_order() -> None:
    one, two, other = read("\n".join([SHORT, minutes("W1"), minutes("W1", "2", revision="?"), minutes("W0", "1")]))[
        ::1
    ]

    assert order(one).external_id == "W0"
    assert {refusal(two).slug, refusal(other).slug} == {"invalid-input"}
    assert all("line 3" in refusal(p).detail for p in (two, other))


def test_a_row_without_an_order_is_reported_alone() -> None:
    nameless, good = read("\n".join([SHORT, minutes(""), minutes("W1")]))

    assert (nameless.external_id, nameless.line) == (None, 2)
    assert "source and external_id" in refusal(nameless).detail
    assert order(good).external_id == "W1"


def test_rows_that_contradict_each_other_refuse_the_order() -> None:
    (bad,) = read("\n".join([SHORT, minutes("W1", "1"), minutes("W1", "2").replace("ACME", "BETA")]))

    assert refusal(bad).slug == "contradictory-rows"
    assert bad.line == 3
    assert "column customer: 'BETA', but 'ACME'" in refusal(bad).detail


def test_a_cell_of_another_kind_is_refused_so_that_a_shifted_row_shows() -> None:
    header = "source,external_id,revision,status,customer,line_id,kind,employee,hour_type,date,minutes,kilometres"
    (bad,) = read(f"{header}\nplanner,W1,1,completed,ACME,1,labour,jan,WORK,2026-03-02,60,38")

    assert "line 2, column kilometres" in refusal(bad).detail


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_utf_8_with_and_without_a_byte_order_mark(bom: bytes) -> None:
    (parsed,) = read(bom + f"{SHORT}\n{minutes('Wé', text='koffie’s')}".encode())

    assert order(parsed).external_id == "Wé"
    assert order(parsed).lines[0].description == "koffie’s"


def test_windows_1252_as_spreadsheets_write_it() -> None:
    (parsed,) = read(f"{SHORT}\n{minutes('W1', text='€ privé')}".encode("cp1252"))

    assert order(parsed).lines[0].description == "€ privé"


@pytest.mark.parametrize(
    ("content", "slug", "line"),
    [
        (b"", "empty-file", None),
        (b"\xef\xbb\xbf \r\n\r\n", "empty-file", None),
        (minutes("W1").encode(), "missing-header", 1),
        (b'"', "missing-header", 1),
        (b"\n\nsource,external_id,revision,status,colour\n", "unknown-columns", 3),
        (b"source,external_id,revision,customer\n", "missing-columns", 1),
        (b"source,external_id,revision,status,status\n", "duplicate-columns", 1),
        (f"{SHORT}\n".encode("utf-16"), "wrong-encoding", 1),
        (f"{SHORT}\n{minutes('é')}\n".encode() + minutes("W\xe9").encode("latin-1"), "wrong-encoding", 3),
        (f"{SHORT}\n".encode() + minutes("W\x81").encode("latin-1"), "wrong-encoding", 2),
        (
            f"{SHORT}\n{minutes('W1')}\n{minutes('W2', text=chr(34) + 'open')}\n{minutes('W3')}".encode(),
            "unbalanced-quotes",
            3,
        ),
        (
            f"{SHORT}\n{minutes('W1', text=chr(34) + 'open')}\n{minutes('W2', text=chr(34) + 'x' + chr(34))}".encode(),
            "unbalanced-quotes",
            2,
        ),
        (f"{SHORT}\n{minutes('W1', text='x' * 1_100_000)}".encode(), "file-line-too-long", 2),
    ],
)
def test_what_is_wrong_with_the_whole_file_is_said_before_any_order_is_given(
    content: bytes, slug: str, line: int | None
) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(content)

    assert (refused.value.slug, refused.value.line) == (slug, line)
    assert refused.value.detail


def test_an_order_of_too_many_rows_is_refused() -> None:
    rows = (minutes("W1", str(number)) for number in range(1001))
    (many,) = read("\n".join([SHORT, *rows]))

    assert refusal(many).slug == "invalid-input"

    rows = (minutes("W1", str(number)) for number in range(20_001))
    many, good = read("\n".join([SHORT, *rows, minutes("W2")]))

    assert "more than 20000 rows" in refusal(many).detail
    assert order(good).external_id == "W2"


def test_memory_does_not_grow_with_the_file() -> None:
    def peak(orders: int) -> int:
        with TemporaryFile() as file:
            file.write(f"{SHORT}\n".encode())
            for line in range(2):
                file.writelines(f"{minutes(f'W{n:06}', str(line), text='x' * 80)}\n".encode() for n in range(orders))
            tracemalloc.start()
            try:
                assert sum(1 for _ in csv_orders(file, encoding_of(file), "demo")) == orders
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    peak(10)  # what is loaded once

    assert peak(4000) < 2 * peak(400) < 4_000_000
