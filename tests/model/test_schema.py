"""What the history of a schema records for a change, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from gowright.errors import BadAnswer
from gowright.model.schema.evolution import Evolution, Wish, evolve, unused
from gowright.model.schema.tables import tables_of

Json = dict[str, Any]


def table(plural: str, *fields: Json, **more: Any) -> Json:
    return {"plural": plural, "fields": list(fields), **more}


def new(*tables: Json) -> list[Json]:
    return [
        {"number": number, "name": f"create_{each['plural']}", "table": each}
        for number, each in enumerate(tables, start=1)
    ]


def changed(before: Json, after: Json, **wish: Any) -> Evolution:
    return evolve(new(before), new(after), [], Wish(**wish))


NOTE = {"name": "note", "type": "text"}
SIZE = {"name": "size", "type": "int"}


def names(found: Sequence[Json]) -> list[str]:
    return [f"{each['number']} {each['name']}" for each in found]


def test_without_a_change_nothing_is_added() -> None:
    assert changed(table("boxes", NOTE, SIZE), table("boxes", SIZE, NOTE)).added == []


def test_a_number_is_above_all_that_exist() -> None:
    boxes, cans = table("boxes", NOTE), table("cans", NOTE)
    assert names(evolve(new(boxes), new(boxes, cans), [3, 20260101120000]).added) == [
        "20260101120001 create_cans"
    ]
    # A dropped table does not free its number.
    dropped = evolve(new(boxes, cans), new(boxes), [], Wish(drop=["cans"])).history
    assert names(evolve(dropped, new(boxes, cans), []).history)[-2:] == ["3 drop_cans", "4 create_cans"]


@pytest.mark.parametrize(
    ("before", "after", "wish", "name"),
    [
        ([NOTE], [NOTE, SIZE], {}, "add_size_to_boxes"),
        ([NOTE, SIZE], [NOTE], {}, "remove_size_from_boxes"),
        ([NOTE], [{"name": "text", "type": "text"}], {"fields": {"boxes": {"text": "note"}}}, "rename_note_to_text_in_boxes"),
        ([NOTE], [NOTE | {"max": 9}], {}, "change_boxes"),
    ],
)  # fmt: skip
def test_a_migration_is_named_after_what_it_does(
    before: list[Json], after: list[Json], wish: Any, name: str
) -> None:
    assert names(changed(table("boxes", *before), table("boxes", *after), **wish).added) == [f"2 {name}"]


def test_a_removed_column_is_kept_unless_it_is_dropped() -> None:
    before, after = table("boxes", NOTE, SIZE), table("boxes", NOTE)
    kept = changed(before, after)
    assert kept.kept == ("boxes.size",)
    assert tables_of(kept.history)["boxes"]["fields"] == [NOTE, SIZE | {"kept": True}]
    # Later changes do not mention it again.
    assert evolve(kept.history, new(table("boxes", NOTE, {"name": "x", "type": "int"})), []).kept == ()
    dropped = changed(before, after, drop=["boxes.size"])
    assert dropped.kept == ()
    assert tables_of(dropped.history)["boxes"]["fields"] == [NOTE]


def test_only_what_the_change_stops_using_is_unused() -> None:
    boxes, cans = table("boxes", NOTE, SIZE, owner="user"), table("cans", NOTE)
    assert unused(new(boxes, cans), new(table("crates", {"name": "text", "type": "text"})), Wish(
        tables={"crates": "boxes"}, fields={"crates": {"text": "note"}})) == {"cans", "crates.size", "crates.owner_id"}  # fmt: skip


def test_a_kept_table_does_not_refer_to_others() -> None:
    line = table("lines", {"name": "box_id", "type": "ref", "ref": "boxes", "on_delete": "restrict"})
    found = evolve(new(table("boxes", NOTE), line), new(table("boxes", NOTE)), [])
    assert names(found.added) == ["3 keep_lines"]
    assert tables_of(found.history)["lines"]["kept"]
    assert evolve(found.history, new(table("boxes", NOTE)), []).added == []


def test_a_revision_of_a_table_of_the_template_is_a_migration_of_its_own() -> None:
    users = [{"number": 1, "name": "create_users", "own": "users"}]
    newer = [{"number": 1, "name": "create_users", "own": "users", "revision": 3}]
    found = evolve(users, newer, [])
    assert names(found.added) == ["2 change_users", "3 change_users"]
    assert [each["revision"] for each in found.added] == [2, 3]
    assert evolve(found.history, newer, []).added == []


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ([NOTE], [NOTE, SIZE | {"required": True}], "needs-value"),
        ([NOTE], [NOTE | {"required": True}], "needs-value"),
        ([SIZE], [SIZE | {"type": "time"}], "type-changed"),
        ([NOTE], [NOTE, {"name": "a_id", "type": "ref", "ref": "boxes", "on_delete": "cascade", "required": True}], "needs-value"),
    ],
)  # fmt: skip
def test_what_rows_that_exist_cannot_have_is_refused(
    before: list[Json], after: list[Json], code: str
) -> None:
    with pytest.raises(BadAnswer) as caught:
        changed(table("boxes", *before), table("boxes", *after))
    assert caught.value.code == code


def test_a_name_of_kept_data_is_refused() -> None:
    kept = changed(table("boxes", NOTE, SIZE), table("boxes", NOTE)).history
    with pytest.raises(BadAnswer, match=r"the column boxes\.size exists"):
        evolve(
            kept,
            new(table("boxes", {"name": "size", "type": "text"})),
            [],
            Wish(fields={"boxes": {"size": "note"}}),
        )
    gone = evolve(new(table("boxes", NOTE), table("cans", NOTE)), new(table("boxes", NOTE)), []).history
    with pytest.raises(BadAnswer, match="the table cans exists"):
        evolve(gone, new(table("cans", NOTE)), [], Wish(tables={"cans": "boxes"}))


def test_what_may_fail_on_rows_is_told() -> None:
    assert changed(table("boxes", SIZE), table("boxes", SIZE | {"unique": True})).risks == (
        "No two rows may have the same boxes.size.",
    )
    assert changed(table("boxes", SIZE), table("boxes", SIZE, owner="user")).risks == (
        "boxes must have no rows without an owner.",
    )
