"""Releases of the template: a git bundle with one synthetic commit for each.

The bundle is append-only and deterministic: a commit holds the template, its parent and nothing
that depends on when or where it was made, so recording the same releases again gives the same
bytes, and recording one more leaves the earlier commits as they are.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from gowright.errors import ToolError
from gowright.model.template import PARTS
from gowright.system import git

#: The releases that this package carries.
BUNDLE = Path(__file__).resolve().parent.parent / "releases.bundle"

_TAG = re.compile(rb"^[0-9a-f]{40} refs/tags/v(\S+)$", re.M)
_FIRST_DATE = 1_700_000_000

#: No compression choice is left to git's version, threads or configuration.
_PACKING = [
    *("-c", "pack.threads=1"),
    *("-c", "pack.window=0"),
    *("-c", "pack.compression=9"),
    *("-c", "core.compression=9"),
    *("-c", "bundle.version=2"),
]


def _git(arguments: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    # Without anybody's configuration, which could reach into commits and packs.
    return git.git(
        arguments,
        cwd=cwd,
        env={"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"} | dict(env or {}),
    )


def recorded(bundle: Path) -> list[str]:
    """The versions in a bundle, oldest first; none when there is no bundle."""
    if not bundle.exists():
        return []
    with bundle.open("rb") as file:
        header = file.read(1_000_000).partition(b"\n\n")[0]
    return sorted((match.decode() for match in _TAG.findall(header)), key=_order)


def _order(version: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"[.\-+]", version)]


def tree(root: Path, *, store: Path | None = None) -> str:
    """The git tree that a template folder is.

    Args:
        root: the folder with copier.yml.
        store: a git directory to write the objects to; without it they are forgotten.
    """
    with tempfile.TemporaryDirectory(prefix="gowright-release-") as folder:
        if store is None:
            store = Path(folder) / "store"
            _new_store(store)
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        parts = [part for part in PARTS if (root / part).exists()]
        # By force and unfiltered: no ignore file and no attribute of the template changes a byte.
        _git(
            [f"--git-dir={store}", f"--work-tree={root}", "add", "--force", "--all", "--", *parts],
            cwd=root,
            env=index,
        )
        return _git([f"--git-dir={store}", "write-tree"], env=index).strip()


def recorded_tree(bundle: Path, version: str) -> str:
    """The git tree of a recorded release.

    Raises:
        ToolError: when it is not recorded.
    """
    with tempfile.TemporaryDirectory(prefix="gowright-release-") as folder:
        store = _unpacked(bundle, Path(folder) / "store")
        return _git([f"--git-dir={store}", "rev-parse", f"refs/tags/v{version}^{{tree}}"]).strip()


def record(bundle: Path, version: str, root: Path) -> bool:
    """Record the template in a folder as a release.

    Args:
        bundle: the file to write, or to append to.
        version: the release, without a leading v.
        root: the folder with copier.yml.

    Returns:
        Whether the bundle changed: the same template under the same version is there already.

    Raises:
        ToolError: when the version is recorded with another template, or is not the newest.
    """
    versions = recorded(bundle)
    with tempfile.TemporaryDirectory(prefix="gowright-release-") as folder:
        store = _unpacked(bundle, Path(folder) / "store")
        new = tree(root, store=store)
        if version in versions:
            if _git([f"--git-dir={store}", "rev-parse", f"v{version}^{{tree}}"]).strip() == new:
                return False
            raise ToolError(
                "release-changed",
                f"release {version} is recorded with another template",
                why="a recorded release never changes: projects were generated from it",
                fix="give the template a new version in src/gowright/__init__.py",
            )
        if versions and _order(version) < _order(versions[-1]):
            raise ToolError(
                "release-order",
                f"release {version} is older than {versions[-1]}, which is recorded",
                fix="give the template a new version in src/gowright/__init__.py",
            )
        _commit(store, new, version, versions)
        written = Path(folder) / "bundle"
        _git([f"--git-dir={store}", *_PACKING, "bundle", "create", "--quiet", str(written), "--tags"])
        content = written.read_bytes()
    bundle.write_bytes(content)
    return True


def _commit(store: Path, tree: str, version: str, versions: list[str]) -> None:
    date = f"{_FIRST_DATE + len(versions)} +0000"
    identity = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", "gowright"), ("EMAIL", "gowright@localhost"), ("DATE", date))
    }
    parents = ["-p", f"refs/tags/v{versions[-1]}"] if versions else []
    message = f"Template of release {version}"
    commit = _git([f"--git-dir={store}", "commit-tree", *parents, "-m", message, tree], env=identity).strip()
    _git([f"--git-dir={store}", "update-ref", f"refs/tags/v{version}", commit])


def _unpacked(bundle: Path, store: Path) -> Path:
    _new_store(store)
    if bundle.exists():
        tags = "refs/tags/*:refs/tags/*"
        _git([f"--git-dir={store}", "fetch", "--quiet", "--no-tags", str(bundle), tags])
    return store


def _new_store(store: Path) -> None:
    _git(["init", "--quiet", "--bare", "--template=", "--object-format=sha1", str(store)])
    (store / "info").mkdir(exist_ok=True)
    (store / "info" / "attributes").write_text("* -text -filter -ident -working-tree-encoding\n")
    for name, value in (("core.fileMode", "true"), ("core.autocrlf", "false")):
        _git([f"--git-dir={store}", "config", name, value])
