"""Edits of resources: what they change, and what they refuse."""

from __future__ import annotations

import pytest

from gowright.errors import BadAnswer
from gowright.model.edits import Editor
from gowright.model.template import Template
from tests.helpers import read_resources


@pytest.fixture
def editor() -> Editor:
    texts = ["customer email:string:required", "order customer:ref=customer total:int note:text"]
    return Editor(read_resources(texts), Template.head().reserved_names())


def fields(answers: list[dict[str, object]], number: int) -> list[str]:
    return [each["name"] for each in answers[number]["fields"]]  # type: ignore[attr-defined]


def test_an_added_resource_comes_last(editor: Editor) -> None:
    assert [each["name"] for each in editor.add_resource("box size:int").resources] == [
        "customer",
        "order",
        "box",
    ]


def test_an_added_field_has_a_value_for_objects_that_exist(editor: Editor) -> None:
    edit = editor.add_field("order", "state:enum=new|sent:required", "sent")
    assert fields(edit.resources, 1) == ["customer_id", "total", "note", "state"]
    assert edit.fill == {"orders": {"state": "sent"}}


def test_a_reference_has_its_name_with_and_without_the_ending(editor: Editor) -> None:
    for name in ("customer", "customer_id"):
        assert fields(editor.remove_field("order", name).resources, 1) == ["total", "note"]
    assert editor.rename_field("order", "customer", "buyer").fields == {"orders": {"buyer_id": "customer_id"}}


def test_references_follow_a_renamed_resource(editor: Editor) -> None:
    edit = editor.rename_resource("customer", "client")
    assert [each["plural"] for each in edit.resources] == ["clients", "orders"]
    assert edit.resources[1]["fields"][0]["ref"] == "client"
    assert edit.tables == {"clients": "customers"}
    # A name alone does not change the schema.
    assert editor.rename_resource("customer", "client/customers").tables == {}


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda e: e.add_resource("order x:int"), "resource order exists"),
        (lambda e: e.remove_resource("customer"), "resource customer is in use"),
        (lambda e: e.remove_resource("custoner"), "there is no resource custoner"),
        (lambda e: e.add_field("order", "note:text"), "field note of order exists"),
        (lambda e: e.add_field("order", "a:text b:text"), "is not one field"),
        (lambda e: e.remove_field("order", "notes"), "order has no field notes"),
        (lambda e: e.remove_field("customer", "email"), "customer has no fields"),
        (lambda e: e.rename_field("order", "note", "total"), "field total of order exists"),
        (lambda e: e.rename_field("order", "note", "id"), "the name is taken"),
        (lambda e: e.rename_resource("customer", "order"), "resource order exists"),
    ],
)
def test_an_edit_that_is_not_possible_is_refused(editor: Editor, edit, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadAnswer, match=message):
        edit(editor)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("x:int:required:min=1", "3", 3),
        ("x:decimal", "1.5", 1.5),
        ("x:bool", "true", True),
        ("x:string:required", "it's: 5 o'clock", "it's: 5 o'clock"),
        ("x:date", "2026-01-31", "2026-01-31"),
        ("x:time", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z"),
    ],
)
def test_a_value_for_objects_that_exist_has_the_type_of_its_field(
    editor: Editor, field: str, text: str, value: object
) -> None:
    assert editor.add_field("order", field, text).fill == {"orders": {"x": value}}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("x:int:min=1", "0"),
        ("x:int", "many"),
        ("x:enum=a|b", "c"),
        ("x:date", "2026-02-30"),
        ("x:string:unique", "same"),
        ("x:ref=customer", "7"),
        ("x:string:max=3", "long"),
    ],
)
def test_a_value_that_its_field_cannot_have_is_refused(editor: Editor, field: str, text: str) -> None:
    with pytest.raises(BadAnswer, match="--fill x"):
        editor.add_field("order", field, text)
