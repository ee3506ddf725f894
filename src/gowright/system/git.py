"""git commands."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gowright.errors import ToolError
from gowright.system.process import on_path, run_bytes

#: Variables that select another repository; git sets them in hooks, for example.
_REPOSITORY_VARIABLES = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
}


def git(
    arguments: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> str:
    """Run git in a folder, without hooks, and return its stdout as text.

    Raises:
        ToolError: if git is missing or fails.
    """
    return git_bytes(arguments, cwd=cwd, env=env, stdin=stdin).decode("utf-8", errors="replace")


def git_bytes(
    arguments: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    hooks: bool = False,
    accepted: Callable[[int], bool] = lambda code: code == 0,
) -> bytes:
    """Run git in a folder and return its stdout.

    Args:
        arguments: the command and its arguments.
        cwd: the folder.
        env: variables in addition to those of this process.
        stdin: the standard input.
        hooks: whether hooks of the user run.
        accepted: reports whether an exit code is a success.

    Raises:
        ToolError: if git is missing or fails.
    """
    env_here = {name: value for name, value in os.environ.items() if name not in _REPOSITORY_VARIABLES}
    without_hooks = [] if hooks else ["-c", f"core.hooksPath={os.devnull}"]
    return run_bytes(
        ["git", *without_hooks, *arguments],
        cwd=cwd,
        env=env_here | dict(env or {}),
        stdin=stdin,
        accepted=accepted,
    )


def installed() -> bool:
    """Report whether git is on PATH."""
    return on_path("git") is not None


def inside_repository(folder: Path) -> bool:
    """Report whether a folder is in the work tree of a Git repository."""
    # git would take a process, and it refuses to work in folders of other users.
    places = (parent / ".git" for parent in (folder, *folder.parents))
    return any(place.is_file() or (place / "HEAD").exists() for place in places)


def first_commit(folder: Path, message: str) -> None:
    """Turn a folder into a repository with one commit that contains everything.

    git fast-import takes a third of the time of add and commit, and it uses no hooks, signing key, ignore
    file, or line-ending setting of the user.

    Raises:
        ToolError: if git fails.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
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
    author, committer = (
        git(["var", f"GIT_{role}_IDENT"], cwd=folder, env=identity).strip()
        for role in ("AUTHOR", "COMMITTER")
    )
    head = git(["symbolic-ref", "HEAD"], cwd=folder).strip()
    stream = [f"commit {head}\nauthor {author}\ncommitter {committer}\n".encode(), _data(message.encode())]
    stream += [_entry(path, path.relative_to(folder).as_posix()) for path in files]
    git(["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"], cwd=folder, stdin=b"".join(stream))
    git(["reset", "--quiet"], cwd=folder)


def _entry(path: Path, name: str) -> bytes:
    """A file in the format of `git fast-import`."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    if path.is_symlink():
        mode, content = "120000", os.fsencode(path.readlink())
    else:
        mode, content = "100755" if path.stat().st_mode & 0o100 else "100644", path.read_bytes()
    return f'M {mode} inline "{quoted}"\n'.encode(errors="surrogateescape") + _data(content)


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _configured(folder: Path) -> dict[str, str]:
    # After init, so that conditional settings (includeIf "gitdir:...") apply.
    names = r"^(user\.(name|email)|init\.defaultbranch)$"
    try:
        lines = git(["config", "--null", "--get-regexp", names], cwd=folder).split("\0")
    except ToolError:  # none is set
        return {}
    pairs = (line.partition("\n") for line in lines if line)
    return {name: value for name, _, value in pairs if value.strip()}
