"""Nine situations in which `copier update` loses or misplaces work of the team, and exits with code 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gowright.commands.update import update
from gowright.errors import ToolError
from gowright.model.ledger import Fate, Ledger
from tests import projects
from tests.projects import FILES, Files, Template, git, save, stock_update

EDIT = "// an edit of the team\n"
WORKER = str(FILES["template/worker/worker.go"])
BODY = "".join(f"\tstep{n}()\n" for n in range(8))


def functions(prefix: str, number: int) -> str:
    return "".join(f"\nfunc {prefix}{n}() {{\n{BODY}}}\n" for n in range(number))


HANDLERS = "package main\n" + functions("H", 6)
MORE_HANDLERS = "package main\n" + functions("N", 3) + functions("H", 6)
EDITED_BODY = BODY.replace("\tstep4()\n", "\taudit()\n\tstep4()\n")


def everything(project: Path) -> bytes:
    """The content of all files of a project, without its repository."""
    files = (path for path in project.rglob("*") if path.is_file() and ".git" not in path.parts)
    return b"\n".join(path.read_bytes() for path in files)


@dataclass(frozen=True)
class Case:
    """A change of the template, and an edit of the team.

    Attributes:
        first: the first release.
        second: the second release.
        edits: the team's edits of the project.
        kept: reports whether the project still has the edit, where it belongs.
        told: reports whether the ledger says what happened to it.
    """

    first: Files
    second: Files
    edits: Files
    kept: Callable[[Path], bool]
    told: Callable[[Ledger], bool] = lambda _ledger: True
    answers: dict[str, object] = field(default_factory=dict)
    refused: bool = False


def has(path: str, text: str | bytes) -> Callable[[Path], bool]:
    content = text.encode() if isinstance(text, str) else text
    return lambda project: (project / path).is_file() and content in (project / path).read_bytes()


def tells(fate: Fate, path: str) -> Callable[[Ledger], bool]:
    return lambda ledger: path in ledger.paths(fate)


def recoverable(project: Path) -> bool:
    return EDIT in git(project, "show", "HEAD:worker/worker.go")


CASES = {
    "the template renames a file that the team edited": Case(
        {},
        {"template/worker/worker.go": None, "template/worker/queue.go": WORKER},
        {"worker/worker.go": WORKER + EDIT},
        has("worker/queue.go", EDIT),
        tells(Fate.MOVED, "worker/queue.go"),
    ),
    "the template deletes a file that the team edited": Case(
        {"template/notes.md": "notes\n"},
        {"template/notes.md": None},
        {"notes.md": "notes\n" + EDIT},
        lambda project: EDIT in git(project, "show", "HEAD:notes.md"),
        tells(Fate.REMOVED_EDITED, "notes.md"),
    ),
    "a feature is switched off whose files the team edited": Case(
        {},
        {},
        {"worker/worker.go": WORKER + EDIT},
        recoverable,
        tells(Fate.REMOVED_EDITED, "worker/worker.go"),
        answers={"worker": False},
    ),
    "the team edited a file that the template's ignore file names": Case(
        {"template/.gitignore": ".env\n", "template/.env": "A=1\n"},
        {"template/.env": "A=2\n"},
        {".env": "A=secret\n"},
        has(".env", "A=secret\n"),
    ),
    "the template adds a file that is ignored and that the team has": Case(
        {"template/.gitignore": ".env\n"},
        {"template/.env": "A=2\n"},
        {".env": "A=secret\n"},
        has(".env", "A=secret\n"),
    ),
    "the template adds a file that the team has and ignores": Case(
        {},
        {"template/local.yml": "a: 2\n"},
        {".gitignore": "local.yml\n", "local.yml": "a: secret\n"},
        has("local.yml", "a: secret\n"),
        refused=True,
    ),
    "the team replaced a binary file": Case(
        {"template/logo.png": b"\x89PNG\0one"},
        {"template/README.md": "new\n"},
        {"logo.png": b"\x89PNG\0of the team"},
        has("logo.png", b"\x89PNG\0of the team"),
    ),
    "the team wrote bytes that are not UTF-8": Case(
        {},
        {"template/README.md": "first line\n" + str(FILES["template/README.md"])},
        {"README.md": str(FILES["template/README.md"]).encode() + b"caf\xe9\n"},
        has("README.md", b"caf\xe9\n"),
        tells(Fate.MERGED, "README.md"),
    ),
    "the team edited one of several similar functions": Case(
        {"template/handlers.go": HANDLERS},
        {"template/handlers.go": MORE_HANDLERS},
        {"handlers.go": HANDLERS.replace(f"H3() {{\n{BODY}", f"H3() {{\n{EDITED_BODY}")},
        has("handlers.go", f"H3() {{\n{EDITED_BODY}"),
        tells(Fate.MERGED, "handlers.go"),
    ),
}

each_case = pytest.mark.parametrize(
    "case", CASES.values(), ids=lambda case: next(k for k, v in CASES.items() if v is case)
)


def edited(case: Case, tmp_path: Path) -> Path:
    template = Template.create(tmp_path / "template", case.first, case.second)
    project = template.project(tmp_path / "project")
    save(project, case.edits)
    return project


@each_case
def test_the_work_of_the_team_is_kept_or_named(case: Case, tmp_path: Path) -> None:
    project = edited(case, tmp_path)
    if case.refused:
        before = everything(project)
        with pytest.raises(ToolError, match="is not tracked by Git"):
            update(project, data=case.answers)
        assert everything(project) == before
        return
    ledger = update(project, data=case.answers)
    assert case.kept(project)
    assert case.told(ledger)
    assert not ledger.conflicts


@pytest.mark.slow
@each_case
def test_copier_loses_or_misplaces_it_silently(case: Case, tmp_path: Path) -> None:
    project = edited(case, tmp_path)
    stock_update(project, case.answers)
    found = everything(project)
    marked = EDIT in "".join(text for text in case.edits.values() if isinstance(text, str))
    there = EDIT.encode() in found if marked else case.kept(project)
    assert not there, "Copier has improved: correct docs/updates.md"
    assert b"<<<<<<<" not in found


def test_the_helper_makes_equal_projects(tmp_path: Path) -> None:
    template = Template.create(tmp_path / "template", {})
    project = template.project(tmp_path / "project")
    assert not git(project, "status", "--porcelain")
    assert projects.FILES["template/main.go"] == (project / "main.go").read_text()
