"""The report of an import of employees."""

from __future__ import annotations

from pydantic import Field

from shared.http.fields import Answer


class EmployeeProblemOut(Answer):
    """A row of the file that was not taken."""

    line: int = Field(description="Line of the file, from 1; the header counts.")
    code: str | None
    slug: str
    detail: str


class EmployeeReportOut(Answer):
    """What became of the rows of a file."""

    format: str = "csv"
    encoding: str = Field(description="How the file was read: `utf-8`, or `windows-1252`.")
    employees: int = Field(description="Rows of the file: accepted + unchanged + refused.")
    accepted: int
    unchanged: int
    refused: int
    problems: list[EmployeeProblemOut] = Field(description="By line.")
