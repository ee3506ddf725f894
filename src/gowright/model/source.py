"""Where the template of a project comes from: this package, or another repository."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from gowright.errors import ToolError, escape
from gowright.model import release
from gowright.model.template import ANSWERS_FILE, SOURCE, Template
from gowright.system.atomic import temp_directory

#: Settings of a template that run programs. Its renders would depend on the machine.
_PROGRAMS = ("_tasks", "_migrations", "_jinja_extensions")


@dataclass(frozen=True)
class Generated:
    """A project that was generated from any Copier template, as it is on disk.

    Attributes:
        root: its folder, an absolute path.
        recorded: the content of its answers file.
        scratch: a temporary folder for templates.
    """

    root: Path
    recorded: Mapping[str, Any]
    scratch: Path
    _templates: dict[str, Template] = field(default_factory=dict, repr=False)

    @property
    def source(self) -> str:
        """The repository of its template."""
        return str(self.recorded["_src_path"])

    @property
    def commit(self) -> str:
        """The release of its template, as it's recorded."""
        return str(self.recorded["_commit"])

    @property
    def name(self) -> str:
        """The project name."""
        return str(self.recorded.get("project_name", self.root.name))

    @property
    def answers(self) -> dict[str, Any]:
        """The recorded answers."""
        return {name: value for name, value in self.recorded.items() if not name.startswith("_")}

    @property
    def built_in(self) -> bool:
        """Report whether its template is the one of this package."""
        return self.source == SOURCE

    @cached_property
    def template(self) -> Template:
        """The template of the recorded release.

        Raises:
            ToolError: if it isn't available.
        """
        return self.at(self.commit)

    def newest(self) -> Template:
        """Return the template of the newest release.

        Raises:
            ToolError: if the repository of the template can't be read, or has no releases.
        """
        if self.built_in:
            return Template.head()
        return self.at(release_tags(self.source)[-1])

    def at(self, commit: str) -> Template:
        """Return the template of a release.

        Args:
            commit: a release as it's recorded; the v may be missing for the template of this package.

        Raises:
            ToolError: if it isn't available.
        """
        if commit not in self._templates:
            self._templates[commit] = self._built_in(commit) if self.built_in else self._elsewhere(commit)
            refuse_programs(self._templates[commit])
        return self._templates[commit]

    def _built_in(self, commit: str) -> Template:
        version = commit.removeprefix("v")
        head = Template.head()
        if version == head.release:
            return head
        known = release.recorded(release.bundle())
        if version not in known:
            newer = re.match(r"\d", version) and release.is_newer(version, head.release)
            raise (
                project_newer(self.name, version, head)
                if newer
                else _unknown(version, [*known, head.release])
            )
        root = self.scratch / f"release-{len(self._templates)}"
        release.extract(release.bundle(), version, root)
        return Template(root, version)

    def _elsewhere(self, commit: str) -> Template:
        return fetch_template(self.source, commit, self.scratch / f"release-{len(self._templates)}")


@contextmanager
def template_from(source: str | None) -> Iterator[Template]:
    """Yield the newest release of a template, and hold it until the block ends.

    Args:
        source: its repository, a URL or a path; None is the template of this package.

    Raises:
        ToolError: if it can't be read, has no releases, or runs programs.
    """
    if source is None:
        yield Template.head()
        return
    if Path(source).exists():
        source = str(Path(source).resolve())  # the current folder is another one at the next update
    with temp_directory() as scratch:
        template = fetch_template(source, release_tags(source)[-1], scratch / "release")
        refuse_programs(template)
        yield template


def release_tags(source: str) -> list[str]:
    """Return the releases of a template's repository, oldest first; prereleases only if there's nothing else.

    Raises:
        ToolError: if the repository can't be read, or has no releases.
    """
    try:
        tags = release.remote_tags(source)
    except ToolError as error:
        raise _unreachable(source, error) from error
    if not tags:
        raise ToolError(
            "no-releases",
            f"{escape(source, 200)} has no releases",
            why="a release is a tag such as v1.2.0",
            fix="tag a commit of the template; to update a project without tags, pass a commit: --to COMMIT",
        )
    return [tag for tag in tags if re.fullmatch(r"v?[0-9.]+", tag)] or tags


