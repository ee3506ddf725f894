"""The mutations of generated services: each applies, and the gate tells killed ones from live ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from scripts import mutations

from gowright.model.template import Template

#: One for each service and for each kind of test that notices it.
SAMPLE = (
    "chain-cors",
    "pg-list-owner",
    "refresh-secret",
    "cached-delete",
    "gorm-list-owner",
    "mongo-list-owner",
    "min-duplicate",
)


@pytest.fixture(scope="module")
def table() -> mutations.Table:
    return mutations.read_table(Template.head())


def test_every_mutation_applies(head: Template, table: mutations.Table) -> None:
    assert len(table.mutations) >= 80
    assert mutations.stale(head, table, table.mutations) == []


def test_each_service_has_mutations(table: mutations.Table) -> None:
    assert set(Counter(each.service for each in table.mutations)) == set(table.services)


def test_a_mutation_that_does_not_apply_is_reported(head: Template, table: mutations.Table) -> None:
    (mutation,) = table.select(["chain-cors"])
    gone = replace(mutation, old="no such text")
    nowhere = replace(mutation, file="no/such.go")
    found = mutations.stale(head, table, [gone, nowhere, mutation])
    assert [each.split(":")[0] for each in found] == ["chain-cors", "chain-cors"]


@pytest.mark.proof
@pytest.mark.usefixtures("go_caches")
def test_the_tests_of_a_service_notice_a_sample(head: Template, table: mutations.Table) -> None:
    assert mutations.run(head, table, table.select(SAMPLE)) == []


@pytest.mark.proof
@pytest.mark.usefixtures("go_caches")
def test_what_no_test_notices_is_live(head: Template, table: mutations.Table, tmp_path: Path) -> None:
    (mutation,) = table.select(["min-duplicate"])
    comment = replace(
        mutation,
        name="comment",
        old="// Create stores a new customer.",
        new="// Create stores a customer.",
        by="",
    )
    broken = replace(mutation, name="broken", new="no Go", by="")
    found = mutations.run(head, table, [comment, broken])
    assert [each.split(":")[0] for each in found] == ["LIVE   comment", "BAD    broken"]
