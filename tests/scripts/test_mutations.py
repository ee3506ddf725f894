"""The mutations of generated services: each applies, and the gate tells killed ones from live ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from scripts.mutations import checks, gate
from scripts.mutations.table import BadMutation, Kind, Mutation, Table, read_table

from gowright.model.template import Template
from tests.helpers import ROOT

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

#: Mutations of files, of three services, whose checks need nothing but Go and what the extra `verify` installs.
FILES = ("exposed-port", "datasource-uid", "gitlab-stage", "two-pods-one-disk")


@pytest.fixture(scope="module")
def table() -> Table:
    return read_table(Template.head())


def of_kind(table: Table, kind: Kind) -> list[Mutation]:
    return [each for each in table.mutations if table.services[each.service].kind is kind]


def test_every_mutation_applies(head: Template, table: Table) -> None:
    assert len(of_kind(table, Kind.CODE)) >= 80
    assert len(of_kind(table, Kind.OPERATIONS)) >= 60
    assert gate.stale(head, table, table.mutations) == []


def test_each_service_has_mutations(table: Table) -> None:
    assert set(Counter(each.service for each in table.mutations)) == set(table.services)


def test_the_scheduled_workflow_tries_each_service(table: Table) -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "mutations.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["mutations"]["strategy"]["matrix"]["service"] == list(table.services)


def test_each_mutation_of_files_names_a_check(table: Table) -> None:
    assert {each.by for each in of_kind(table, Kind.OPERATIONS)} <= set(checks.NAMES)


def test_a_mutation_that_does_not_apply_is_reported(head: Template, table: Table) -> None:
    (mutation,) = table.select(["chain-cors"])
    gone = replace(mutation, old="no such text")
    nowhere = replace(mutation, file="no/such.go")
    found = gate.stale(head, table, [gone, nowhere, mutation])
    assert [each.split(":")[0] for each in found] == ["chain-cors", "chain-cors"]


@pytest.mark.proof
@pytest.mark.usefixtures("go_caches")
def test_the_tests_of_a_service_notice_a_sample(head: Template, table: Table) -> None:
    assert gate.run(head, table, table.select(SAMPLE)) == []


@pytest.mark.slow
@pytest.mark.usefixtures("go_caches")
def test_the_checks_notice_a_sample(head: Template, table: Table) -> None:
    wrong = gate.run(head, table, table.select(FILES))
    # Kustomize isn't everywhere.
    assert [each for each in wrong if not each.startswith("UNTRIED")] == []


@pytest.mark.proof
@pytest.mark.usefixtures("go_caches")
def test_what_no_test_notices_is_live(head: Template, table: Table, tmp_path: Path) -> None:
    (mutation,) = table.select(["min-duplicate"])
    comment = replace(
        mutation,
        name="comment",
        old="// Create stores a new customer.",
        new="// Create stores a customer.",
        by="",
    )
    broken = replace(mutation, name="broken", new="no Go", by="")
    found = gate.run(head, table, [comment, broken])
    assert [each.split(":")[0] for each in found] == ["LIVE    comment", "BAD     broken"]


@pytest.mark.slow
@pytest.mark.usefixtures("go_caches")
def test_what_no_check_notices_is_live(head: Template, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "NAMES", ("dockerfile", "owners"))
    (mutation,) = table.select(["exposed-port"])
    comment = replace(mutation, name="comment", old="# Go cross-compiles", new="# Go compiles")
    moved = replace(mutation, name="moved", by="owners")
    unknown = replace(mutation, name="unknown", by="race")
    found = gate.run(head, table, [mutation, comment, moved, unknown])
    assert [each.split(":")[0] for each in found] == ["LIVE    comment", "BAD     moved", "BAD     unknown"]


def test_a_name_can_be_used_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for kind in Kind:
        (tmp_path / kind.value).write_text(
            "resources: []\nservices: {}\nmutations: [{name: one, needs: {database: sqlite}}]\n"
        )
    monkeypatch.setattr("scripts.mutations.table.FOLDER", tmp_path)
    with pytest.raises(BadMutation, match="no service has"):
        read_table(Template.head())
