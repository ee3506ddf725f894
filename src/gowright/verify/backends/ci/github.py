"""The workflows of GitHub Actions."""

from __future__ import annotations

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
                Linter("zizmor", ("--offline", "--persona=pedantic", "--no-progress", "--quiet", ".github")),
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

    @override
    def steps(self) -> Iterator[Step]:
        for path, workflow in self._workflows.items():
            for name, job in workflow["jobs"].items():
                for step in job.get("steps", ()):
                    if script := step.get("run"):
                        names = frozenset().union(*(_variables(part) for part in (workflow, job, step)))
                        yield Step(_PHASES.get(path.stem, ""), name, script, names)

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


def _variables(part: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(part.get("env") or ())


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
