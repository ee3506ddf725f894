"""What every test starts from: a toy template, and a machine without anybody's settings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gowright.cli.main import main
from gowright.model.template import Template
from gowright.verify.children.go_toolchain import TRIMMED
from tests.helpers import TOY, build_tree, snapshot

#: The environment of the user, whose home has the caches of Go.
USER_ENVIRONMENT = dict(os.environ)


@pytest.fixture(scope="session", autouse=True)
def nobodys_machine(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    patch.setenv("HOME", str(home))
    patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    patch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("GOFLAGS", TRIMMED)  # as the matrix has it, so that both compile the dependencies once
    for name in ("GOWRIGHT_TEMPLATE", "GOWRIGHT_STOCK_ENGINE", "GIT_DIR", "GIT_INDEX_FILE"):
        patch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def go_caches() -> Iterator[None]:
    """The caches of the user's Go, so that no test compiles or downloads anew what is there."""
    names = ("GOCACHE", "GOMODCACHE", "GOPATH")
    asked = subprocess.run(
        ["go", "env", "-json", *names], env=USER_ENVIRONMENT, capture_output=True, check=True
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in json.loads(asked.stdout).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """A shell without job control has its background jobs ignore Ctrl-C, nohup a hang-up, and so would what they start."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session")
def head(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The template as it was when the tests began. It is in no repository, so rendering copies nothing first."""
    return snapshot(Template.head(), tmp_path_factory.mktemp("head") / "template")


Render = Callable[..., Path]


@pytest.fixture(scope="session")
def rendered(head: Template, tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Renders a project for some answers, once for all tests. Nothing may be changed in it."""
    projects: dict[str, Path] = {}

    def render(**answers: Any) -> Path:
        key = json.dumps(answers, sort_keys=True)
        if key not in projects:
            project = tmp_path_factory.mktemp("rendered") / "shop"
            head.render({"project_name": "shop", **answers}, project)
            projects[key] = project
        return projects[key]

    return render


@pytest.fixture
def toy(tmp_path: Path) -> Template:
    """A template of a few files."""
    root = build_tree(tmp_path / "toy", TOY)
    (root / "template" / "run.sh").chmod(0o755)
    return Template(root)


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


Cli = Callable[..., Said]


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command line in this process, in an empty folder."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run
