"""Writes changes of many files so that a kill at any moment loses nothing.

A journal in the Git directory makes the change repeatable:

1. The new files are written to a folder beside the journal, in the form that they have in the work tree. Until the
   folder gets its final name, the work tree is untouched, and what is there is discarded by the next command.
2. The folder is renamed to its final name. From here on, the change is decided.
3. The new branch is created and checked out, if one is wanted.
4. Each file is renamed into place, or deleted. Each step is atomic and can be repeated.
5. The index is updated, and the journal is removed.

After a kill in step 3, 4, or 5, the next command finishes them; see `resume`. A file that somebody has edited meanwhile
is left as it is and reported. Renames protect against a killed process; after a power failure, the guarantees are
those of the file system.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gowright.errors import ToolError, escape, writing
from gowright.system.git import git_bytes
from gowright.system.merge.repository import Repository
from gowright.system.merge.trees import Entry, Tree, index_info
from gowright.system.signals import deferred_signals

_JOURNAL = "journal.json"


@dataclass(frozen=True)
class Change:
    """A change of the files of a repository's folder.

    Attributes:
        what: what is changed, for the message after a kill.
        before: the files as they are.
        after: the files as they become.
        conflicts: the entries of base (1), team (2), and template (3) of files with conflicts, by path.
        branch: a new branch to create and check out, or an empty string.
    """

    what: str
    before: Tree
    after: Tree
    conflicts: Mapping[str, Mapping[int, Entry]]
    branch: str = ""

    def paths(self) -> list[str]:
        """The paths that change."""
        paths = self.before.keys() | self.after.keys() | self.conflicts.keys()
        return sorted(
            path for path in paths if self.before.get(path) != self.after.get(path) or path in self.conflicts
        )


@dataclass(frozen=True)
class Finished:
    """A change that was interrupted by a kill, and is finished now.

    Attributes:
        what: what was changed.
        branch: the new branch that has the change, or an empty string.
        edited: the files that somebody has edited meanwhile, and that are left as they are.
        problem: why the change isn't on the new branch that was asked for, or an empty string.
    """

    what: str
    branch: str
    edited: list[str]
    problem: str = ""


def write(repository: Repository, change: Change) -> list[str]:
    """Write a change, whose objects the repository contains, to the work tree and the index.

    Returns:
        Files that were edited during the change, and are left as they are.

    Raises:
        ToolError: before anything is touched, if a file can't be written, or is no longer as it was, or the branch
            can't be created.
    """
    pending = _pending(repository)
    with writing(repository.state):
        repository.state.mkdir(exist_ok=True)
        _discard(repository)
        draft = repository.state / f"draft-{secrets.token_hex(6)}"
        draft.mkdir()
        _prepare(repository, change, draft)
        # Edits since the caller's check are found here, and later ones by the fingerprints of _prepare.
        repository.refuse_uncommitted(everywhere=False)
        with deferred_signals():
            draft.rename(pending)
            try:
                if change.branch:
                    repository.switch_to_new(change.branch)
            except ToolError:
                _end(pending)  # no file is touched yet
                raise
            return _apply(repository, pending)


def resume(repository: Repository) -> Finished | None:
    """Finish a change that was interrupted by a kill.

    If the branch can't be created anymore, the change is finished on the current one.

    Returns:
        What was finished; None if nothing was interrupted.
    """
    pending = _pending(repository)
    if not pending.exists():
        return None
    journal = json.loads((pending / _JOURNAL).read_text())
    branch, problem = journal.get("branch", ""), ""
    try:
        if branch:
            repository.switch_to_new(branch)
    except ToolError as error:
        problem = error.why or error.what
    edited = _apply(repository, pending)
    return Finished(journal["what"], "" if problem else branch, edited, problem)


def interrupted(repository: Repository) -> bool:
    """Report whether a change was interrupted by a kill."""
    return _pending(repository).exists()


def _pending(repository: Repository) -> Path:
    return repository.state / "pending"


def _discard(repository: Repository) -> None:
    """Remove what was left behind before a change was decided or after it was done."""
    for pattern in ("draft-*", "done-*"):
        for left in repository.state.glob(pattern):
            shutil.rmtree(left, ignore_errors=True)


def _prepare(repository: Repository, change: Change, draft: Path) -> None:
    """Write the new files and the journal to a folder."""
    paths = change.paths()
    prefixed = {path: repository.prefix + path for path in paths}
    written = {prefixed[path]: change.after[path] for path in paths if path in change.after}
    files = {path: entry for path, entry in written.items() if entry.mode != "160000"}
    _check_out(repository, files, draft)
    before = {}
    for path in paths:
        old = change.before.get(path)
        now = _fingerprint(repository.folder / path)
        if (old is None) != (now is None) and (old is None or old.mode != "160000"):
            raise ToolError(
                "changed-meanwhile",
                f"{escape(path, 200)} was {'created' if old is None else 'deleted'} while gowright was running",
                why="nothing was written",
                fix="run the command again",
            )
        before[prefixed[path]] = now
    journal = {
        "what": change.what,
        "branch": change.branch,
        "files": before,
        "written": sorted(files),
        "index": os.fsdecode(_index_lines(change, prefixed, repository.hash)),
    }
    (draft / _JOURNAL).write_text(json.dumps(journal))


def _check_out(repository: Repository, files: Tree, draft: Path) -> None:
    """Write files to draft/files, in the form that they have in the work tree."""
    (draft / "files").mkdir()
    if not files:
        return
    env = {"GIT_INDEX_FILE": str(draft / "index")}
    git_bytes(["update-index", "-z", "--index-info"], cwd=repository.top, env=env, stdin=index_info(files))
    command = ["checkout-index", "--all", "--force", f"--prefix={draft / 'files'}/"]
    git_bytes(["-c", "core.sparseCheckout=false", *command], cwd=repository.top, env=env)
    (draft / "index").unlink()


def _index_lines(change: Change, prefixed: Mapping[str, str], hash: str) -> bytes:
    """Return the change in the format of `git update-index -z --index-info`."""
    null = "0" * (64 if hash == "sha256" else 40)
    lines = b""
    for path, full in prefixed.items():
        name = os.fsencode(full) + b"\0"
        if stages := change.conflicts.get(path):
            lines += f"0 {null}\t".encode() + name
            for stage, side in sorted(stages.items()):
                lines += f"{side.mode} {side.id} {stage}\t".encode() + name
        elif entry := change.after.get(path):
            lines += f"{entry.mode} {entry.id}\t".encode() + name
        else:
            lines += f"0 {null}\t".encode() + name
    return lines


def _apply(repository: Repository, pending: Path) -> list[str]:
    """Do what the journal says and isn't done yet."""
    journal = json.loads((pending / _JOURNAL).read_text())
    written = set(journal["written"])
    edited = []
    with writing(repository.folder):
        for path, old in journal["files"].items():
            if path not in written and not _remove(repository, path, old):
                edited.append(path)
        for path in journal["written"]:
            staged = pending / "files" / path
            # A file that isn't there any more is in place.
            if os.path.lexists(staged) and not _move(repository, staged, path, journal["files"][path]):
                edited.append(path)
    git_bytes(["update-index", "-z", "--index-info"], cwd=repository.top, stdin=os.fsencode(journal["index"]))
    git_bytes(
        ["update-index", "-q", "--unmerged", "--refresh"], cwd=repository.top, accepted=lambda _code: True
    )
    _end(pending)
    return [path.removeprefix(repository.prefix) for path in edited]


