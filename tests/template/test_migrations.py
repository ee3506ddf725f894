"""Later fields, resources, and accounts add migrations and change no existing one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.conftest import Render

EMAIL = {"name": "email", "type": "string", "required": True, "unique": True}
STATUS = {"name": "status", "type": "enum", "enum": ["new", "paid"], "index": True}
NOTE = {"name": "note", "type": "text"}

Migrations = Callable[..., dict[str, str]]


@pytest.fixture
def render(rendered: Render) -> Migrations:
    def migrations(
        auth: str, *later: dict[str, Any], fields: tuple[dict[str, Any], ...] = ()
    ) -> dict[str, str]:
        since = [field | {"since": 3 + number} for number, field in enumerate(later)]
        resource = {"name": "order", "plural": "orders", "revision": 2, "fields": [*fields, *since]}
        project = rendered(auth=auth, resources=[resource])
        return {path.name: path.read_text() for path in sorted((project / "migrations").glob("001*.sql"))}

    return migrations


def test_a_table_with_owners_gets_three_kinds_of_migrations(render: Migrations) -> None:
    assert list(render("jwt", STATUS, NOTE, fields=(EMAIL,))) == [
        "00120_create_orders.sql",
        "00121_add_owner_to_orders.sql",
        "00122_scope_orders.sql",
        "00130_add_status_to_orders.sql",
        "00132_scope_status_of_orders.sql",
        "00140_add_note_to_orders.sql",
    ]


def test_without_owner_or_index_nothing_is_scoped(render: Migrations) -> None:
    assert not [name for name in render("none", STATUS, fields=(EMAIL,)) if "scope" in name]
    assert not [name for name in render("jwt", NOTE, fields=(NOTE | {"name": "text"},)) if "scope" in name]


def test_later_fields_and_accounts_only_add_migrations(render: Migrations) -> None:
    stages = [
        render("none", fields=(EMAIL, STATUS)),
        render("none", STATUS | {"name": "state"}, fields=(EMAIL, STATUS)),
        render("jwt", STATUS | {"name": "state"}, fields=(EMAIL, STATUS)),
        render("jwt", STATUS | {"name": "state"}, EMAIL | {"name": "code"}, fields=(EMAIL, STATUS)),
    ]
    for before, after in pairwise(stages):
        assert before.items() < after.items()
