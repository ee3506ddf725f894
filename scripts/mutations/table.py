"""The tables of mutations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from gowright.model.answers import read_resources
from gowright.model.template import Template

FOLDER = Path(__file__).resolve().parent.parent


class Kind(StrEnum):
    """What must notice a mutation. The value is the name of the table."""

    #: The Go tests of the service.
    CODE = "mutations.yml"
    #: A check of `gowright verify` that reads files.
    OPERATIONS = "operations.yml"


class BadMutation(Exception):
    """A mutation that doesn't apply, doesn't compile, or is needed by no service."""


class Untried(Exception):
    """What must notice a mutation can't run on this machine; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A defect to plant in a service.

    Attributes:
        name: its name.
        service: the first service of its table that has all choices that it needs.
        file: the file, in the service.
        old: the text to replace. It must occur exactly once.
        new: the text that replaces it.
        why: what a user or an operator of the service would suffer.
        by: what notices it, and runs first: the folder and the name of a test, or the name of a check.
        check: the check of `gowright verify` that notices a mutation of Go code in the running service.
        unseen: why no client of the running service can notice it, instead of a check.
    """

    name: str
    service: str
    file: str
    old: str
    new: str
    why: str
    by: str = ""
    check: str = ""
    unseen: str = ""

    def mutated(self, text: str) -> str:
        """The text of the file with the defect.

        Raises:
            BadMutation: if the old text doesn't occur exactly once.
        """
        if (count := text.count(self.old)) != 1:
            raise BadMutation(f"{self.file} contains its old text {count} times, not once: update the table")
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Service:
    """A service that mutations are tried in: its answers, and what must notice its mutations."""

    answers: Mapping[str, Any]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """The mutations, and the services that they are tried in, by name."""

    services: Mapping[str, Service]
    mutations: tuple[Mutation, ...]

    def select(self, patterns: Sequence[str] = (), service: str | None = None) -> tuple[Mutation, ...]:
        """The mutations whose names match one of the patterns; all if there are none."""
        return tuple(
            each
            for each in self.mutations
            if service in (None, each.service)
            and (not patterns or any(fnmatch(each.name, pattern) for pattern in patterns))
        )


def read_table(template: Template) -> Table:
    """Read the tables of all kinds as one.

    Raises:
        BadMutation: if two mutations have the same name, or no service has what one needs.
    """
    services: dict[str, Service] = {}
    mutations: dict[str, Mutation] = {}
    for kind in Kind:
        content = yaml.safe_load((FOLDER / kind.value).read_text(encoding="utf-8"))
        own = _services(template, kind, content)
        services |= own
        for row in content["mutations"]:
            needs = row.pop("needs", {})
            suited = [name for name, service in own.items() if _has(service.answers, needs)]
            if not suited or row["name"] in mutations:
                raise BadMutation(
                    f"{row['name']}: {'another one has this name' if suited else f'no service has {needs}'}"
                )
            mutations[row["name"]] = Mutation(service=suited[0], **{"new": "", **row})
    return Table(services, tuple(mutations.values()))


def _services(template: Template, kind: Kind, content: Mapping[str, Any]) -> dict[str, Service]:
    resources = [each.answer() for each in read_resources(content["resources"], template.reserved_names())]
    shared = {"project_name": "shop", **{each.name: each.default for each in template.features()}}
    return {
        name: Service({**shared, **answers, "resources": resources}, kind)
        for name, answers in content["services"].items()
    }


def _has(answers: Mapping[str, Any], needs: Mapping[str, str | list[str]]) -> bool:
    return all(
        answers[name] in ([choices] if isinstance(choices, str) else choices)
        for name, choices in needs.items()
    )
