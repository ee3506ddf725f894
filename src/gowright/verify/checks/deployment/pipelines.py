"""The pipelines of continuous integration."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from gowright.model.project import Project
from gowright.verify.backends.ci import pipelines_of, system_of
from gowright.verify.backends.ci.base import Linter, Step
from gowright.verify.check import Condition, Reads, check
from gowright.verify.checks.conditions import pipelines
from gowright.verify.checks.source.go_tools import last_lines, repeat_command
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.makefile import SCRIPT, read_rules, recipe_of
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Failed, fail_on

#: A script, and the word before it.
_SCRIPT = re.compile(rf"(?:(?P<shell>\b(?:ba)?sh) +)?{SCRIPT}")
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
    """The make targets and scripts exist, and the jobs set the variables that the targets require."""
    steps = tuple(pipelines_of(harness.backends.context).steps())
    problems = [
        f"{step.job}: {problem}" for step in steps for problem in _problems(harness.project.root, step)
    ]
    fail_on(dict.fromkeys(problems))
    targets = {target for step in steps for target in step.targets}
    return f"{len(targets)} make targets in {len({step.job for step in steps})} jobs"


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
