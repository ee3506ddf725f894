"""A kill at any moment leaves the old tree, or one that the next command finishes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gowright.commands.change_options import Options
from gowright.commands.update import update
from gowright.errors import ToolError
from gowright.system.git import git as system_git
from gowright.system.git import git_bytes
from gowright.system.merge import journal, repository
from gowright.system.merge.repository import Repository
from tests.helpers import ROOT
from tests.projects import Template, copy, git, save, write
from tests.system.test_merge_safety import state

#: How many random kills are tried.
ROUNDS = int(os.environ.get("GOWRIGHT_ROUNDS", "4"))

#: Updates a project in a process whose imports are done, so that the kill hits the work.
_CHILD = """
import sys
import copier
from gowright.commands.change_options import Options
from gowright.commands.change_options import Options
from gowright.commands.update import update
print("ready", flush=True)
sys.stdin.readline()
update(sys.argv[1], options=Options(branch=sys.argv[2]))
"""

#: The branch that every other pair of kills asks for.
BRANCH = "bot/update"

#: What a killed git leaves behind. Its message says to remove it.
LOCKS = ("index.lock", "HEAD.lock", f"refs/heads/{BRANCH}.lock")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project for an update that changes, creates, deletes, and moves 60 files."""
    root = tmp_path_factory.mktemp("kill")
    many = {f"template/many/{n}.txt": f"{n}\n" * 50 for n in range(60)}
    changed = {path: f"changed\n{text}" for path, text in many.items()}
    moved: dict[str, str | None] = {f"template/gone/{n}.txt": f"gone {n}\n" for n in range(20)}
    template = Template.create(
        root / "template",
        {**many, **moved},
        {**changed, **dict.fromkeys(moved), "template/new/file.txt": "new\n", "template/many/0.txt": "x\n"},
    )
    project = template.project(root / "project")
    save(project, {"many/0.txt": "mine\n", "many/1.txt": "1\n" * 50 + "mine\n", "own.txt": "mine\n"})
    return project


