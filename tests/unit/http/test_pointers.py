import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.http.pointers import json_pointer, place_of
from tests.integration.http.demo.service import Document


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"lines": [{"kind": "labour", "minutes": "x"}]}, {"/lines/0/minutes"}),
        ({"lines": [{"kind": "goods", "quantity": 1.5, "price": "1"}]}, {"/lines/0/quantity"}),
        ({"lines": [{"kind": "labour"}]}, {"/lines/0/minutes"}),
        ({"lines": [{"kind": "none"}]}, {"/lines/0"}),
        ({"lines": [], "note": [1]}, {"/note"}),
        ({"lines": [], "a/b~c": 1}, {"/a~1b~0c"}),
        ({"lines": {}}, {"/lines"}),
        ({}, {"/lines"}),
        ([], {""}),
    ],
)
def test_a_field_is_named_by_where_it_stands_in_the_body(body: object, pointers: set[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Document).validate_python(body)
    found = {json_pointer(("body", *error["loc"]), body) for error in caught.value.errors()}
    assert found == pointers


def test_parameters_have_their_own_place() -> None:
    assert place_of(("query", "limit")) == "query"
    assert json_pointer(("query", "limit"), None) == "/limit"
    assert place_of(("lines", 0)) == "body"


class _Nested(BaseModel):
    inner: Document


def test_a_missing_field_deep_inside_is_named_whole() -> None:
    with pytest.raises(ValidationError) as caught:
        _Nested.model_validate({"inner": {}})
    (error,) = caught.value.errors()
    assert json_pointer(("body", *error["loc"]), {"inner": {}}) == "/inner/lines"
