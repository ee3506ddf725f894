"""The house: arrows point downward only, each file has one job, and each door one keeper."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import ROOT

PACKAGE = ROOT / "src" / "gowright"

LAYERS = (
    ("entry", "cli", "options", "console", "__main__"),
    ("create", "wishes", "prompts", "listing", "doctor", "verify", "matrix"),
    (
        *("template", "features", "presets", "answers", "identity", "plan", "release"),
        *("resource", "field", "grammar", "collisions", "names", "strict"),
    ),
    ("engine", "speed", "git", "run", "staging", "interrupts", "errors", "__init__"),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

KEEPERS = {
    "copier": {"engine"},
    "questionary": {"engine"},
    "prompt_toolkit": {"engine"},
    "rich": {"console"},
    "typer": {"cli", "entry", "options"},
    "subprocess": {"run", "verify"},
    "click": set[str](),
}

FILES = sorted(PACKAGE.rglob("*.py"))


def unit(path: Path) -> str:
    """The module, or the package directly below the top, that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            if node.module == "gowright":
                yield from (f"gowright.{alias.name}" for alias in node.names)
            else:
                yield node.module


def test_every_module_has_a_place() -> None:
    assert {unit(path) for path in FILES} == set(LEVEL)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_arrows_point_downward(path: Path) -> None:
    for name in imports(path):
        if name.startswith("gowright."):
            target = name.split(".")[1]
            if target in LEVEL:
                assert LEVEL[unit(path)] <= LEVEL[target], f"{path.name} imports {name}, above it"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_each_library_has_its_keeper(path: Path) -> None:
    for name in imports(path):
        keepers = KEEPERS.get(name.split(".")[0])
        assert keepers is None or unit(path) in keepers, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250
