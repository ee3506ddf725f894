"""The pipeline of GitLab CI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

import yaml
from typing_extensions import override

from gowright.verify.backends.ci import base
from gowright.verify.backends.ci.base import Linter, Step
from gowright.verify.outcomes import Failed

_FILE = ".gitlab-ci.yml"

#: The keys at the top of the file that aren't jobs.
_GLOBAL = frozenset(
    "stages variables default include workflow image services cache before_script after_script spec".split()
)
#: What runs at the stages.
_PHASES = {"verify": "verify", "image": "image", "deploy": "deploy"}
_SCHEDULE = '$CI_PIPELINE_SOURCE == "schedule"'


class Pipelines(base.Pipelines):
    """The jobs of .gitlab-ci.yml."""

    linters: ClassVar[Mapping[str, tuple[Linter, ...]]] = MappingProxyType(
        {
            "schema": (
                Linter(
                    "check-jsonschema",
                    ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
                    (_FILE,),
                ),
            ),
        }
    )

    @override
    def mistakes(self) -> Iterator[str]:
        """GitLab checks these when it creates a pipeline."""
        stages = self._content.get("stages", ["build", "test", "deploy"])
        for name, job in self._content.items():
            templates = _as_list(job.get("extends")) if name not in _GLOBAL and isinstance(job, dict) else ()
            for template in templates:
                if template not in self._content:
                    yield f"{name} extends {template}, which doesn't exist"
        for name, job in self._jobs.items():
            if job.get("stage", "test") not in [*stages, ".pre", ".post"]:
                yield f"{name} is in the stage {job.get('stage')}, which doesn't exist"
            if not {"script", "trigger", "run"} & job.keys():
                yield f"{name} has no script"
            for needed in _as_list(job.get("needs")):
                needed_name = needed if isinstance(needed, str) else needed.get("job", name)
                if needed_name not in self._jobs:
                    yield f"{name} needs {needed_name}, which doesn't exist"

    @override
    def steps(self) -> Iterator[Step]:
        shared = frozenset(self._content.get("variables", ()))
        for rule in self._content.get("workflow", {}).get("rules", ()):
            shared |= frozenset(rule.get("variables", ()))
        for name, job in self._jobs.items():
            names = shared | frozenset(job.get("variables", ()))
            phase = "scheduled" if _is_scheduled(job) else _PHASES.get(job.get("stage", "test"), "")
            for script in (*_as_list(job.get("before_script")), *_as_list(job.get("script"))):
                if isinstance(script, str):
                    yield Step(phase, name, script, names)

    @override
    def unlimited(self) -> Iterator[str]:
        shared = "timeout" in (self._content.get("default") or {})
        for name, job in self._jobs.items():
            if not shared and "timeout" not in job and "trigger" not in job:
                yield f"{name} has no timeout, so that the settings of the project decide"

    @override
    def deployments(self) -> Mapping[str, frozenset[str]]:
        environments = {
            name: environment["name"] if isinstance(environment, dict) else environment
            for name, job in self._jobs.items()
            if (environment := job.get("environment"))
        }
        return {
            environment: frozenset(environments[each] for each in self._before(name) if each in environments)
            for name, environment in environments.items()
        }

    def _before(self, name: str) -> set[str]:
        """The jobs that a job needs, and those that they need."""
        found: set[str] = set()
        pending = [name]
        while pending:
            needs = _as_list(self._jobs.get(pending.pop(), {}).get("needs"))
            needed = {each if isinstance(each, str) else each.get("job", "") for each in needs} - found
            found |= needed
            pending += needed
        return found

    @cached_property
    def _content(self) -> dict[str, Any]:
        try:
            content = yaml.load(self.read(_FILE), Loader=_Loader)
        except yaml.YAMLError as error:
            raise Failed(f"{_FILE}: {error}") from error
        if not isinstance(content, dict):
            raise Failed(f"{_FILE} is not a mapping")
        return content

    @cached_property
    def _jobs(self) -> dict[str, dict[str, Any]]:
        """The jobs with what they inherit."""
        return {
            name: self._inherited(name, ())
            for name, job in self._content.items()
            if name not in _GLOBAL and not name.startswith(".") and isinstance(job, dict)
        }

    def _inherited(self, name: str, seen: tuple[str, ...]) -> dict[str, Any]:
        job = self._content.get(name, {})
        if name in seen:
            raise Failed(f"{_FILE}: {name} extends itself")
        merged: dict[str, Any] = {}
        for template in _as_list(job.get("extends")):
            merged = _merged(merged, self._inherited(template, (*seen, name)))
        return _merged(merged, job)


class _Loader(yaml.SafeLoader):
    """Reads the tag `!reference`, too."""


def _reference(loader: yaml.SafeLoader, node: Any) -> list[Any]:
    return loader.construct_sequence(node)


_Loader.add_constructor("!reference", _reference)


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Merge as `extends` does: mappings by key, and everything else is replaced."""
    merged = dict(one)
    for key, value in other.items():
        inherited = merged.get(key)
        both = isinstance(inherited, dict) and isinstance(value, dict)
        merged[key] = _merged(inherited or {}, value) if both else value
    return merged


def _is_scheduled(job: Mapping[str, Any]) -> bool:
    rules = [rule for rule in job.get("rules", ()) if rule.get("when") != "never"]
    return bool(rules) and all(_SCHEDULE in rule.get("if", "") for rule in rules)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
