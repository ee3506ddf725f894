"""A toy template with a matrix, and a fake worker."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import gowright.cli.registry  # noqa: F401  # before another template is named: its flags are those of the real one
from gowright import verify
from gowright.matrix import jobs
from gowright.matrix.subprocesses import Subprocesses
from gowright.model.template import Template
from tests.helpers import TOY, build_tree

COPIER = (
    TOY["copier.yml"]
    + """\
---
engine: {type: str, help: "What drives it?", choices: {steam: steam, sail: sail, none: none}, default: steam}
---
wheels: {type: str, help: "Which wheels?", choices: {iron: iron, wood: wood}, default: iron}
"""
)

#: Different for each variant.
GO_MOD = "module example.com/[[ [color, lid, engine, wheels, resources]|to_json|hash('sha256') ]]\n"

MATRIX = """\
project: {project_name: toy, module_path: example.com/toy, description: A toy.}
exclude:
  - {engine: sail, wheels: [iron]}
resources:
  none:
    - []
  some:
    - ["task title:string", "word text:text"]
    - ["x/xs a:int"]
    - - {name: thing, plural: things, fields: [{name: a, type: int}, {name: b, type: bool}]}
"""

#: Without site-packages, Python starts in half the time.
FAKE_PYTHON = (sys.executable, "-I", "-S")

#: The fake worker: its checks pass, unless a file beside the script names the project.
WORKER = """\
import json, pathlib, sys, time
project, *checks = [a for a in sys.argv[1:] if a != "-k"]
here = pathlib.Path(__file__).parent
with (here / "calls").open("a") as calls:
    calls.write(pathlib.Path(project).name + "\\n")
bad = (here / "bad").read_text().split() if (here / "bad").exists() else []
slow = (here / "slow").exists()
for check in checks:
    if slow:
        (here / "running").touch()
        time.sleep(60)
    outcome = "failed" if pathlib.Path(project).name in bad and check == "build" else "passed"
    detail = ""
    if (here / "away").exists() and check in (here / "away").read_text().split():
        outcome = "skipped"
        detail = "needs the service: no server" if check == "build" else "no server"
    tries = 2 if (here / "busy").exists() else 1
    found = dict(name=check, title=check, outcome=outcome, seconds=0.5, detail=detail, fix="cd /gone", tries=tries)
    print(json.dumps(found))
    sys.stdout.flush()
if (here / "broken").exists():
    sys.exit("no such luck")
"""


@pytest.fixture
def ship(tmp_path: Path) -> Template:
    """A template with four features, an exclude rule, and two kinds of resources."""
    files = {"copier.yml": COPIER, "matrix.yml": MATRIX, "template/go.mod.jinja": GO_MOD}
    return Template(build_tree(tmp_path / "ship", TOY | files))


class FakeCheck:
    live = False

    def __init__(self, name: str) -> None:
        self.name = name


class FakeVerification:
    def __init__(self, *names: str) -> None:
        self.checks = tuple(FakeCheck(name) for name in names)


@pytest.fixture
def fake(tmp_path: Path, ship: Template, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Replace the worker by a fake one. Files in the returned folder control it."""
    folder = build_tree(tmp_path / "verified", {"worker.py": WORKER})

    def prepare(_project: Path, *, checks: Sequence[str], all_apply: bool) -> FakeVerification:
        return FakeVerification(*checks or ("build", "wet"))

    monkeypatch.setattr(verify, "prepare", prepare)
    monkeypatch.setattr(jobs, "check_names", lambda _names: None)
    monkeypatch.setattr(Subprocesses, "command", (*FAKE_PYTHON, str(folder / "worker.py")))
    monkeypatch.setenv("GOWRIGHT_TEMPLATE", str(ship.root))
    return folder
