"""Fixtures for all tests: a toy template, rendered projects, and an environment without user settings."""

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

#: The environment of the user. Its home directory contains the Go caches.
USER_ENVIRONMENT = dict(os.environ)


@pytest.fixture(scope="session", autouse=True)
def neutral_environment(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    patch.setenv("HOME", str(home))
    patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    patch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("GOFLAGS", TRIMMED)  # as in the matrix, so that both share compiled dependencies
    for name in ("GOWRIGHT_TEMPLATE", "GOWRIGHT_STOCK_ENGINE", "GIT_DIR", "GIT_INDEX_FILE"):
        patch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def go_caches() -> Iterator[None]:
    """Use the Go caches of the user, so that no test repeats downloads and compilation."""
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
    """Handle SIGINT and SIGHUP even if the shell or nohup made this process ignore them."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session")
def head(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A copy of the template outside the repository: rendering it does not have to copy it first."""
    return snapshot(Template.head(), tmp_path_factory.mktemp("head") / "template")


Render = Callable[..., Path]


@pytest.fixture(scope="session")
def rendered(head: Template, tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Render a project for a set of answers, once for all tests. Tests must not change the project."""
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
class CommandResult:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str


Cli = Callable[..., CommandResult]


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command line in this process, in an empty folder."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> CommandResult:
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return CommandResult(code, captured.out, captured.err)

    return run