def fetch_template(source: str, commit: str, folder: Path) -> Template:
    """Fetch a release of a template from its repository.

    Args:
        source: the URL or the path of the repository.
        commit: a tag, or anything that names a commit.
        folder: a missing folder for the template.

    Raises:
        ToolError: if it can't be read.
    """
    store = folder.with_name(f"{folder.name}-store")
    try:
        release.fetch(source, [commit], store)
        release.check_out(store, commit, folder)
    except ToolError as error:
        if error.code == "tool-missing":
            raise
        raise _unreachable(source, error, commit) from error
    return Template(folder, re.sub(r"\Av(?=\d)", "", commit), source, commit)


def refuse_programs(template: Template) -> None:
    """Refuse a template that runs programs.

    Raises:
        ToolError: if its copier.yml says so.
    """
    documents = template.documents()
    found = [key for key in _PROGRAMS if any(document.get(key) for document in documents)]
    if found:
        raise ToolError(
            "template-runs-programs",
            f"the template {escape(template.source, 200)} uses {', '.join(found)}",
            why="gowright renders a template twice and compares, and what programs do can't be merged",
            fix="run copier update, or remove the setting from the template",
        )


def questions(template: Template) -> list[str]:
    """Return the names of a template's questions, without those whose answers are computed."""
    return [
        name
        for document in template.documents()
        for name, question in document.items()
        if not name.startswith("_") and not (isinstance(question, dict) and question.get("when") is False)
    ]


@contextmanager
def generated_project(folder: Path) -> Iterator[Generated]:
    """Read the project in a folder, and hold its templates until the block ends.

    Raises:
        ToolError: if the folder contains no project, or its answers file can't be read.
    """
    recorded = read_recorded(folder)
    file = folder.resolve() / ANSWERS_FILE
    for key in ("_commit", "_src_path"):
        if not isinstance(recorded.get(key), str):
            raise unreadable(file, f"it has no {key}, which names the template")
    if re.match(r"\.{1,2}(/|\Z)", recorded["_src_path"]):
        raise unreadable(file, "_src_path is a relative path, which depends on where Copier ran")
    with temp_directory() as scratch:
        yield Generated(file.parent, recorded, scratch)


def read_recorded(folder: Path) -> dict[str, Any]:
    """Return the content of a project's answers file.

    Raises:
        ToolError: if there's none, or it can't be read.
    """
    file = folder.resolve() / ANSWERS_FILE
    if not file.is_file():
        raise ToolError(
            "not-a-project",
            f"{escape(file.parent, 200)} is not a generated project",
            why=f"it has no {ANSWERS_FILE}",
            fix="run the command in the folder of a project, or pass the path of one",
        )
    try:
        recorded = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise unreadable(file, " ".join(str(error).split())) from error
    if not isinstance(recorded, dict) or not all(isinstance(name, str) for name in recorded):
        raise unreadable(file, "it contains no answers")
    return recorded


def unreadable(file: Path, why: str) -> ToolError:
    """Return the error for an answers file that can't be used."""
    return ToolError(
        "bad-answers-file",
        f"cannot read {escape(file, 200)}",
        why=escape(why, 300),
        fix=f"correct it, or restore it: git checkout HEAD -- {ANSWERS_FILE}",
    )


def project_newer(name: str, version: str, head: Template) -> ToolError:
    """Return the error for a project that has a release after that of this package."""
    return ToolError(
        "project-newer",
        f"{escape(name)} has release {escape(version)}",
        why=f"this version of gowright knows releases up to {head.release}",
        fix="upgrade gowright: pip install --upgrade gowright",
    )


def _unknown(version: str, known: list[str]) -> ToolError:
    return ToolError(
        "unknown-release",
        f"{escape(version)} is not a release",
        why=f"releases are {', '.join(dict.fromkeys(known))}",
        fix="pass one of them with --to; if it's the recorded one, correct _commit in the answers file",
    )


def _unreachable(source: str, error: ToolError, commit: str = "") -> ToolError:
    what = f"cannot read {escape(commit)} of " if commit else "cannot read "
    return ToolError(
        "template-unreachable",
        f"{what}the template {escape(source, 200)}",
        why=error.why,
        fix="check the network, and the repository: --template, --remote, or _src_path in the answers file",
    )
