"""From variants to jobs: rendered projects, and what there is to prove of each."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gowright import verify
from gowright.errors import BadAnswer, ToolError, escape
from gowright.matrix import go_fingerprint
from gowright.matrix.variants import Variant
from gowright.model.resources.names import did_you_mean
from gowright.model.template import Template
from gowright.system.atomic import require_empty
from gowright.verify.check import Reads
from gowright.verify.result import Outcome, Result
from gowright.verify.runner import require_packages

#: Marks a project that a run has rendered, so that another one may remove it.
_OURS = ".gowright-matrix"


@dataclass(frozen=True)
class Job:
    """A variant that is rendered, and the checks that prove it.

    `same_as` is a variant with an equal Go tree, and `shared` what is not proved again for that reason.
    """

    variant: Variant
    project: Path
    checks: tuple[str, ...]
    same_as: str = ""
    shared: tuple[str, ...] = ()


class RenderFailed(Exception):
    """The template has no project for a variant; `result` says so as a check does."""

    def __init__(self, error: ToolError) -> None:
        super().__init__(error.what)
        said = "\n".join(filter(None, (error.what, error.why)))
        self.result = Result("render", "the template renders", Outcome.FAILED, 0.0, said, error.fix)


def static_checks() -> tuple[str, ...]:
    """The names of the checks that run nothing of the service."""
    from gowright.verify.checks import CHECKS

    return tuple(check.name for check in CHECKS if check.reads is Reads.FILES)


def check_names(names: Iterable[str]) -> None:
    """Refuse names of no check, before anything is rendered.

    Raises:
        BadAnswer: for the first such name.
        ToolError: when packages are missing that checks need.
    """
    require_packages()
    from gowright.verify.checks import CHECKS

    known = [check.name for check in CHECKS]
    for name in names:
        if name not in known:
            raise BadAnswer(
                "no-such-check",
                f"there is no check {escape(name)}",
                why=f"checks are {', '.join(known)}",
                fix=f"gowright verify PROJECT --list{did_you_mean(name, known)}",
            )


def prepare(template: Template, variant: Variant, project: Path, checks: Sequence[str]) -> Job:
    """Render a variant, and find out what applies to it and whether that can run here.

    Args:
        template: what to render.
        variant: its answers.
        project: where; a project that an earlier run left there goes.
        checks: those that are wanted, or none for all.

    Raises:
        RenderFailed: when the template cannot be rendered with these answers.
        ToolError: when a tool is missing, or something else is at the path.
    """
    if (project / _OURS).exists():
        shutil.rmtree(project)
    require_empty(project)
    try:
        template.render(variant.answers, project)
    except ToolError as error:
        raise RenderFailed(error) from error
    (project / _OURS).touch()
    proof = verify.prepare(project, checks=checks, all_apply=False)
    return Job(variant, project, tuple(check.name for check in proof.checks))


def share(jobs: Iterable[Job]) -> Iterator[Job]:
    """The jobs, each without the checks that an earlier one with an equal Go tree makes for both."""
    from gowright.verify.checks import CHECKS

    rests_on_go = {check.name for check in CHECKS if check.reads.go_only}
    first: dict[str, Job] = {}
    for job in jobs:
        other = first.setdefault(go_fingerprint.digest(job.project), job)
        both = rests_on_go.intersection(other.checks) if other is not job else ()
        shared = tuple(check for check in job.checks if check in both)
        own = tuple(check for check in job.checks if check not in both)
        yield replace(job, checks=own, shared=shared, same_as=other.variant.id if shared else "")
