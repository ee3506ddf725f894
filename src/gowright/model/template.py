"""The template: the folder with copier.yml, template/, choices/, and macros/."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from gowright import PROJECT_URL, __version__
from gowright.model.facts import Facts, read_facts
from gowright.model.features import HISTORY, PROJECT_QUESTIONS, Feature, read_documents, read_features
from gowright.model.presets import Preset, read_presets
from gowright.model.questions import Question, read_questions
from gowright.model.resources.reserved import ReservedNames, read_reserved_names
from gowright.system import engine
from gowright.system.builtin import builtin_root

#: The repository of the template, for plain Copier and bots that use it.
SOURCE = f"{PROJECT_URL}.git"

#: The answers file of a generated project.
ANSWERS_FILE = ".copier-answers.yml"

#: The environment variable that replaces the built-in template, for tests and benchmarks.
TEMPLATE_ENV = "GOWRIGHT_TEMPLATE"

#: The files and folders of a release of the template.
PARTS = (*engine.PARTS, "presets.yml", "names.yml")


@dataclass(frozen=True)
class Template:
    """A template folder, and what projects record of it.

    Attributes:
        root: the folder.
        release: the release.
        source: the repository of the template.
        tag: the tag of the release in that repository; by default, its version after a v.
    """

    root: Path
    release: str = __version__
    source: str = SOURCE
    tag: str = ""

    @property
    def commit(self) -> str:
        """The release as projects record it."""
        return self.tag or f"v{self.release}"

    @classmethod
    def head(cls) -> Template:
        """The newest template: the built-in one, or the one that TEMPLATE_ENV names."""
        if elsewhere := os.environ.get(TEMPLATE_ENV):
            return cls(Path(elsewhere))
        return cls(builtin_root())

    @cached_property
    def _features(self) -> tuple[Feature, ...]:
        return read_features(self.root / "copier.yml")

    def features(self) -> tuple[Feature, ...]:
        """The features, in the order of copier.yml."""
        return self._features

    def known_features(self) -> tuple[Feature, ...]:
        """The features, or none if Copier reports what is wrong with copier.yml."""
        try:
            return self.features()
        except (OSError, yaml.YAMLError):
            return ()

    def documents(self) -> list[Mapping[str, Any]]:
        """The documents of copier.yml, or none if Copier reports what is wrong with it."""
        files = [self.root / name for name in ("copier.yml", "copier.yaml")]
        file = next((file for file in files if file.exists()), None)
        try:
            return read_documents(file) if file else []
        except (yaml.YAMLError, OSError):
            return []

    def own_questions(self) -> tuple[Question, ...]:
        """The questions that this package knows nothing about, such as those of a fork."""
        asked = read_questions(self.documents())
        known = {feature.name for feature in self.known_features()}
        if {question.name for question in asked}.issuperset(PROJECT_QUESTIONS):
            known |= {*PROJECT_QUESTIONS}
        return tuple(question for question in asked if question.name not in known)

    @property
    def names_file(self) -> Path:
        """The file with the names that no resource can have."""
        return self.root / "names.yml"

    @cached_property
    def _reserved_names(self) -> ReservedNames:
        return read_reserved_names(self.names_file)

    def reserved_names(self) -> ReservedNames:
        """The names that no resource can have."""
        return self._reserved_names

    def facts(self, feature: str, choice: str) -> Facts:
        """The facts of a choice; see read_facts."""
        return read_facts(self.root, feature, choice)

    def presets(self) -> tuple[Preset, ...]:
        """The presets."""
        defaults = {feature.name: feature.default for feature in self.features()}
        return read_presets(self.root / "presets.yml", defaults)

    def render(self, answers: Mapping[str, Any], into: Path) -> Callable[[str], bool]:
        """Render a project. The same answers always yield the same bytes.

        Args:
            answers: by question; missing answers are the defaults.
            into: an empty or missing folder.

        Returns:
            A function that reports whether a file belongs to the team as soon as it exists; see engine.render.

        Raises:
            ToolError: if the template can't be rendered with these answers.
            OSError: if the result can't be written.
        """
        belongs_to_team = engine.render(self.root, answers, into)
        recorded = into / ANSWERS_FILE
        if recorded.exists():
            text = recorded.read_text(encoding="utf-8")
            recorded.write_text(self._portable(text), encoding="utf-8", newline="\n")
        return belongs_to_team

    def first_history(self, answers: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        """The history of the schema of a new project; see gowright.model.schema.

        Returns:
            None if these answers make a project without a database.
        """
        given = {name: value for name, value in answers.items() if name != HISTORY}
        found = engine.computed(self.root, given)
        return list(found[HISTORY]) if "persistent" in found.get("traits", ()) else None

    def recorded(self, project: Path) -> dict[str, Any]:
        """The answers that a project records, without the source of its template."""
        path = project / ANSWERS_FILE
        if not path.exists():
            return {}
        answers = yaml.safe_load(path.read_bytes()) or {}
        return {name: value for name, value in answers.items() if not name.startswith("_")}

    def _portable(self, recorded: str) -> str:
        """The answers file, with the public source and the exact release in place of the local folder."""
        origin = {"_commit": self.commit, "_src_path": self.source}
        lines = yaml.safe_dump(origin, allow_unicode=True, width=10_000)
        # A long path continues on indented lines. A function, so that backslashes in `lines` have no effect.
        return re.sub(r"^_src_path:.*\n(?:[ ].*\n)*", lambda _: lines, recorded, count=1, flags=re.M)

    def ask(self, given: Mapping[str, Any], suggested: Mapping[str, Any]) -> dict[str, Any]:
        """Ask in the terminal for everything that `given` lacks; see engine.ask."""
        return engine.ask(self.root, given, suggested)
