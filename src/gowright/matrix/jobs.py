"""Jobs: rendered variants, and the checks to run on each."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gowright import verify
from gowright.errors import ToolError
from gowright.matrix import go_fingerprint
from gowright.matrix.variants import Variant
from gowright.model.template import Template
from gowright.system.atomic import require_empty
from gowright.verify import runner
from gowright.verify.check import Reads
from gowright.verify.result import Outcome, Result

#: Marks a project that the matrix rendered, so that the next run can remove it.
_MARKER = ".gowright-matrix"


@dataclass(frozen=True)
class Job:
    """A rendered variant, and the checks to run.

    Attributes:
        same_as: the ID of a variant with identical Go sources.
        shared: the checks whose results come from that variant.
    """

    variant: Variant
    project: Path
    checks: tuple[str, ...]
    same_as: str = ""
    shared: tuple[str, ...] = ()


class RenderFailed(Exception):
    """The template can't be rendered for a variant; `result` has the form of a failed check."""

    def __init__(self, error: ToolError) -> None:
        super().__init__(error.what)
        detail = "\n".join(filter(None, (error.what, error.why)))
        self.result = Result("render", "the template renders", Outcome.FAILED, 0.0, detail, error.fix)


def static_checks() -> tuple[str, ...]:
    """The names of the checks that don't run the service or its tests."""
    from gowright.verify.checks import CHECKS

    return tuple(check.name for check in CHECKS if check.reads is Reads.FILES)


def check_names(names: Iterable[str]) -> None:
    """Refuse unknown check names before anything is rendered.

    Raises:
        BadAnswer: for the first unknown name.
        ToolError: if packages are missing that the checks need.
    """
    runner.require_packages()
    runner.check_names(names)


def prepare(template: Template, variant: Variant, project: Path, checks: Sequence[str]) -> Job:
    """Render a variant, and find the checks that apply to it and can run here.

    Args:
        template: the template to render.
        variant: the variant with its answers.
        project: the folder to render into; a project of an earlier run is removed.
        checks: the selected checks; all if empty.

    Raises:
        RenderFailed: if the template can't be rendered with these answers.
        ToolError: if a tool is missing, or the folder contains something else.
    """
    if (project / _MARKER).exists():
        shutil.rmtree(project)
    require_empty(project)
    try:
        template.render(variant.answers, project)
    except ToolError as error:
        raise RenderFailed(error) from error
    (project / _MARKER).touch()
    verification = verify.prepare(project, checks=checks, all_apply=False)
    return Job(variant, project, tuple(check.name for check in verification.checks))


def share(jobs: Iterable[Job]) -> Iterator[Job]:
    """The jobs, without the checks that an earlier job with identical Go sources runs for both."""
    from gowright.verify.checks import CHECKS

    go_only = {check.name for check in CHECKS if check.reads.go_only}
    first: dict[str, Job] = {}
    for job in jobs:
        other = first.setdefault(go_fingerprint.digest(job.project), job)
        both = go_only.intersection(other.checks) if other is not job else ()
        shared = tuple(check for check in job.checks if check in both)
        own = tuple(check for check in job.checks if check not in both)
        yield replace(job, checks=own, shared=shared, same_as=other.variant.id if shared else "")