@pytest.fixture(scope="module")
def after(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The state of the project after the update."""
    work = copy(project, tmp_path_factory.mktemp("after") / "work")
    update(work)
    return state(work)


def branches(project: Path) -> set[str]:
    return set(git(project, "branch", "--format=%(refname:short)").split())


def uncommit(project: Path) -> None:
    """Take the commit back with which an update on a new branch ends, and check that the branch is checked out."""
    if git(project, "rev-parse", "HEAD") != git(project, "rev-parse", "main"):
        assert git(project, "branch", "--show-current").strip() == BRANCH
        git(project, "reset", "--quiet", "--soft", "main")


def test_a_kill_at_a_random_moment(project: Path, after: dict[str, object], tmp_path: Path) -> None:
    before = state(project)
    seen = {"before": 0, "after": 0, "resumed": 0}
    longest = 0.6
    for number in range(ROUNDS):
        shutil.rmtree(tmp_path / "work", ignore_errors=True)
        work = copy(project, tmp_path / "work")
        branch = BRANCH if number % 4 > 1 else ""
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(work), branch],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
            start_new_session=True,
        )
        assert child.stdin
        assert child.stdout
        child.stdout.readline()
        begun = time.monotonic()
        child.stdin.write(b"\n")
        child.stdin.flush()
        pending = work / ".git" / "gowright" / "pending"
        if number % 2:  # every other kill hits the moment of writing
            while not pending.exists() and child.poll() is None:
                time.sleep(0.0005)
            time.sleep(random.uniform(0, 0.03))
        else:
            time.sleep(random.uniform(0, longest))
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        else:
            longest = time.monotonic() - begun
        child.communicate()
        resumable = pending.exists()
        for lock in LOCKS:
            (work / ".git" / lock).unlink(missing_ok=True)
        try:
            journal.resume(Repository.of(work))
        except Exception as error:
            raise AssertionError(f"round {number}") from error
        uncommit(work)
        found = state(work)
        assert found in (before, after), f"round {number}"
        assert branches(work) == ({BRANCH} if branch and found == after else set()) | {"main"}, (
            f"round {number}"
        )
        assert not resumable or found == after
        seen["resumed" if resumable else "after" if found == after else "before"] += 1
    print(f"{ROUNDS} kills: {seen}")


@pytest.mark.parametrize("steps", [0, 25, 81])
def test_a_change_is_finished_after_any_step(
    project: Path, after: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    work = copy(project, tmp_path / "work")
    _stop_after(monkeypatch, steps)
    with pytest.raises(KeyboardInterrupt):
        update(work)
    monkeypatch.undo()
    assert state(work) != after
    with pytest.raises(ToolError, match="is finished now: update from gowright"):
        update(work)
    assert state(work) == after
    with pytest.raises(ToolError, match="there are un"):
        update(work)


@pytest.mark.parametrize("step", ["update-ref", "symbolic-ref", "update-index"])
def test_a_branch_is_finished_after_any_step(
    project: Path, after: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    work = copy(project, tmp_path / "work")

    def stopping(function: Callable[..., object]) -> Callable[..., object]:
        def run(arguments: list[str], **options: object) -> object:
            if step == arguments[0] and "env" not in options:
                raise KeyboardInterrupt
            return function(arguments, **options)

        return run

    monkeypatch.setattr(journal, "git_bytes", stopping(git_bytes))
    monkeypatch.setattr(repository, "git", stopping(system_git))
    with pytest.raises(KeyboardInterrupt):
        update(work, options=Options(branch=BRANCH))
    monkeypatch.undo()
    with pytest.raises(ToolError, match=f"on the new branch {BRANCH}") as finished:
        update(work)
    assert state(work) == after
    assert git(work, "branch", "--show-current").strip() == BRANCH
    undo = str(finished.value.fix).rpartition("undo it: ")[2]
    subprocess.run(undo, shell=True, cwd=work, check=True, capture_output=True)
    assert state(work) == state(project)
    assert branches(work) == {"main"}
    assert git(work, "branch", "--show-current").strip() == "main"


def test_a_branch_that_appears_after_the_kill_stays(
    project: Path, after: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = copy(project, tmp_path / "work")
    monkeypatch.setattr(Repository, "switch_to_new", _interrupt)
    with pytest.raises(KeyboardInterrupt):
        update(work, options=Options(branch=BRANCH))
    monkeypatch.undo()
    git(work, "branch", BRANCH, git(work, "commit-tree", "-m", "other", "HEAD^{tree}").strip())
    with pytest.raises(ToolError, match="on the current branch, since the new one cannot be created"):
        update(work)
    assert state(work) == after
    assert git(work, "branch", "--show-current").strip() == "main"


def test_nothing_is_written_if_the_branch_cannot_be_created(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = copy(project, tmp_path / "work")
    monkeypatch.setattr(Repository, "refuse_new_branch", lambda *_arguments: git(work, "branch", "bot"))
    with pytest.raises(ToolError):
        update(work, options=Options(branch=BRANCH))
    monkeypatch.undo()
    assert state(work) == state(project)
    with pytest.raises(ToolError, match=f"the branch {BRANCH} cannot be created"):
        update(work, options=Options(branch=BRANCH))
    assert state(work) == state(project)
    assert not journal.interrupted(Repository.of(work))


def test_what_was_edited_after_the_kill_stays(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = copy(project, tmp_path / "work")
    _stop_after(monkeypatch, 0)
    with pytest.raises(KeyboardInterrupt):
        update(work)
    monkeypatch.undo()
    write(work, {"many/5.txt": "edited\n", "gone/5.txt": "edited\n", "new/file.txt": "edited\n"})
    with pytest.raises(ToolError, match=r"you have edited them: gone/5.txt, many/5.txt, new/file.txt"):
        update(work)
    assert all(
        (work / name).read_text() == "edited\n" for name in ("many/5.txt", "gone/5.txt", "new/file.txt")
    )
    assert (work / "many/6.txt").read_text().startswith("changed")


def test_what_is_edited_while_an_update_renders_stays(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = copy(project, tmp_path / "work")
    publish = journal._prepare

    def edit(*arguments: object) -> None:
        publish(*arguments)  # type: ignore[arg-type]
        write(work, {"many/5.txt": "edited\n"})

    monkeypatch.setattr(journal, "_prepare", edit)
    with pytest.raises(ToolError, match="uncommitted changes"):
        update(work)
    assert (work / "many/5.txt").read_text() == "edited\n"
    assert (work / "many/6.txt").read_text() == "6\n" * 50
    assert not git(work, "diff", "--cached", "--name-only")


def _interrupt(*_arguments: object) -> None:
    raise KeyboardInterrupt


def _stop_after(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """Stop the journal as a kill would, after a number of files."""
    done = 0

    def stopping(function: object) -> object:
        def run(*arguments: object) -> object:
            nonlocal done
            if done == steps:
                raise KeyboardInterrupt
            done += 1
            return function(*arguments)  # type: ignore[operator]

        return run

    monkeypatch.setattr(journal, "_move", stopping(journal._move))
    monkeypatch.setattr(journal, "_remove", stopping(journal._remove))