def _end(pending: Path) -> None:
    """Remove the journal of a change in one atomic step."""
    done = pending.rename(pending.with_name(f"done-{secrets.token_hex(6)}"))
    shutil.rmtree(done, ignore_errors=True)


def _remove(repository: Repository, path: str, old: str | None) -> bool:
    """Remove a file and the folders that become empty. Return False if it has changed."""
    target = repository.top / path
    now = _fingerprint(target)
    if now is not None and now != old:
        return False
    if now is not None:
        target.unlink()
    for folder in target.parents:
        if folder in (repository.folder, repository.top) or not folder.is_relative_to(repository.folder):
            break
        try:
            folder.rmdir()
        except OSError:
            if folder.exists():
                break
    return True


def _move(repository: Repository, staged: Path, path: str, old: str | None) -> bool:
    """Move a file to its place. Return False if the place has changed."""
    target = repository.top / path
    now = _fingerprint(target)
    if now != old and now != _fingerprint(staged):
        return False
    if target.is_dir() and not target.is_symlink():
        target.rmdir()  # left by files that were removed
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        staged.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:  # the Git directory is on another file system
            raise
        beside = target.with_name(f".gowright-{secrets.token_hex(6)}")
        shutil.copy2(staged, beside, follow_symlinks=False)
        beside.replace(target)
        staged.unlink()
    return True


def _fingerprint(path: Path) -> str | None:
    """Return what identifies a file: its kind, executable bit, and content. None if there's none."""
    if path.is_symlink():
        return f"link {os.readlink(path)}"
    if not path.is_file():
        return None
    executable = bool(path.stat().st_mode & 0o100)
    return f"{'program' if executable else 'file'} {hashlib.sha256(path.read_bytes()).hexdigest()}"
