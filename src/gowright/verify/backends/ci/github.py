"""The workflows of GitHub Actions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import yaml
from typing_extensions import override

from gowright.verify.backends.ci import base
from gowright.verify.backends.ci.base import Linter, Step
from gowright.verify.outcomes import Failed

_WORKFLOWS = ".github/workflows/*.yml"
_WORKFLOW = re.compile(r"\.github/workflows/[\w.-]+\.ya?ml")
_ACTIONS = ".github/actions/*/action.yml"

#: The phase of the jobs of a workflow, by the name of its file.
_PHASES = {"verify": "verify", "release": "image", "deploy": "deploy", "scheduled": "scheduled"}


class Pipelines(base.Pipelines):
    """The workflows and local actions."""

    linters: ClassVar[Mapping[str, tuple[Linter, ...]]] = MappingProxyType(
        {
            "schema": (
                Linter("check-jsonschema", ("--builtin-schema", "vendor.github-workflows"), (_WORKFLOWS,)),
                Linter("check-jsonschema", ("--builtin-schema", "vendor.github-actions"), (_ACTIONS,)),
            ),
            # Without its own search, it works in a folder that isn't a repository.
            "content": (Linter("actionlint", ("-no-color",), (_WORKFLOWS,)),),
            "security": (
                Linter("zizmor", ("--offline", "--persona=auditor", "--no-progress", "--quiet", ".github")),
            ),
        }
    )

    @override
    def mistakes(self) -> Iterator[str]:
        for path, workflow in self._workflows.items():
            jobs = workflow["jobs"]
            for name, job in jobs.items():
                for needed in _as_list(job.get("needs")):
                    if needed not in jobs:
                        yield f"{path}: {name} needs {needed}, which doesn't exist"
                for used in (job.get("uses", ""), *(each.get("uses", "") for each in job.get("steps", ()))):
                    if used.startswith("./") and not self._exists(used):
                        yield f"{path}: {name} uses {used}, which doesn't exist"
                for part in (workflow, job, *job.get("steps", ())):
                    for variable, value in (part.get("env") or {}).items():
                        for named in _WORKFLOW.findall(str(value)):
                            if not (self.root / named).is_file():
                                yield f"{path}: {name}: {variable} names {named}, which doesn't exist"

    @override
    def steps(self) -> Iterator[Step]:
        for path, workflow in self._workflows.items():
            for name, job in workflow["jobs"].items():
                for step in job.get("steps", ()):
                    if script := step.get("run"):
                        names = frozenset().union(*(_variables(part) for part in (workflow, job, step)))
                        yield Step(_PHASES.get(path.stem, ""), name, script, names)

    @override
    def unlimited(self) -> Iterator[str]:
        for path, workflow in self._workflows.items():
            for name, job in workflow["jobs"].items():
                # A job that calls a workflow has the limits of its jobs.
                if "uses" not in job and "timeout-minutes" not in job:
                    yield f"{path}: {name} has no timeout-minutes, so that it ends after six hours"

    @override
    def deployments(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for workflow in self._workflows.values():
            jobs = workflow["jobs"]
            environments = {
                name: job["with"]["environment"]
                for name, job in jobs.items()
                if "environment" in (job.get("with") or {})
            }
            for name, environment in environments.items():
                found[environment] = frozenset(
                    environments[each] for each in _before(name, jobs) if each in environments
                )
        return found

    @cached_property
    def _workflows(self) -> dict[Path, Any]:
        """The workflows by path."""
        found = {}
        for path in self.matching(_WORKFLOWS):
            try:
                workflow = yaml.safe_load(self.read(str(path)))
                valid = isinstance(workflow["jobs"], dict)
            except (yaml.YAMLError, KeyError, TypeError) as error:
                raise Failed(f"{path} is not a workflow: {error}") from error
            if not valid:
                raise Failed(f"{path} is not a workflow: jobs is not a mapping")
            found[path] = workflow
        if not found:
            raise Failed(f"there are no workflows in {Path(_WORKFLOWS).parent}")
        return found

    def _exists(self, used: str) -> bool:
        place = self.root / used
        return place.is_file() or (place / "action.yml").is_file()


def _before(name: str, jobs: Mapping[str, Any]) -> set[str]:
    """The jobs that a job needs, and those that they need."""
    found: set[str] = set()
    pending = [name]
    while pending:
        needed = set(_as_list(jobs.get(pending.pop(), {}).get("needs"))) - found
        found |= needed
        pending += needed
    return found


def _variables(part: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(part.get("env") or ())


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
