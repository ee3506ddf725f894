"""Random edits of the team and random changes of the template: whatever either side wrote is found again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gowright.model.ledger import Fate, Line, lines
from gowright.system.merge.repository import Repository
from gowright.system.merge.store import Store, temporary_store
from gowright.system.merge.threeway import MOVED, RENAMED, Merge, Rules, merge
from gowright.system.merge.trees import Entry
from tests.projects import git, identify, save

#: How many random merges are tried. The nightly run has 10,000.
ROUNDS = int(os.environ.get("GOWRIGHT_ROUNDS", "5"))

#: Files by path: the mode, and the content.
Files = dict[str, tuple[str, bytes]]

BASE: Files = {
    f"{folder}/{name}": ("100644", "".join(f"{folder} {name} {n}\n" for n in range(12)).encode())
    for folder in ("one", "two")
    for name in ("a.txt", "b.txt", "c.txt")
} | {"binary": ("100644", b"\0\1\2"), "run.sh": ("100755", b"#!/bin/sh\n")}

EDITS = (
    "insert",
    "replace",
    "cut",
    "delete",
    "rename",
    "move",
    "add",
    "mode",
    "link",
    "binary",
    "crlf",
    "twin",
)
#: Edits of the same file on both sides that are always tried.
PAIRS = [
    *(("insert", kind) for kind in ("replace", "delete", "rename", "move", "link")),
    *((kind, "replace") for kind in ("delete", "rename", "move", "link", "crlf")),
    *((kind, kind) for kind in ("rename", "add", "binary")),
]
edit = st.tuples(st.sampled_from(EDITS), st.integers(0, 7), st.integers(0, 12))
edits = st.lists(edit, max_size=5)


def edited(side: str, todo: list[tuple[str, int, int]]) -> Files:
    """The base with edits. Each one writes a token that is in no other file."""
    files = dict(BASE)
    for number, (kind, which, position) in enumerate(todo):
        token = f"<{side}{number}>".encode()
        names = sorted(files)
        if not names:
            break
        path = names[which % len(names)]
        mode, content = files[path]
        rows = content.splitlines(keepends=True)
        if kind == "insert":
            rows.insert(position, token + b"\n")
            files[path] = (mode, b"".join(rows))
        elif kind == "replace" and rows and mode != "120000":
            rows[position % len(rows)] = token + b"\n"
            files[path] = (mode, b"".join(rows))
        elif kind == "cut":
            files[path] = (mode, b"".join(rows[: position // 2]) + token)
        elif kind == "delete":
            del files[path]
        elif kind == "rename":
            del files[path]
            files[f"{path}.{side if position % 2 else 'new'}"] = (mode, content)
        elif kind == "move":
            files = {
                (f"three/{name.removeprefix('one/')}" if name.startswith("one/") else name): file
                for name, file in files.items()
            }
        elif kind == "add":
            files[f"two/{side if position % 2 else 'new'}{position}"] = ("100644", token + b" added\n")
        elif kind == "mode" and mode != "120000":
            files[path] = ("100755" if mode == "100644" else "100644", content)
        elif kind == "link":
            files[path] = ("120000", token)
        elif kind == "binary":
            files["binary"] = ("100644", b"\0" + token)
        elif kind == "crlf":
            files[path] = (mode, content.replace(b"\n", b"\r\n") + token + b"\xff\xfe")
        elif kind == "twin":
            files[f"{path}.{side}{position}"] = (mode, content + token)
    return files


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    folder = tmp_path_factory.mktemp("random")
    git(folder, "init", "--quiet")
    identify(folder)
    save(folder, {"file": "x\n"})
    return Repository.of(folder)


def stored(store: Store, *sides: Files) -> list[dict[str, Entry]]:
    """Store the files of several trees with one process."""
    contents = sorted({content for files in sides for _, content in files.values()})
    names = [store.root / f"content{number}" for number in range(len(contents))]
    for name, content in zip(names, contents, strict=True):
        name.write_bytes(content)
    listed = "".join(f"{name}\n" for name in names).encode()
    written = store.git("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=listed).decode().split()
    ids = dict(zip(contents, written, strict=True))
    return [{path: Entry(mode, ids[content]) for path, (mode, content) in files.items()} for files in sides]


def tokens(side: str, content: bytes) -> Iterator[bytes]:
    for number in range(6):
        token = f"<{side}{number}>".encode()
        if token in content:
            yield token


def merged(
    repository: Repository, ours: Files, theirs: Files, similarity: int
) -> tuple[Merge, tuple[Line, ...], bytes]:
    """Merge, and return the merge, its ledger, and everything that is in the tree or in a conflict."""
    with temporary_store(repository) as store:
        base, mine, template = stored(store, BASE, ours, theirs)
        result = merge(store, base, mine, template, Rules(similarity=similarity))
        entries = [*result.tree.values(), *(e for s in result.conflicts.values() for e in s.values())]
        listed = "".join(f"{id}\n" for id in sorted({entry.id for entry in entries})).encode()
        found = store.git("cat-file", "--batch", stdin=listed)
        return result, lines(result, "HEAD", ""), found


def rounds(function: Callable[..., None]) -> Callable[..., None]:
    limited = settings(
        max_examples=ROUNDS,
        deadline=None,
        derandomize=ROUNDS < 100,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    test = limited(given(ours=edits, theirs=edits, similarity=st.sampled_from([RENAMED, MOVED]))(function))
    for mine, template in PAIRS:
        test = example(ours=[(mine, 2, 3)], theirs=[(template, 2, 3)], similarity=RENAMED)(test)
    return test


@rounds
def test_every_byte_is_in_the_tree_or_in_a_conflict_or_in_the_ledger(
    repository: Repository,
    ours: list[tuple[str, int, int]],
    theirs: list[tuple[str, int, int]],
    similarity: int,
) -> None:
    mine, template = edited("our", ours), edited("their", theirs)
    result, ledger, found = merged(repository, mine, template, similarity)
    fates = {line.path: line.fate for line in ledger}
    for path, (_, content) in mine.items():
        for token in tokens("our", content):
            assert token in found or fates.get(path) is Fate.REMOVED_EDITED, f"{token!r} of {path} is lost"
    for path, (_, content) in template.items():
        for token in tokens("their", content):
            assert token in found or fates.get(path) is Fate.KEPT, (
                f"{token!r} of the template's {path} is lost"
            )
    for path in mine.keys() - result.tree.keys():
        moved = any(line.fate in (Fate.MOVED, Fate.CONFLICT) and path in line.detail for line in ledger)
        renamed = any(result.their_moves.get(conflict) == path for conflict in result.conflicts)
        assert path in fates or moved or renamed, f"{path} disappears silently"
    for path in result.tree.keys() - mine.keys():
        assert path in fates, f"{path} appears silently"
    for path in result.tree.keys() & mine.keys():
        assert result.tree[path] == result.ours[path] or path in fates, f"{path} changes silently"
    for path in BASE.keys() - mine.keys():
        assert path not in result.tree or path in fates, f"{path} comes back"
    assert b"<<<<<<<" not in found or result.conflicts


@rounds
def test_a_side_without_changes_gives_the_other_side(
    repository: Repository,
    ours: list[tuple[str, int, int]],
    theirs: list[tuple[str, int, int]],
    similarity: int,
) -> None:
    mine, template = edited("our", ours), edited("their", theirs)
    result, _, _ = merged(repository, BASE, template, similarity)
    assert result.tree == result.theirs
    assert not result.conflicts
    result, ledger, _ = merged(repository, mine, BASE, similarity)
    assert result.tree == result.ours
    assert not ledger


def test_the_edits_write_their_tokens() -> None:
    for kind in EDITS:
        content = b"".join(content for _, content in edited("our", [(kind, 1, 3)]).values())
        assert kind in ("delete", "rename", "move", "mode") or list(tokens("our", content)), kind
