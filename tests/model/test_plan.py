from __future__ import annotations

from pathlib import Path

from gowright.model.plan import Action, Change, Plan
from tests.helpers import build_tree


def test_a_plan_lists_the_differences_of_two_trees(tmp_path: Path) -> None:
    before = build_tree(
        tmp_path / "a", {"same": "1", "edited": "1", "gone/x": "1", "mode": "1", ".git/HEAD": "x"}
    )
    after = build_tree(tmp_path / "b", {"same": "1", "edited": "2", "new/x": "1", "mode": "1"})
    (after / "mode").chmod(0o755)
    assert Plan.between(before, after).changes == (
        Change(Action.MODIFY, "edited"),
        Change(Action.DELETE, "gone/x"),
        Change(Action.MODIFY, "mode"),
        Change(Action.CREATE, "new/x"),
        Change(Action.IDENTICAL, "same"),
    )


def test_links_are_compared_by_target(tmp_path: Path) -> None:
    for name, target in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "link").symlink_to(target)
    assert Plan.between(tmp_path / "a", tmp_path / "b").paths(Action.IDENTICAL) == ["link"]
    assert Plan.between(tmp_path / "a", tmp_path / "c").paths(Action.MODIFY) == ["link"]


def test_without_a_tree_everything_is_created(tmp_path: Path) -> None:
    build_tree(tmp_path, {"b": "", "a/c": ""})
    assert Plan.between(None, tmp_path).paths(Action.CREATE) == ["a/c", "b"]
