"""`apply`: makes a project what its edited answers file says."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from gowright.commands.change import change
from gowright.commands.change_options import Options
from gowright.commands.evolution import Evolving
from gowright.errors import BadAnswer, escape, writing
from gowright.model.answers import check_answers, load_answers, read_resources
from gowright.model.edits import Edit, filled_value
from gowright.model.features import HISTORY
from gowright.model.ledger import Ledger
from gowright.model.resources.resource import Resource
from gowright.model.source import Generated, generated_project
from gowright.model.template import ANSWERS_FILE
from gowright.system.git import git_bytes
from gowright.system.merge.repository import Repository

#: Where an edit is while the change is made, in the folder of this tool in the Git directory.
_EDIT = "edited-answers.yml"

#: What commands record, and what to do instead of editing it.
_RECORDED = {
    "_commit": "restore it; to change the release, run gowright update --to RELEASE",
    "_src_path": "commit this edit on its own; gowright update then reads the new repository",
    HISTORY: "restore it, and run gowright apply again",
}


def apply(
    project: Path, *, fill: Sequence[str] = (), drop: bool = False, options: Options | None = None
) -> Ledger:
    """Change a project to the answers in its answers file, which differ from the committed ones.

    While the change is made, the answers file is as it was committed, and the edit is in the Git directory. If the
    process is killed then, the next run applies that edit.

    Args:
        project: the folder of the project.
        fill: values of new fields for rows that exist, as `RESOURCE.FIELD=VALUE`.
        drop: whether to delete tables and columns that the service stops using.
        options: how the change is made.

    Raises:
        ToolError: if the answers are invalid, or the project can't be changed. Then the edit is as it was.
    """
    options = options or Options()
    with _as_committed(project, keep=options.dry_run) as edit, generated_project(project) as found:
        answers, resources = _read(edit, found)
        evolving = Evolving(Edit([], fill=_fills(fill, resources)), drop=drop)
        return change(found, found.answers | answers, found.template, evolving=evolving, options=options)


@contextmanager
def _as_committed(project: Path, *, keep: bool) -> Iterator[Path]:
    """Give the committed answers file to the block, which gets the path of the edited one.

    The edit is put back after an error, or if `keep` is set.
    """
    repository = Repository.of(project.resolve())
    file, edit = repository.folder / ANSWERS_FILE, repository.state / _EDIT
    committed = git_bytes(
        ["cat-file", "--filters", f"HEAD:{repository.prefix}{ANSWERS_FILE}"], cwd=repository.top
    )
    with writing(edit):
        repository.state.mkdir(exist_ok=True)
        if (file.exists() and file.read_bytes() != committed) or not edit.exists():
            edit.write_bytes(file.read_bytes() if file.exists() else committed)
        _replace(file, committed)
    try:
        yield edit
    except BaseException:
        keep = True
        raise
    finally:
        with writing(file):
            if keep:
                _replace(file, edit.read_bytes())
            edit.unlink()


def _replace(file: Path, content: bytes) -> None:
    temporary = file.with_name(f"{file.name}.new")
    temporary.write_bytes(content)
    os.replace(temporary, file)


def _read(edit: Path, project: Generated) -> tuple[dict[str, Any], list[Resource]]:
    """The checked answers of an edited answers file, and its resources."""
    template = project.template
    try:
        answers = load_answers(edit)
        whole: Mapping[str, Any] = yaml.safe_load(edit.read_bytes())
    except BadAnswer as error:
        raise BadAnswer(error.code, f"cannot read {ANSWERS_FILE}", why=error.why, fix="correct it") from error
    for key, fix in _RECORDED.items():
        if whole.get(key) != project.recorded.get(key):
            raise BadAnswer(
                "recorded-answer",
                f"{key} in {ANSWERS_FILE} is edited",
                why="gowright apply changes answers only",
                fix=fix,
            )
    checked = check_answers(
        answers,
        template.features(),
        lambda name: f"{ANSWERS_FILE}: {escape(name)}",
        template.own_questions(),
    )
    resources = read_resources(checked.get("resources", []), template.reserved_names())
    if checked.get("resources") != project.answers.get("resources"):
        # Otherwise they stay as they are: Copier writes them without some defaults.
        checked["resources"] = [resource.answer() for resource in resources]
    return checked, resources


def _fills(texts: Sequence[str], resources: Sequence[Resource]) -> dict[str, dict[str, Any]]:
    fields = {
        f"{resource.name}.{field.name}": (resource.plural, field)
        for resource in resources
        for field in resource.fields
    }
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        place, equals, value = text.partition("=")
        if not equals or place not in fields:
            raise BadAnswer(
                "bad-fill",
                f"--fill {escape(text, 50)}: {'no value' if not equals else 'there is no such field'}",
                fix="write --fill RESOURCE.FIELD=VALUE",
            )
        plural, field = fields[place]
        found.setdefault(plural, {})[field.name] = filled_value(field, value)
    return found
