"""The engine behind every command that changes a project.

A project is a render plus the team's edits: `render(template@release, answers) + edits`. A change renders the recorded
state and the new one, and merges the difference into the project with one three-way merge.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gowright.commands.change_options import Options
from gowright.commands.change_write import refuse_branch, undo_command, write_change
from gowright.commands.evolution import Evolving
from gowright.commands.go_tidy import RESOLVERS, tidy
from gowright.errors import ToolError, writing
from gowright.model.features import HISTORY
from gowright.model.ledger import Ledger, lines
from gowright.model.source import Generated
from gowright.model.template import ANSWERS_FILE, Template
from gowright.system.merge import journal
from gowright.system.merge.repository import Repository
from gowright.system.merge.store import Store, temporary_store
from gowright.system.merge.threeway import MOVED, RENAMED, Merge, Rules, merge
from gowright.system.merge.trees import Tree


def change(
    project: Generated,
    answers: Mapping[str, Any],
    template: Template,
    *,
    evolving: Evolving | None = None,
    renamed: Mapping[str, str] | None = None,
    options: Options | None = None,
) -> Ledger:
    """Change the answers or the release of a project, and keep the team's edits.

    Nothing is touched before the whole result is known, and a kill while it's written is repaired by the next
    command; see `system.merge.journal`.

    Args:
        project: the project.
        answers: all answers of the new state, without those that start with an underscore. Questions without an
            answer have their defaults.
        template: the template of the new state.
        evolving: makes the history of the schema of the new state.
        renamed: words in the names of files: old ones and new ones.
        options: how the change is made.

    Returns:
        What happened, file by file. Look at `conflicts`.

    Raises:
        ToolError: if the project can't be changed. Then nothing was touched.
    """
    options, evolving = options or Options(), evolving or Evolving()
    repository = Repository.of(project.root)
    with nullcontext() if options.dry_run else repository.locked():
        head = _guard(repository, options)
        with temporary_store(repository) as store:
            with options.working("rendering"):
                merged, notes = _merge(store, project, dict(answers), template, evolving, renamed or {})
            ledger = Ledger(
                project=project.name,
                root=project.root,
                release=(_version(project.commit), template.release),
                answers=_differences(project.answers, merged.answers),
                lines=lines(merged.merge, head, repository.prefix),
                notes=(*notes, *evolving.notes),
            )
            if options.patch:
                ledger = replace(ledger, patch=_patch(store, merged.merge))
            if options.dry_run or not ledger.changes:
                return ledger
            with options.working("writing"):
                return write_change(store, merged.merge, ledger, head, options)


def _guard(repository: Repository, options: Options) -> str:
    """Refuse what would make the change unsafe, and return the current commit."""
    finish_interrupted(repository, dry_run=options.dry_run)
    repository.refuse_unfinished()
    head = repository.head()
    repository.refuse_uncommitted(everywhere=options.commits)
    if options.branch:
        refuse_branch(repository, options.branch)
    return head


def finish_interrupted(repository: Repository, *, dry_run: bool) -> None:
    """Finish the change of a command that was killed while it wrote files.

    Raises:
        ToolError: if there was one, because the project is now different from what the user has seen.
    """
    if not journal.interrupted(repository):
        return
    if dry_run:
        raise ToolError(
            "change-interrupted",
            "an earlier gowright command was killed while it wrote files",
            why="a dry run doesn't finish it, because it writes nothing",
            fix="run the command without --dry-run",
        )
    repository.refuse_locked()
    if finished := journal.resume(repository):
        where = f", on the new branch {finished.branch}" if finished.branch else ""
        if finished.problem:
            where = f", on the current branch, since the new one cannot be created: {finished.problem}"
        edited = ", ".join(finished.edited)
        left = f"; not written, because you have edited them: {edited}" if edited else ""
        raise ToolError(
            "change-finished",
            f"an earlier command was killed while it wrote files, and is finished now: {finished.what}{where}{left}",
            why="its result isn't committed",
            fix=f"look at it with git diff HEAD, and commit it; or undo it: {undo_command(repository, branch=finished.branch)}",
        )


@dataclass(frozen=True)
class _Merged:
    """A merge, and the answers that its result records."""

    merge: Merge
    answers: Mapping[str, Any]


def _merge(
    store: Store,
    project: Generated,
    answers: dict[str, Any],
    template: Template,
    evolving: Evolving,
    renamed: Mapping[str, str],
) -> tuple[_Merged, tuple[str, ...]]:
    repository = store.repository
    ours = repository.tree()
    recorded = evolving.history(project.answers, answers, template, _migration_numbers(ours))
    answers.pop(HISTORY, None)
    if recorded is not None:
        answers[HISTORY] = recorded
    before, after = (store.root / name / repository.prefix for name in ("old", "new"))
    render(project.template, project.answers, before, "the recorded answers")
    belongs_to_team = render(template, answers, after, "these answers")
    base, theirs = store.add("old", before, ours), store.add("new", after, ours)
    for path in [path for path in theirs if path not in ours and belongs_to_team(path)]:
        if os.path.lexists(repository.folder / path):  # the team has it, and doesn't track it
            del theirs[path]
            base.pop(path, None)
    rules = Rules(
        written=frozenset({ANSWERS_FILE}),
        skipped=belongs_to_team,
        resolvers=RESOLVERS,
        # Siblings of a choice are similar, and the team's edits of one don't belong into another.
        similarity=RENAMED if template.root != project.template.root else MOVED,
        moved=_moved(base, theirs, renamed),
        labels=("yours", f"gowright {_version(project.commit)}", f"gowright {template.release}"),
    )
    merged = merge(store, base, ours, theirs, rules)
    merged, notes = tidy(store, merged)
    repository.refuse_in_the_way([path for path in merged.tree if path not in ours], ours)
    now = template.recorded(after)
    if unknown := sorted(project.answers.keys() - now.keys()):
        notes += (
            f"dropped from {ANSWERS_FILE}, since the template doesn't ask for it: {', '.join(unknown)}",
        )
    return _Merged(merged, now), notes


def render(template: Template, answers: Mapping[str, Any], into: Path, which: str) -> Callable[[str], bool]:
    """Render a template for a comparison; see Template.render.

    Args:
        template: the template.
        answers: the answers.
        into: a missing folder.
        which: names the answers in an error.
    """
    try:
        with writing(into):
            into.parent.mkdir(parents=True, exist_ok=True)
            return template.render(answers, into)
    except ToolError as error:
        if error.code != "render-failed":
            raise
        raise ToolError(
            error.code,
            f"release {template.release} of the template cannot be rendered with {which}",
            why=error.why,
            fix=f"correct the answer; the recorded ones are in {ANSWERS_FILE}",
        ) from error


def _moved(before: Tree, after: Tree, renamed: Mapping[str, str]) -> dict[str, str]:
    """The files whose names contain a word that was renamed: old paths and new ones."""
    moved = {}
    for old, new in renamed.items():
        word = re.compile(rf"(?<![a-z0-9]){re.escape(old)}(?![a-z0-9])")
        for path in before.keys() - after.keys():
            if (place := word.sub(new, path)) in after.keys() - before.keys():
                moved[path] = place
    return moved


def _migration_numbers(tree: Tree) -> frozenset[int]:
    """The numbers of the migrations of a project."""
    found = (re.match(r"migrations/(?:.*/)?(\d+)_[^/]*\Z", path) for path in tree)
    return frozenset(int(match[1]) for match in found if match)


def _version(commit: str) -> str:
    return re.sub(r"\Av(?=\d)", "", commit)


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*old, *new])
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _patch(store: Store, merged: Merge) -> bytes:
    return store.patch(*store.commits(ours=merged.ours, result=merged.tree).values())
