"""The Git repository of a folder, and the conditions under which the folder can be changed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gowright.errors import ToolError, escape, writing
from gowright.system.git import git, git_bytes
from gowright.system.merge.trees import Tree, parse_tree

#: Files in the Git directory that exist while an operation of Git is unfinished.
_OPERATIONS = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository of a folder.

    Attributes:
        top: the top of the work tree.
        git_dir: the Git directory of this work tree.
        objects: the object store.
        config: the configuration file of the repository.
        prefix: the folder relative to top, with a slash at the end; empty for top itself.
        hash: the name of the hash function.
    """

    top: Path
    git_dir: Path
    objects: Path
    config: Path
    prefix: str
    hash: str

    @classmethod
    def of(cls, folder: Path) -> Repository:
        """Return the repository of a folder.

        Raises:
            ToolError: if the folder is in no work tree.
        """
        places = ["--git-path", "objects", "--git-path", "config"]
        asked = ["--show-toplevel", "--absolute-git-dir", *places, "--show-object-format", "--show-prefix"]
        try:
            answer = git_bytes(["rev-parse", "--path-format=absolute", *asked], cwd=folder)
        except ToolError as error:
            if error.code == "tool-missing":
                raise
            raise ToolError(
                "not-a-repository",
                f"{escape(folder, 200)} is not in a Git repository",
                why=error.why,
                fix="create one: git init && git add --all && git commit --message 'Add the project'",
            ) from error
        top, git_dir, objects, config, name, prefix = os.fsdecode(answer).split("\n")[:6]
        return cls(Path(top), Path(git_dir), Path(objects), Path(config), prefix, name)

    @property
    def folder(self) -> Path:
        """The folder."""
        return self.top / self.prefix

    def head(self) -> str:
        """Return the ID of the current commit, shortened as Git does.

        Raises:
            ToolError: if there's no commit.
        """
        try:
            return git(["rev-parse", "--short", "--verify", "--quiet", "HEAD^{commit}"], cwd=self.top).strip()
        except ToolError as error:
            raise self._uncommitted("the repository has no commit") from error

    def tree(self) -> Tree:
        """Return the files of the folder in the current commit, relative to the folder.

        Raises:
            ToolError: if the commit doesn't contain the folder.
        """
        name = f"HEAD:{self.prefix.rstrip('/')}"
        try:
            return parse_tree(git_bytes(["ls-tree", "-r", "-z", "--full-tree", name], cwd=self.top))
        except ToolError as error:
            raise self._uncommitted("the current commit doesn't contain it") from error

    def _uncommitted(self, why: str) -> ToolError:
        return ToolError(
            "not-committed",
            "the project is not committed",
            why=why,
            fix="commit it: git add --all && git commit --message 'Add the project'",
        )

    def refuse_unfinished(self) -> None:
        """Refuse a repository in which another operation is unfinished.

        Raises:
            ToolError: if a merge or the like is unfinished, or the index or HEAD is locked.
        """
        for name, operation in _OPERATIONS.items():
            if (self.git_dir / name).exists():
                raise ToolError(
                    "operation-unfinished",
                    f"a {operation} is unfinished in this repository",
                    fix=f"finish it, or run: git {operation} --abort",
                )
        self.refuse_locked()

    def refuse_locked(self) -> None:
        """Refuse a repository in which Git is running, or was killed.

        Raises:
            ToolError: if the index or HEAD is locked.
        """
        for lock in (self.git_dir / "index.lock", self.git_dir / "HEAD.lock"):
            if lock.exists():
                raise ToolError(
                    "index-locked",
                    "another Git command is running in this repository",
                    why=f"{lock} exists",
                    fix="wait until it has ended; if none is running, delete that file",
                )

    def refuse_new_branch(self, branch: str) -> None:
        """Refuse the name of a new branch that Git can't create.

        Raises:
            ToolError: if the branch exists, or the name is that of a folder of branches.
        """
        name = f"refs/heads/{branch}"
        if self._commit_of(name):
            raise ToolError(
                "branch-exists",
                f"the branch {escape(branch)} exists",
                fix=f"pass another name, or delete it: git branch --delete {shlex.quote(branch)}",
            )
        try:
            # Prepared and not committed: Git checks everything, and creates nothing.
            steps = f"start\ncreate {name} {self._commit_of('HEAD')}\nprepare\nabort\n"
            git_bytes(["update-ref", "--stdin"], cwd=self.top, stdin=os.fsencode(steps))
        except ToolError as error:
            raise ToolError(
                "branch-exists",
                f"the branch {escape(branch)} cannot be created",
                why=error.why,
                fix="pass another name",
            ) from error

    def switch_to_new(self, branch: str) -> None:
        """Create a branch at the current commit and check it out, as `git switch --create` does.

        Unlike that command, this one can be repeated after a kill at any moment. It touches neither the index nor the
        work tree.

        Raises:
            ToolError: if there's a branch with this name at another commit, or it can't be created.
        """
        name = f"refs/heads/{branch}"
        here = git(["rev-parse", "--symbolic-full-name", "HEAD"], cwd=self.top).strip()
        if here == name:
            return
        commit, found = self._commit_of("HEAD"), self._commit_of(name)
        if found not in ("", commit):
            raise ToolError(
                "branch-exists",
                f"the branch {escape(branch)} exists",
                why=f"a branch {escape(branch)} was created at another commit meanwhile",
                fix="pass another name",
            )
        if not found:
            git(["update-ref", "-m", "branch: Created from HEAD", name, commit, ""], cwd=self.top)
        # `git switch -` and `git checkout -` read this message.
        origin = commit if here == "HEAD" else here.removeprefix("refs/heads/")
        git(["symbolic-ref", "-m", f"checkout: moving from {origin} to {branch}", "HEAD", name], cwd=self.top)

    def _commit_of(self, name: str) -> str:
        """Return the commit that a reference names, or an empty string."""
        asked = ["rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"]
        return git_bytes(asked, cwd=self.top, accepted=lambda code: code in (0, 1)).decode().strip()

    def refuse_uncommitted(self, *, everywhere: bool) -> None:
        """Refuse tracked files with uncommitted changes.

        Args:
            everywhere: whether the whole repository counts, and not only the folder.

        Raises:
            ToolError: if there is a change, staged or not.
        """
        scope = [] if everywhere or not self.prefix else ["--", self.prefix]
        how = ["status", "--porcelain=v2", "-z", "--untracked-files=no", "--ignore-submodules=dirty"]
        # --no-optional-locks: the command doesn't write the index.
        found = git_bytes(["--literal-pathspecs", "--no-optional-locks", *how, *scope], cwd=self.top)
        lines = [line for line in found.split(b"\0") if line[:2] in (b"1 ", b"2 ", b"u ")]
        if not lines:
            return
        # The path is the last field of a line; the number of fields depends on the kind of the line.
        fields = {b"1": 8, b"2": 9, b"u": 10}
        paths = [os.fsdecode(line.split(b" ", fields[line[:1]])[-1]) for line in lines]
        unmerged = any(line.startswith(b"u") for line in lines)
        rest = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        raise ToolError(
            "uncommitted-changes",
            "there are unresolved conflicts" if unmerged else "there are uncommitted changes",
            why=f"{escape(paths[0], 200)}{rest}; an update changes only committed files, so that it can be undone",
            fix="resolve them and commit" if unmerged else "commit the changes, or run: git stash",
        )

    def refuse_in_the_way(self, paths: Sequence[str], tracked: Mapping[str, object]) -> None:
        """Refuse to create files where untracked files are.

        Args:
            paths: the files to create, relative to the folder.
            tracked: the tracked files.

        Raises:
            ToolError: if something is at one of the paths, or one of its folders isn't a folder.
        """
        folders = {folder for path in tracked for folder in _parents(path)}
        for path in paths:
            for place in [*_parents(path), path]:
                full = self.folder / place
                if place in tracked or not os.path.lexists(full):
                    continue
                is_folder = full.is_dir() and not full.is_symlink()
                if is_folder and (
                    place != path or (place in folders and not _untracked(full, place, tracked))
                ):
                    continue
                raise ToolError(
                    "file-in-the-way",
                    f"{escape(place, 200)} exists and is not tracked by Git",
                    why=f"the change creates {escape(path, 200)}, and would overwrite your file",
                    fix="move it to another place, or commit it, so that it can be merged",
                )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of this tool in the block. The system releases it if the process is killed.

        Raises:
            ToolError: if another process holds it.
        """
        try:
            import fcntl
        except ImportError:  # Windows
            yield
            return
        state = self.state
        with writing(state):
            state.mkdir(exist_ok=True)
            descriptor = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ToolError(
                    "already-running",
                    "another gowright command is changing this repository",
                    fix="wait until it has ended, and run this one again",
                ) from error
            yield
        finally:
            os.close(descriptor)

    @property
    def state(self) -> Path:
        """The folder for the lock and the journal."""
        return self.git_dir / "gowright"


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:number]) for number in range(1, len(parts))]


def _untracked(folder: Path, name: str, tracked: Mapping[str, object]) -> bool:
    """Report whether a folder contains files that aren't tracked."""
    for root, _, files in os.walk(folder):
        place = Path(root).relative_to(folder)
        for file in files:
            if "/".join([name, *place.parts, file]) not in tracked:
                return True
    return False
