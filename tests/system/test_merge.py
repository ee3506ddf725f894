"""Merges with rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from gowright.model.ledger import Fate, lines
from gowright.system.merge.repository import Repository
from gowright.system.merge.store import temporary_store
from gowright.system.merge.threeway import Merge, Rules, merge
from gowright.system.merge.trees import Entry
from tests.projects import git, identify, save


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    git(tmp_path, "init", "--quiet")
    identify(tmp_path)
    save(tmp_path, {"file": "x\n"})
    return Repository.of(tmp_path)


def merged(
    repository: Repository, base: dict[str, str], ours: dict[str, str], theirs: dict[str, str], rules: Rules
) -> tuple[Merge, dict[str, str]]:
    """Merge, and return the merge and the content of its files."""
    with temporary_store(repository) as store:
        old, mine, new = (
            {path: Entry("100644", store.write(text.encode())) for path, text in side.items()}
            for side in (base, ours, theirs)
        )
        result = merge(store, old, mine, new, rules)
        return result, {path: store.read(entry.id).decode() for path, entry in result.tree.items()}


def test_a_file_that_is_moved_by_rule_keeps_its_edits(repository: Repository) -> None:
    rules = Rules(moved={"order.go": "sale.go"})
    result, files = merged(
        repository,
        {"order.go": "a\nb\nc\n"},
        {"order.go": "a\nb\nc\nmine\n"},
        {"sale.go": "A\nb\nc\n"},
        rules,
    )
    assert files == {"sale.go": "A\nb\nc\nmine\n"}
    assert not result.conflicts


def test_a_file_of_the_team_where_another_one_moves_is_a_conflict(repository: Repository) -> None:
    rules = Rules(moved={"order.go": "sale.go"})
    theirs = {"sale.go": "A\nb\nc\n"}
    result, files = merged(
        repository, {"order.go": "a\nb\nc\n"}, {"order.go": "mine\n", "sale.go": "own\n"}, theirs, rules
    )
    assert list(result.conflicts) == ["sale.go"]
    assert "own\n" in files["sale.go"]
    assert "mine\n" in files["sale.go"]
    assert [(line.path, line.fate) for line in lines(result, "HEAD", "")] == [("sale.go", Fate.CONFLICT)]


def test_edits_of_a_choice_do_not_become_part_of_a_similar_one(repository: Repository) -> None:
    text = "".join(f"line {number}\n" for number in range(20))
    other = "".join(f"row {n}\n" if n in range(2, 12) else f"line {n}\n" for n in range(20))
    base, ours, theirs = {"one/x.go": text}, {"one/x.go": f"{text}mine\n"}, {"two/x.go": other}
    assert merged(repository, base, ours, theirs, Rules())[1] == {"two/x.go": f"{other}mine\n"}
    assert merged(repository, base, ours, theirs, Rules(similarity=90))[1] == {"two/x.go": other}
