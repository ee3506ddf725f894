"""Releases of the template: a Git bundle with one synthetic commit per release.

The bundle is append-only and deterministic. A commit contains the template and its parent, and nothing that
depends on the time or the machine. Recording the same releases again yields the same bytes, and recording
another release keeps the earlier commits.
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

#: The releases in this package.
BUNDLE = Path(__file__).resolve().parent.parent / "releases.bundle"

#: The environment variable that replaces the bundle, for tests and benchmarks.
BUNDLE_ENV = "GOWRIGHT_RELEASES"

_TAG = re.compile(rb"^[0-9a-f]{40} refs/tags/v(\S+)$", re.M)
_VERSION = re.compile(r"v?[0-9]+(\.[0-9]+)*([.\-+][A-Za-z0-9.\-+]+|(a|b|rc)[0-9]+)?")
_NO_PROMPT = {"GIT_TERMINAL_PROMPT": "0"}
_FIRST_DATE = 1_700_000_000

#: Fixed compression settings, independent of the version and configuration of git.
_PACKING = [
    *("-c", "pack.threads=1"),
    *("-c", "pack.window=0"),
    *("-c", "pack.compression=9"),
    *("-c", "core.compression=9"),
    *("-c", "bundle.version=2"),
]


def _git(arguments: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    # Without user configuration, which could affect commits and packs.
    return git.git(
        arguments,
        cwd=cwd,
        env={"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"} | dict(env or {}),
    )


def bundle() -> Path:
    """The bundle with the releases: the one of this package, or the one that BUNDLE_ENV names."""
    return Path(os.environ.get(BUNDLE_ENV) or BUNDLE)


def is_version(release: str) -> bool:
    """Report whether the name of a release is a version, and not a commit or a branch."""
    return bool(_VERSION.fullmatch(release))


def is_newer(version: str, other: str) -> bool:
    """Report whether a release is newer than another one."""
    return _order(version) > _order(other)


def recorded(bundle: Path) -> list[str]:
    """The versions in a bundle, oldest first; empty if there's no bundle."""
    if not bundle.exists():
        return []
    with bundle.open("rb") as file:
        header = file.read(1_000_000).partition(b"\n\n")[0]
    return sorted((match.decode() for match in _TAG.findall(header)), key=_order)


def _order(version: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"[.\-+]", version)]


def tree(root: Path, *, store: Path | None = None) -> str:
    """Return the ID of the Git tree of a template folder.

    Args:
        root: the folder with copier.yml.
        store: the Git directory to write the objects to; without it, a temporary one.
    """
    with tempfile.TemporaryDirectory(prefix="gowright-release-") as folder:
        if store is None:
            store = Path(folder) / "store"
            new_store(store)
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        parts = [part for part in PARTS if (root / part).exists()]
        # --force, so that no ignore file of the template has an effect.
        _git(
            [f"--git-dir={store}", f"--work-tree={root}", "add", "--force", "--all", "--", *parts],
            cwd=root,
            env=index,
        )
        return _git([f"--git-dir={store}", "write-tree"], env=index).strip()


def recorded_tree(bundle: Path, version: str) -> str:
    """Return the ID of the Git tree of a recorded release.

    Raises:
        ToolError: if it isn't recorded.
    """
    with tempfile.TemporaryDirectory(prefix="gowright-release-") as folder:
        store = _unpacked(bundle, Path(folder) / "store")
        return _git([f"--git-dir={store}", "rev-parse", f"refs/tags/v{version}^{{tree}}"]).strip()


def extract(bundle: Path, version: str, into: Path) -> None:
    """Write the template of a recorded release to a folder.

    Git names each object by its content when it reads the bundle, so that a damaged bundle is an error.

    Args:
        bundle: the bundle.
        version: the release.
        into: a missing folder.

    Raises:
        ToolError: if it isn't recorded.
    """
    with tempfile.TemporaryDirectory(prefix="gowright-release-") as folder:
        store = _unpacked(bundle, Path(folder) / "store")
        check_out(store, f"refs/tags/v{version}", into)


def fetch(source: str, commits: Sequence[str], store: Path) -> None:
    """Fetch commits of a repository to a new store: by tag if possible, without their history.

    Args:
        source: the URL or the path of the repository.
        commits: tags, or anything that names a commit.
        store: a missing folder.

    Raises:
        ToolError: if the repository can't be read.
    """
    new_store(store)
    tags = [f"+refs/tags/{commit}:refs/tags/{commit}" for commit in commits]
    quick = ["fetch", "--quiet", "--no-tags", "--depth=1", "--", source, *tags]
    everything = ["fetch", "--quiet", "--", source, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    try:
        git.git([f"--git-dir={store}", *quick], env=_NO_PROMPT)
    except ToolError:  # a commit that has no tag
        git.git([f"--git-dir={store}", *everything], env=_NO_PROMPT)


def remote_tags(source: str) -> list[str]:
    """Return the tags of a repository that are versions, oldest first.

    Raises:
        ToolError: if the repository can't be read.
    """
    listed = git.git(["ls-remote", "--tags", "--refs", "--", source], env=_NO_PROMPT)
    tags = [line.partition("\trefs/tags/")[2] for line in listed.splitlines()]
    return sorted((tag for tag in tags if is_version(tag)), key=lambda tag: _order(tag.removeprefix("v")))


def check_out(store: Path, commit: str, into: Path) -> None:
    """Write the files of a commit to a folder, without conversions.

    Raises:
        ToolError: if the store doesn't contain the commit.
    """
    into.mkdir(parents=True)
    index = {"GIT_INDEX_FILE": str(into.with_name(f"{into.name}.index"))}
    _git([f"--git-dir={store}", "read-tree", f"{commit}^{{tree}}"], env=index)
    _git(
        [f"--git-dir={store}", f"--work-tree={into}", "checkout-index", "--all", "--force"],
        cwd=into,
        env=index,
    )


def record(bundle: Path, version: str, root: Path) -> bool:
    """Record a template folder as a release.

    Args:
        bundle: the file to create or to append to.
        version: the release, without a leading v.
        root: the folder with copier.yml.

    Returns:
        Whether the bundle changed. It doesn't if the release is already recorded.

    Raises:
        ToolError: if the version is recorded with another template, or isn't the newest.
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
                why="a recorded release never changes, because projects were generated from it",
                fix="set a new version in src/gowright/__init__.py",
            )
        if versions and is_newer(versions[-1], version):
            raise ToolError(
                "release-order",
                f"release {version} is older than {versions[-1]}, which is recorded",
                fix="set a new version in src/gowright/__init__.py",
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
    new_store(store)
    if bundle.exists():
        tags = "refs/tags/*:refs/tags/*"
        _git([f"--git-dir={store}", "fetch", "--quiet", "--no-tags", str(bundle), tags])
    return store


def new_store(store: Path) -> None:
    """Create an empty Git directory that converts no file."""
    _git(["init", "--quiet", "--bare", "--template=", "--object-format=sha1", str(store)])
    (store / "info").mkdir(exist_ok=True)
    (store / "info" / "attributes").write_text("* -text -filter -ident -working-tree-encoding\n")
    for name, value in (("core.fileMode", "true"), ("core.autocrlf", "false")):
        _git([f"--git-dir={store}", "config", name, value])
