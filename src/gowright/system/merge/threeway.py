"""The merge of two changes of one base: what the team changed, and what the template changed.

Git merges contents and follows renames. What a deletion on one side means is decided here, before Git merges: a file
that the template no longer has is removed, and a file that the team has deleted stays deleted. Both are reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gowright.system.merge.store import Store
from gowright.system.merge.trees import Entry, Tree, parse_stages

#: The least similarity of a renamed file, in percent. Git's default of 50 misses small files.
RENAMED = 40

#: The least similarity of a file that only moves.
MOVED = 90

#: What Git appends to a path of the template's side that can't have its own name; `_merged` names the commit.
_ASIDE = re.compile(r"~[0-9a-f]{4,64} \(theirs\)\Z")

#: Merges the contents of one file by its meaning: base, ours, theirs. None leaves the merge to Git.
Resolver = Callable[[bytes, bytes, bytes], bytes | None]


@dataclass(frozen=True)
class Rules:
    """How files are merged whose meaning Git doesn't know.

    Attributes:
        written: files that are taken from the template as they are.
        skipped: reports whether a file belongs to the team as soon as it exists.
        resolvers: by path.
        similarity: the least similarity of a file that the template renames, in percent.
        moved: files that the template renames in any case: old paths and new ones.
        labels: names of the team's side, the base, and the template's side in conflicts.
    """

    written: frozenset[str] = frozenset()
    skipped: Callable[[str], bool] = lambda _path: False
    resolvers: Mapping[str, Resolver] = field(default_factory=dict)
    similarity: int = RENAMED
    moved: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, str, str] = ("yours", "before", "template")


@dataclass(frozen=True)
class Merge:
    """The result of a merge.

    Attributes:
        base: the tree that both sides changed.
        ours: the tree of the team.
        theirs: the tree of the template.
        tree: the result; files with conflicts contain the markers of Git.
        conflicts: the entries of base (1), team (2), and template (3) by path.
        our_moves: the old path of each file that the team renamed, by its new path.
        their_moves: the same for the template.
        removed: files that the template deletes, by the path that they had in the base.
        stay_deleted: files of the template that the team had deleted, and the template changed.
        stay_own: files that exist and belong to the team, and the template changed.
        resolved: files that were merged by their meaning.
    """

    base: Tree
    ours: Tree
    theirs: Tree
    tree: dict[str, Entry]
    conflicts: dict[str, dict[int, Entry]]
    our_moves: dict[str, str]
    their_moves: dict[str, str]
    removed: dict[str, str]
    stay_deleted: list[str]
    stay_own: list[str]
    resolved: list[str]


def merge(store: Store, base: Tree, ours: Tree, theirs: Tree, rules: Rules) -> Merge:
    """Merge two trees that have a common base. Writes only to the store.

    Args:
        store: the store that contains the trees.
        base: the tree before both changes.
        ours: the tree of the team.
        theirs: the tree of the template.
        rules: how special files are merged.
    """
    commits = store.commits(before=base, ours=ours, theirs=theirs)
    our_moves = store.renames(commits["before"], commits["ours"], RENAMED)
    their_moves = store.renames(commits["before"], commits["theirs"], rules.similarity)
    sides = _Sides(dict(base), dict(ours), dict(theirs))
    # A file that the team has in the new place stays apart, and Git shows both as a conflict.
    moved = {old: new for old, new in rules.moved.items() if new not in ours}
    sides.move(moved)
    their_moves |= {new: old for old, new in moved.items()}
    places = {new: moved.get(old, old) for new, old in our_moves.items()}
    stay_own = sides.keep_own(rules.skipped)
    for path in rules.written:
        sides.take_theirs(path)
    removed = sides.remove(their_moves, places)
    stay_deleted = sides.keep_deleted(their_moves, places)
    resolved = sides.resolve(store, rules.resolvers)
    tree, conflicts = _merged(store, sides, rules)
    return Merge(
        base, ours, theirs, tree, conflicts, our_moves, their_moves, removed, stay_deleted, stay_own, resolved
    )


@dataclass(frozen=True)
class _Sides:
    """The three trees, which are changed so that Git's merge gives the result that is wanted."""

    base: dict[str, Entry]
    ours: dict[str, Entry]
    theirs: dict[str, Entry]

    def move(self, moved: Mapping[str, str]) -> None:
        """Move files on all sides, so that only their contents are merged."""
        for old, new in moved.items():
            for side in (self.base, self.ours):
                if old in side:
                    side[new] = side.pop(old)

    def keep_own(self, skipped: Callable[[str], bool]) -> list[str]:
        """Leave files alone that belong to the team as soon as they exist; return those that would have changed."""
        kept = []
        for path in [path for path in self.ours if skipped(path)]:
            old, new = self.base.pop(path, None), self.theirs.pop(path, None)
            if old != new and new != self.ours[path]:
                kept.append(path)
        return kept

    def take_theirs(self, path: str) -> None:
        """Make the template's file the result."""
        if path in self.theirs:
            self.base.pop(path, None)
            self.ours[path] = self.theirs[path]

    def remove(self, their_moves: Mapping[str, str], our_moves: Mapping[str, str]) -> dict[str, str]:
        """Remove what the template no longer has, wherever the team has it now; return it by its old path."""
        places = {old: new for new, old in our_moves.items()}
        gone = self.base.keys() - self.theirs.keys() - set(their_moves.values())
        removed = {}
        for path in sorted(gone):
            place = path if path in self.ours else places.get(path, "")
            if place in self.ours:
                removed[path] = place
                del self.ours[place]
            del self.base[path]
        return removed

    def keep_deleted(self, their_moves: Mapping[str, str], our_moves: Mapping[str, str]) -> list[str]:
        """Keep deleted what the team deleted; return the template's paths of what it has changed."""
        places = {old: new for new, old in their_moves.items()}
        deleted = self.base.keys() - self.ours.keys() - set(our_moves.values())
        kept = []
        for path in sorted(deleted):
            place = path if path in self.theirs else places.get(path, "")
            old, new = self.base.pop(path), self.theirs.get(place)
            if place in self.ours:  # the team has a file of its own there, which Git merges
                continue
            if new is not None:
                del self.theirs[place]
                if new != old:
                    kept.append(place)
        return kept

    def resolve(self, store: Store, resolvers: Mapping[str, Resolver]) -> list[str]:
        """Merge files by their meaning if both sides have changed them; return them."""
        resolved = []
        for path, resolver in resolvers.items():
            sides = [tree.get(path) for tree in (self.base, self.ours, self.theirs)]
            files = [entry for entry in sides if entry and entry.is_file]
            if len(files) < 3 or len(set(files)) < 3:
                continue
            content = resolver(*(store.read(entry.id) for entry in files))
            if content is not None:
                self.base[path] = files[1]
                self.theirs[path] = Entry(files[1].mode, store.write(content))
                resolved.append(path)
        return resolved


