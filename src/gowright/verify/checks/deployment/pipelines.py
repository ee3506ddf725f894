"""The pipelines of continuous integration."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

from gowright.model.project import Project
from gowright.verify.backends.ci import pipelines_of, system_of
from gowright.verify.backends.ci.base import Linter, Step
from gowright.verify.check import Condition, Reads, check
from gowright.verify.checks.conditions import pipelines
from gowright.verify.checks.source.go_tools import last_lines, repeat_command
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.makefile import SCRIPT, read_rules, recipe_of
from gowright.verify.harness.manifests import ENVIRONMENTS
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Failed, fail_on

#: A script, and the word before it.
_SCRIPT = re.compile(rf"(?:(?P<shell>\b(?:ba)?sh) +)?{SCRIPT}")
#: What the phases run, of the targets that the Makefile has.
_PHASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "verify": (
            *("fmt-check", "vet", "lint", "conflict-markers", "test", "race", "integration", "e2e", "cover"),
            *("bench-compare", "vuln", "secrets", "openapi-lint", "openapi-breaking", "manifests", "rules"),
            *("terraform-check", "docker-lint", "image"),
        ),
        "image": ("image", "sbom", "scan", "sign"),
        "deploy": ("verify-image", "copy-image", "deploy"),
        "scheduled": ("vuln",),
    }
)
#: The phases in which each step needs the one before.
_ORDERED = ("image", "deploy")
#: The maximum time of a linter.
_LINT_SECONDS = 120.0
#: A variable that a recipe requires.
_REQUIRED = re.compile(r"\$\$\{(\w+):\?")


def _linted(aspect: str) -> Condition:
    """Applies if a program checks an aspect of the pipelines."""

    def condition(project: Project) -> bool:
        system = system_of(project)
        return system is not None and aspect in system.linters

    return condition


@check(
    "pipeline-schema",
    "the pipelines match the schema of the CI system",
    when=_linted("schema"),
    reads=Reads.DEPLOYMENT,
)
def schema(harness: Harness) -> str:
    """The files match the JSON schemas of the CI system."""
    return _lint(harness, "schema")


@check("pipeline-syntax", "the CI system accepts the pipelines", when=pipelines, reads=Reads.DEPLOYMENT)
def syntax(harness: Harness) -> str:
    """The files are complete: everything that they refer to exists."""
    fail_on(pipelines_of(harness.backends.context).mistakes())
    return ""


@check(
    "pipeline-lint",
    "the linter of the pipelines reports nothing",
    when=_linted("content"),
    reads=Reads.DEPLOYMENT,
)
def lint(harness: Harness) -> str:
    """The linter finds no faults in expressions, scripts, and arguments."""
    return _lint(harness, "content")


@check(
    "pipeline-security",
    "the pipelines have no known weaknesses",
    when=_linted("security"),
    reads=Reads.DEPLOYMENT,
)
def security(harness: Harness) -> str:
    """The security linter reports nothing, or the files state why it's wrong."""
    return _lint(harness, "security")


@check(
    "pipeline-commands",
    "everything that the pipelines run exists",
    when=pipelines,
    reads=Reads.DEPLOYMENT,
)
def commands(harness: Harness) -> str:
    """The make targets and scripts exist, get their variables, and none that a phase needs is missing."""
    steps = tuple(pipelines_of(harness.backends.context).steps())
    problems = [
        f"{step.job}: {problem}" for step in steps for problem in _problems(harness.project.root, step)
    ]
    problems += _left_out(harness.project.root, steps)
    problems += _order(pipelines_of(harness.backends.context).deployments())
    fail_on(dict.fromkeys(problems))
    targets = {target for step in steps for target in step.targets}
    return f"{len(targets)} make targets in {len({step.job for step in steps})} jobs"


@check(
    "pipeline-timeouts",
    "each job of the pipelines ends in time",
    when=pipelines,
    reads=Reads.DEPLOYMENT,
)
def timeouts(harness: Harness) -> str:
    """The files state how long each job may take."""
    fail_on(pipelines_of(harness.backends.context).unlimited())
    return ""


@check(
    "pipeline-secrets",
    "no job of the pipelines prints a secret",
    when=pipelines,
    reads=Reads.DEPLOYMENT,
)
def secrets(harness: Harness) -> str:
    """No command prints a variable with a secret, except into another command or a file."""
    steps = pipelines_of(harness.backends.context).steps()
    fail_on(f"{step.job}: prints {name} into the log" for step in steps for name in step.printed)
    return ""


def _lint(harness: Harness, aspect: str) -> str:
    system = pipelines_of(harness.backends.context)
    for linter in system.linters[aspect]:
        command = (linter.tool, *linter.arguments, *_paths(harness, linter))
        done = harness.processes.run(
            (find_tool(linter.tool), *command[1:]),
            env=harness.go.environment(),
            cwd=_repository(harness),
            seconds=_LINT_SECONDS,
        )
        if done.exit_code != 0:
            raise Failed(last_lines(done.output), repeat_command(harness, *command))
    return ", ".join(dict.fromkeys(linter.tool for linter in system.linters[aspect]))


def _repository(harness: Harness) -> Path:
    """The project, or a copy of it with a .git folder: linters resolve local paths from the root of a repository."""
    root = harness.project.root
    if (root / ".git").exists():
        return root
    copy = harness.processes.directory / "repository"
    if not copy.exists():
        shutil.copytree(root, copy, symlinks=True)
        (copy / ".git").mkdir()
    return copy


def _paths(harness: Harness, linter: Linter) -> list[str]:
    found = pipelines_of(harness.backends.context).matching(*linter.files)
    if linter.files and not found:
        raise Failed(f"no file matches {' and '.join(linter.files)}")
    return [str(path) for path in found]


def _left_out(root: Path, steps: Sequence[Step]) -> Iterator[str]:
    """The targets of the Makefile that a phase must run and doesn't, or not in this order."""
    rules = read_rules((root / "Makefile").read_text(encoding="utf-8"))
    for phase, wanted in _PHASES.items():
        run = list(dict.fromkeys(target for step in steps if step.phase == phase for target in step.targets))
        # Without its last target, a phase has no purpose.
        expected = [target for target in wanted if target in rules] if wanted[-1] in rules else []
        yield from (f"no job of the phase {phase} runs make {name}" for name in expected if name not in run)
        found = [target for target in run if target in expected]
        if phase in _ORDERED and sorted(found) == sorted(expected) and found != expected:
            yield f"the phase {phase} runs {', '.join(found)}, not {', '.join(expected)}"


def _order(before: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """The environments that don't wait for the one before."""
    for earlier, environment in pairwise(each for each in ENVIRONMENTS if each in before):
        if earlier not in before[environment]:
            yield f"the deployment to {environment} doesn't wait for the one to {earlier}"


def _problems(root: Path, step: Step) -> Iterator[str]:
    makefile = root / "Makefile"
    rules = read_rules(makefile.read_text(encoding="utf-8")) if makefile.is_file() else {}
    lines = [step.script]
    for target in step.targets:
        if target not in rules:
            yield f"make {target}: the Makefile has no such target"
        recipe = list(recipe_of(rules, target))
        lines += recipe
        for name in _REQUIRED.findall("\n".join(recipe)):
            if name not in step.variables:
                yield f"make {target}: the job does not set {name}"
    for match in _SCRIPT.finditer("\n".join(lines)):
        script = root / match["path"]
        if not script.is_file():
            yield f"{match['path']} does not exist"
        elif not match["shell"] and not os.access(script, os.X_OK):
            yield f"{match['path']} is not executable"
