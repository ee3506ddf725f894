"""A fingerprint of a project's Go sources: the files that building, testing, and linting read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

#: Files that the Go toolchain and the linter read by name.
_READ = ("go.mod", "go.sum", ".golangci.yml", ".golangci.yaml")


def digest(project: Path) -> str:
    """A hash that is equal for projects with identical Go sources."""
    return digest_of(project, _go_files(project))


def digest_of(root: Path, files: Iterable[Path]) -> str:
    """A hash of the paths, relative to a folder, and the contents of files."""
    seen = hashlib.sha256()
    for path in sorted(set(files)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        seen.update(f"{path.relative_to(root).as_posix()}\0{content}\n".encode())
    return seen.hexdigest()


def _go_files(project: Path) -> Iterator[Path]:
    """Yield the files that the tools read by name, all files of packages, and the files that the code names.

    Embedded files and testdata are below a package. A test can open a document two folders above it, by its
    name or by its path in the project.
    """
    sources = [path for path in project.rglob("*.go") if path.is_file()]
    packages = {path.parent for path in sources} - {project}
    code = b"".join(path.read_bytes() for path in sources)
    for path in project.rglob("*"):
        below = not packages.isdisjoint(path.parents)
        ends = (f'"{path.name}"', f'"{path.relative_to(project).as_posix()}"')
        named = path.name in _READ or any(end.encode() in code for end in ends)
        if path.is_file() and (below or named or path.suffix == ".go"):
            yield path
