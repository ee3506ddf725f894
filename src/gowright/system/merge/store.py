"""A temporary object store: renders become trees in it, and nothing is written to the repository."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gowright.system.atomic import temp_directory
from gowright.system.git import git_bytes
from gowright.system.merge.repository import Repository
from gowright.system.merge.trees import Entry, Tree, index_info, parse_stages

#: Settings that must not affect temporary trees and merges, whatever the user has configured.
_SETTINGS = """
[core]
	bare = false
	compression = 0
	excludesFile = /dev/null
	fsmonitor = false
	safecrlf = false
	sparseCheckout = true
	sparseCheckoutCone = false
	splitIndex = false
	untrackedCache = false
[index]
	sparse = false
[submodule]
	recurse = false
[rerere]
	enabled = false
[merge]
	conflictStyle = zdiff3
	renames = true
[user]
	name = gowright
	email = gowright@localhost
"""


#: The author of temporary commits. Nobody reads the date.
_IDENTITY = "gowright <gowright@localhost> 1700000000 +0000"


@dataclass(frozen=True)
class Store:
    """A temporary Git directory that can read the objects of a repository, and writes none to it.

    Attributes:
        root: a temporary folder.
        repository: the repository.
    """

    root: Path
    repository: Repository

    @property
    def git_dir(self) -> Path:
        """The Git directory."""
        return self.root / "git"

    def git(
        self,
        *arguments: str,
        index: str = "index",
        work_tree: Path | None = None,
        stdin: bytes = b"",
        accepted: Callable[[int], bool] = lambda code: code == 0,
    ) -> bytes:
        """Run git with this directory, and return its stdout.

        Args:
            arguments: the command and its arguments.
            index: the name of a private index.
            work_tree: by default, an empty folder.
            stdin: the standard input.
            accepted: reports whether an exit code is a success.
        """
        work_tree = work_tree or self.root / "work"
        work_tree.mkdir(exist_ok=True)
        env = {
            "GIT_DIR": str(self.git_dir),
            "GIT_INDEX_FILE": str(self.root / f"{index}.index"),
            "GIT_WORK_TREE": str(work_tree),
            "GIT_LITERAL_PATHSPECS": "1",
        }
        return git_bytes(arguments, cwd=work_tree, env=env, stdin=stdin, accepted=accepted)

    def add(self, name: str, folder: Path, tracked: Iterable[str]) -> dict[str, Entry]:
        """Add a rendered folder as a commit of the project would, and return its tree.

        Line endings and filters follow the attributes that the folder would have in the repository. Files that
        the ignore files of the folder itself exclude count only if they're tracked: nobody commits the others.

        Args:
            name: names the folder's index.
            folder: a folder that ends with the prefix of the repository's folder.
            tracked: the paths that the project tracks.
        """
        prefix = self.repository.prefix
        root = Path(str(folder)[: -len(prefix)]) if prefix else folder
        above = self.repository.top
        for part in Path(prefix).parts:
            if (above / ".gitattributes").is_file():
                shutil.copyfile(
                    above / ".gitattributes",
                    root / above.relative_to(self.repository.top) / ".gitattributes",
                )
            above = above / part
        modes = ["-c", "core.fileMode=true", "-c", "core.symlinks=true"]
        unsparse = ["-c", "core.sparseCheckout=false"]
        self.git(*modes, *unsparse, "add", "--force", "--", prefix or ".", index=name, work_tree=root)
        listed = self.git(
            "ls-files", "--stage", "-z", "--full-name", "--", prefix or ".", index=name, work_tree=root
        )
        ignoring = ["ls-files", "--cached", "--ignored", "--exclude-per-directory=.gitignore", "-z"]
        ignored = self.git(*ignoring, "--", prefix or ".", index=name, work_tree=root).split(b"\0")
        left_out = {os.fsdecode(path).removeprefix(prefix) for path in ignored if path} - set(tracked)
        tree = {path.removeprefix(prefix): stages[0] for path, stages in parse_stages(listed).items()}
        return {path: entry for path, entry in tree.items() if path not in left_out}

    def add_tracked(self, name: str, committed: Tree) -> dict[str, Entry]:
        """Return the tree of the project's tracked files as they are in the work tree.

        Args:
            name: names the tree's index.
            committed: the tree of the current commit.
        """
        prefix, top = self.repository.prefix, self.repository.top
        listed = index_info({prefix + path: entry for path, entry in committed.items()})
        self.git("update-index", "-z", "--index-info", index=name, stdin=listed)
        unsparse = ["-c", "core.sparseCheckout=false"]
        self.git(*unsparse, "add", "--update", "--", prefix or ".", index=name, work_tree=top)
        staged = parse_stages(self.git("ls-files", "--stage", "-z", index=name))
        return {path.removeprefix(prefix): stages[0] for path, stages in staged.items()}

    def write(self, content: bytes) -> str:
        """Store content and return its ID."""
        return self.git("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def read(self, id: str) -> bytes:
        """Return stored content."""
        return self.git("cat-file", "blob", id)

    def commits(self, **trees: Tree) -> dict[str, str]:
        """Store trees as commits, and return their references.

        One fast-import takes the time of one of the four commands that each commit would need otherwise.

        Args:
            trees: trees by name; the name is also the message. The first one is the parent of the others.
        """
        stream = []
        for number, (name, tree) in enumerate(trees.items(), start=1):
            parent = "from :1\n" if number > 1 else ""
            stream.append(f"reset refs/heads/{name}\ncommit refs/heads/{name}\nmark :{number}\n".encode())
            stream.append(f"committer {_IDENTITY}\ndata {len(name)}\n{name}\n{parent}deleteall\n".encode())
            stream += (
                f"M {entry.mode} {entry.id} ".encode() + _quoted(path) + b"\n" for path, entry in tree.items()
            )
        fast = ["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--force"]
        self.git(*fast, stdin=b"".join(stream))
        return {name: f"refs/heads/{name}" for name in trees}

    def check_out(self, tree: Tree, folder: Path) -> None:
        """Write a tree to a missing folder."""
        folder.mkdir()
        self.git("update-index", "-z", "--index-info", index="out", stdin=index_info(tree))
        unsparse = ["-c", "core.sparseCheckout=false"]
        self.git(*unsparse, "checkout-index", "--all", f"--prefix={folder}/", index="out")

    def renames(self, old: str, new: str, similarity: int) -> dict[str, str]:
        """Return the renames between two commits: the old path by the new one.

        Args:
            old: a commit.
            new: a commit.
            similarity: the least similarity of a renamed file, in percent.
        """
        how = ["--find-renames=" + f"{similarity}%", "-l7000", "--diff-filter=R", "--name-status", "-r", "-z"]
        fields = self.git("diff-tree", *how, old, new).split(b"\0")[:-1]
        triples = zip(fields[::3], fields[1::3], fields[2::3], strict=True)
        return {os.fsdecode(target): os.fsdecode(source) for _, source, target in triples}

    def patch(self, old: str, new: str) -> bytes:
        """Return the differences between two commits as a patch that `git apply` accepts."""
        how = ["-p", "--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv"]
        return self.git("diff-tree", *how, "--find-renames", "-r", old, new)

    def stat(self, old: str, new: str) -> bytes:
        """Return the number of changed lines per file between two commits, as a table."""
        return self.git("diff-tree", "--stat=100", "--no-color", "--find-renames", "-r", old, new)

    def publish(self, ids: Iterable[str]) -> None:
        """Copy objects to the object store of the repository."""
        listed = "".join(f"{id}\n" for id in sorted(set(ids))).encode()
        if listed:
            packed = self.git("-c", "pack.threads=1", "pack-objects", "--stdout", "-q", stdin=listed)
            git_bytes(["unpack-objects", "-q"], cwd=self.repository.top, stdin=packed)


def _quoted(path: str) -> bytes:
    """Return a path in the format of `git fast-import`."""
    escaped = os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'


@contextmanager
def temporary_store(repository: Repository) -> Iterator[Store]:
    """Yield a store that is removed after the block."""
    with temp_directory() as root:
        store = Store(root, repository)
        git_bytes(
            [
                "init",
                "--quiet",
                "--bare",
                "--template=",
                f"--object-format={repository.hash}",
                str(store.git_dir),
            ]
        )
        for folder in (store.git_dir / "info", store.git_dir / "objects" / "info"):
            folder.mkdir(exist_ok=True)
        (store.git_dir / "info" / "sparse-checkout").write_text("/.nothing\n")
        (store.git_dir / "objects" / "info" / "alternates").write_bytes(
            os.fsencode(repository.objects) + b"\n"
        )
        # Line endings and filters of the repository, and then settings of our own.
        included = str(repository.config).replace("\\", "\\\\").replace('"', '\\"')
        with (store.git_dir / "config").open("a", encoding="utf-8", errors="surrogateescape") as config:
            config.write(f'[include]\n\tpath = "{included}"\n{_SETTINGS}')
        yield store
