"""The architecture: folders are layers, imports point downward, and each library is imported in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.helpers import ROOT

PACKAGE = ROOT / "src" / "gowright"

#: From the top downward; a module may import what is in its own layer or below. The longest name that fits counts.
LAYERS = (
    ("__main__", "cli"),
    ("console",),
    ("commands", "matrix"),
    ("verify",),
    ("verify.check", "verify.checks"),
    ("verify.harness",),
    ("verify.backends",),
    ("verify.children",),
    ("verify.outcomes",),
    ("model",),
    ("model.resources",),
    ("system",),
    ("errors", "__init__"),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

#: The only places that import a library.
KEEPERS = {
    "copier": {"system"},
    "questionary": {"system"},
    "prompt_toolkit": {"system"},
    "rich": {"console"},
    "typer": {"cli"},
    "subprocess": {"system", "verify"},
    "click": set[str](),
}

#: Files over 300 lines are a sign of more than one job. Name a file here only where cutting it in two is worse.
MAX_LINES = 300
LONG_FILES = set[str]()

FILES = sorted(PACKAGE.rglob("*.py"))
each_file = pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())


def module(path: Path) -> str:
    """The name of a file's module below the package; of a package, its own."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {module(path) for path in FILES}


def level(name: str) -> int:
    while name not in LEVEL:
        name = name.rpartition(".")[0]
        assert name, "every module is in a layer"
    return LEVEL[name]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner.removeprefix("gowright.") in MODULES else node.module


def own_imports(path: Path) -> Iterator[str]:
    """The modules of the package that a file imports, also for type checks and within functions.

    The file of the package itself offers functions of higher layers to programs. It imports them when they're called.
    """
    if path == PACKAGE / "__init__.py":
        return
    for name in imports(path):
        if name == "gowright":
            yield "__init__"
        elif name.startswith("gowright."):
            yield name.removeprefix("gowright.")


@each_file
def test_imports_point_downward(path: Path) -> None:
    for name in own_imports(path):
        assert level(module(path)) <= level(name), f"{module(path)} imports {name}, which is above it"


def test_there_are_no_import_cycles() -> None:
    graph = {module(path): set(own_imports(path)) - {module(path)} for path in FILES}
    # A package's own file imports its modules, and those that it re-exports import nothing of it.
    TopologicalSorter(graph).prepare()


@each_file
def test_each_library_is_imported_in_one_place(path: Path) -> None:
    for name in imports(path):
        keepers = KEEPERS.get(name.split(".")[0])
        assert keepers is None or module(path).split(".")[0] in keepers, f"{module(path)} imports {name}"


@each_file
def test_files_stay_small(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert (lines > MAX_LINES) == (module(path) in LONG_FILES), f"{module(path)} has {lines} lines"


def test_the_root_has_no_loose_modules() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py", "errors.py"}
