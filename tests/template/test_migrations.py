"""A new project has one migration for each table, and its history records them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Render
from tests.helpers import read_resources


def resources(*texts: str) -> list[dict[str, Any]]:
    return [resource.answer() for resource in read_resources(list(texts))]


def migrations(project: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((project / "migrations").glob("[0-9]*"))}


def test_a_table_comes_after_those_that_it_refers_to(rendered: Render) -> None:
    given = resources(
        "line invoice:ref=invoice:required", "invoice customer:ref=customer:required", "customer name:string"
    )
    assert list(migrations(rendered(resources=given))) == [
        "00001_create_users.sql",
        "00002_create_sessions.sql",
        "00003_create_customers.sql",
        "00004_create_invoices.sql",
        "00005_create_lines.sql",
    ]


def test_only_a_cycle_of_references_needs_a_later_constraint(rendered: Render) -> None:
    given = resources("chicken egg:ref=egg", "egg chicken:ref=chicken:required parent:ref=egg")
    found = migrations(rendered(auth="none", resources=given))
    assert list(found) == ["00001_create_chickens.sql", "00002_create_eggs.sql"]
    assert "REFERENCES" not in found["00001_create_chickens.sql"]
    assert (
        "ALTER TABLE chickens ADD FOREIGN KEY (egg_id) REFERENCES eggs (id);"
        in found["00002_create_eggs.sql"]
    )
    assert "ALTER TABLE chickens DROP CONSTRAINT chickens_egg_id_fkey;" in found["00002_create_eggs.sql"]


@pytest.mark.parametrize("database", ["postgres", "postgres-gorm", "mongodb", "sqlite"])
def test_a_recorded_history_is_kept(rendered: Render, database: str) -> None:
    """Migrations depend on the history alone, whatever the resources are now."""
    before = rendered(database=database, resources=resources("order note:text", "box size:int:min=1"))
    history = yaml.safe_load((before / ".copier-answers.yml").read_text())["history"]
    after = rendered(database=database, resources=resources("box size:int:min=2:index"), history=history)
    assert migrations(after) == migrations(before)
    assert yaml.safe_load((after / ".copier-answers.yml").read_text())["history"] == history


def test_sessions_expire_in_mongodb(rendered: Render) -> None:
    found = migrations(rendered(database="mongodb", resources=resources("order at:time")))
    assert list(found) == [
        "00001_create_users.json",
        "00002_create_sessions.json",
        "00003_create_orders.json",
    ]
    _, indexes, validation = json.loads(found["00002_create_sessions.json"])["up"]
    expiry = {"key": {"expires_at": 1}, "name": "expires_at_1", "expireAfterSeconds": 0}
    assert expiry in indexes["indexes"]
    properties = validation["validator"]["$jsonSchema"]["properties"]
    assert properties["expires_at"] == {"bsonType": "date"}


def test_orders_and_ranges_have_an_index(rendered: Render) -> None:
    """The entry of the history alone tells so, and unique values have an index anyway."""
    fields = "at:time:required:sort day:date:range code:string:required:unique:sort n:int:index:range note:text:search"
    project = rendered(auth="none", resources=resources(f"order {fields}"))
    (text,) = migrations(project).values()
    assert [line.split(" ON ")[1] for line in text.splitlines() if line.startswith("CREATE INDEX")] == [
        "orders (at, id);",
        "orders (day, id);",
        "orders (n, id);",
    ]
    (entry,) = yaml.safe_load((project / ".copier-answers.yml").read_text())["history"]
    indexed = [field["name"] for field in entry["table"]["fields"] if field.get("index")]
    assert indexed == ["at", "day", "n"]
    assert {key for field in entry["table"]["fields"] for key in field}.isdisjoint(
        {"sort", "range", "search"}
    )


def test_a_project_without_a_database_has_no_history(rendered: Render) -> None:
    project = rendered(database="memory")
    assert yaml.safe_load((project / ".copier-answers.yml").read_text())["history"] == []
    assert not (project / "migrations").exists()
