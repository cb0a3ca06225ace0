import json

import pytest

from shared.http.openapi import problems_page
from shared.http.problems import Problem, not_found, problem_response, register_problems, registered_problems


def test_a_problem_is_what_rfc_9457_says() -> None:
    answer = problem_response(Problem(409, "conflict", "It was changed.", entry_id="e1"), "r-1")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(bytes(answer.body)) == {
        "type": "https://uurwerk.dev/problems/conflict",
        "title": "The record was changed at the same time",
        "status": 409,
        "detail": "It was changed.",
        "entry_id": "e1",
        "request_id": "r-1",
    }


def test_what_no_utf_8_can_carry_is_shown_all_the_same() -> None:
    answer = problem_response(not_found("thing", "\ud800"), None)
    assert json.loads(bytes(answer.body))["detail"]
    answer = problem_response(Problem(422, "invalid-input", "bad \udfff"), None)
    assert json.loads(bytes(answer.body))["detail"] == "bad ?"


def test_a_slug_means_one_thing() -> None:
    register_problems({"invalid-input": registered_problems()["invalid-input"]})
    with pytest.raises(ValueError, match="invalid-input"):
        register_problems({"invalid-input": "Something else"})


def test_the_docs_can_list_them() -> None:
    page = problems_page()
    assert "| `not-found` | Not found |" in page
    assert page.count("\n") == len(registered_problems()) + 1