def _merged(
    store: Store, sides: _Sides, rules: Rules
) -> tuple[dict[str, Entry], dict[str, dict[int, Entry]]]:
    """Let Git merge, and return the result with the entries of its conflicts.

    `git cherry-pick` runs in a work tree in which the sparse-checkout rules exclude everything, so that Git writes only
    files with conflicts. `git merge-tree` would do without it, but has no option for the similarity before Git 2.44.
    """
    commits = store.commits(before=sides.base, ours=sides.ours, theirs=sides.theirs)
    store.git("symbolic-ref", "HEAD", commits["ours"])
    store.git("read-tree", "-m", "-u", "HEAD")
    # Team renames have RENAMED; renames of the template below rules.similarity were removed from the base.
    folders = "true" if rules.similarity == RENAMED else "false"
    pick = ["-c", f"merge.directoryRenames={folders}", "cherry-pick", "--no-commit", "--allow-empty"]
    store.git(
        *pick, "-X", f"find-renames={RENAMED}%", commits["theirs"], accepted=lambda code: code in (0, 1)
    )
    staged = _renamed_aside(parse_stages(store.git("ls-files", "--stage", "-z")))
    tree = {path: stages[0] for path, stages in staged.items() if 0 in stages}
    conflicts = {path: stages for path, stages in staged.items() if 0 not in stages}
    for path, stages in conflicts.items():
        if entry := _with_markers(store, stages, rules.labels):
            tree[path] = entry
    return tree, conflicts


def _renamed_aside(staged: dict[str, dict[int, Entry]]) -> dict[str, dict[int, Entry]]:
    """Put entries in their place that Git gives names such as `path~1234567 (theirs)`.

    Git does so where one side has a file and the other one a link or a folder. With a link, both sides become stages
    of the path; with a folder, the file needs a name of its own.
    """
    placed = dict(staged)
    for name, stages in staged.items():
        path = _ASIDE.sub("", name)
        if path == name or 3 not in stages:
            continue
        del placed[name]
        if path in placed and 0 not in placed[path]:
            placed[path] = stages | placed[path]
        else:
            placed[f"{path}~template"] = stages
    return placed


def _with_markers(store: Store, stages: Mapping[int, Entry], labels: tuple[str, str, str]) -> Entry | None:
    """Return what the work tree gets for a conflict; None if the file is deleted on both sides."""
    ours, theirs = stages.get(2), stages.get(3)
    if ours is None or theirs is None:
        return ours or theirs
    if not (ours.is_file and theirs.is_file):
        return ours
    base = stages.get(1)
    files = []
    for name, entry in (("ours", ours), ("base", base), ("theirs", theirs)):
        file = store.root / f"conflict-{name}"
        file.write_bytes(store.read(entry.id) if entry and entry.is_file else b"")
        files.append(str(file))
    # The exit code is the number of conflicts, at most 127, or 255 for files that aren't text.
    flags = [flag for label in labels for flag in ("-L", label)]
    content = store.git("merge-file", "-p", "--zdiff3", *flags, *files, accepted=lambda _code: True)
    if b"\0" in content or not content:
        return ours
    return Entry(ours.mode, store.write(content))
