"""git, asked for the few things that a generator needs of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from gowright.errors import ToolError
from gowright.run import on_path, run

#: What points git at a repository other than the one it stands in: set inside a hook, for example.
_ELSEWHERE = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
}

#: What a first commit must not depend on: the user's hooks, signing key, ignore file and line endings.
_PLAIN = [
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.excludesFile=/dev/null"),
    *("-c", "core.autocrlf=false"),
    *("-c", "core.safecrlf=false"),
    *("-c", "commit.gpgSign=false"),
    *("-c", "gc.auto=0"),
]


def git(
    arguments: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
) -> str:
    """Run git in a folder and return what it wrote to stdout.

    Raises:
        ToolError: when git is missing or fails.
    """
    here = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    return run(["git", *arguments], cwd=cwd, env=here | dict(env or {}), stdin=stdin)


def installed() -> bool:
    """Whether git can be run."""
    return on_path("git") is not None


def inside_repository(folder: Path) -> bool:
    """Whether a folder lies in a git repository's work tree."""
    # Asking git would take a process, and git refuses to answer in other users' folders.
    places = (parent / ".git" for parent in (folder, *folder.parents))
    return any(place.is_file() or (place / "HEAD").exists() for place in places)


def first_commit(folder: Path, message: str) -> None:
    """Make the folder a repository whose one commit holds all of it.

    Raises:
        ToolError: when git fails.
    """
    git(["init", "--quiet"], cwd=folder)
    configured = _configured(folder)
    if "init.defaultbranch" not in configured:
        git(["symbolic-ref", "HEAD", "refs/heads/main"], cwd=folder)
    identity = {
        f"GIT_{role}_{part}": configured.get(f"user.{part.lower()}", fallback)
        for role in ("AUTHOR", "COMMITTER")
        for part, fallback in (("NAME", "gowright"), ("EMAIL", "gowright@localhost"))
        if f"GIT_{role}_{part}" not in os.environ
    }
    git([*_PLAIN, "add", "--all"], cwd=folder)
    git([*_PLAIN, "commit", "--quiet", "--message", message], cwd=folder, env=identity)


def _configured(folder: Path) -> dict[str, str]:
    # After init, so that settings for a part of the disk (includeIf "gitdir:...") are seen too.
    names = r"^(user\.(name|email)|init\.defaultbranch)$"
    try:
        lines = git(["config", "--null", "--get-regexp", names], cwd=folder).split("\0")
    except ToolError:  # none of them is set
        return {}
    pairs = (line.partition("\n") for line in lines if line)
    return {name: value for name, _, value in pairs if value.strip()}
