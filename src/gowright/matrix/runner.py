"""Runs variants in parallel, and yields events as they happen."""

from __future__ import annotations

import queue
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from gowright.matrix import jobs
from gowright.matrix.jobs import Job
from gowright.matrix.subprocesses import RUN, RUN_TITLE, Subprocesses
from gowright.matrix.variants import Variant
from gowright.model.template import Template
from gowright.verify.children.processes import Processes
from gowright.verify.result import Outcome, Result, passed


@dataclass(frozen=True)
class Started:
    """The checks of a variant start; `checks` is their number."""

    variant: Variant
    checks: int


@dataclass(frozen=True)
class Checked:
    """A check of a variant ended."""

    variant: Variant
    result: Result


@dataclass(frozen=True)
class Verified:
    """All checks of a variant ended, in this run or in an earlier run that is resumed.

    Attributes:
        seconds: the duration.
        same_as: the ID of the variant that shares its results.
        resumed: whether the results come from an earlier run.
    """

    variant: Variant
    results: tuple[Result, ...]
    seconds: float = 0.0
    same_as: str = ""
    resumed: bool = False

    @property
    def passed(self) -> bool:
        """Report whether nothing failed. A variant without applicable checks passes."""
        return not self.results or passed(self.results)

    @property
    def failed(self) -> bool:
        """Report whether a check failed.

        If all checks were skipped, the variant neither passed nor failed.
        """
        return any(result.outcome is Outcome.FAILED for result in self.results)

    @property
    def complete(self) -> bool:
        """Report whether the variant passed without skipped checks. Optional checks may be skipped."""
        from gowright.verify.checks import CHECKS

        optional = {check.name for check in CHECKS if check.optional}
        return self.passed and all(
            result.outcome is not Outcome.SKIPPED or result.name in optional for result in self.results
        )


Event = Started | Checked | Verified


@dataclass(frozen=True)
class RunOptions:
    """How variants are verified.

    Attributes:
        checks: the selected checks; all if empty.
        jobs: the number of variants to verify in parallel.
        keep: the folder to render into; without it, a temporary one.
        fail_fast: stop at the first failure.
        strict: treat skipped checks as failures.
        resumed: results from an earlier run, by variant.
    """

    checks: tuple[str, ...] = ()
    jobs: int = 1
    keep: Path | None = None
    fail_fast: bool = False
    strict: bool = False
    resumed: Mapping[str, Sequence[Result]] = field(default_factory=dict)


def run(template: Template, variants: Sequence[Variant], options: RunOptions) -> Generator[Event]:
    """Verify variants. When the iterator ends or is closed, all child processes are stopped.

    Raises:
        BadAnswer: if a check name is unknown.
        ToolError: if a tool is missing, or a folder can't be used.
    """
    jobs.check_names(options.checks)
    for variant in variants:
        if variant.id in options.resumed:
            yield Verified(variant, tuple(options.resumed[variant.id]), resumed=True)
    remaining = [variant for variant in variants if variant.id not in options.resumed]
    if not remaining:
        return
    with Processes() as processes:
        place = options.keep or processes.directory
        ready: list[Job] = []
        for variant in remaining:
            # Prepare all variants first, to find missing tools and identical Go sources early.
            try:
                ready.append(jobs.prepare(template, variant, place / variant.id, options.checks))
            except jobs.RenderFailed as error:
                yield Verified(variant, (error.result,))
                if options.fail_fast:
                    return
        with closing(_Scheduler(processes, options).events(list(jobs.share(ready)))) as events:
            yield from events


class _Scheduler:
    """Runs jobs in threads; each job has its own process."""

    def __init__(self, processes: Processes, options: RunOptions) -> None:
        self._workers = Subprocesses(processes, keep_going=not options.fail_fast)
        self._options = options
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def events(self, ready: Sequence[Job]) -> Generator[Event]:
        """Yield events until all jobs are done or the iterator is closed."""
        by_id = {job.variant.id: job for job in ready}
        done: dict[str, Verified] = {}
        waiting: dict[str, list[Verified]] = defaultdict(list)
        with ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(self._options.jobs))
            stack.callback(self._workers.stop)
            # Run jobs first that others wait for.
            for job in sorted(ready, key=lambda job: bool(job.same_as)):
                pool.submit(self._verify, job)
            while len(done) < len(ready):
                event = self._queue.get()
                if not isinstance(event, Verified):
                    yield event
                    continue
                other = by_id[event.variant.id].same_as
                if other and other not in done:
                    waiting[other].append(event)
                    continue
                for verified in (event, *waiting.pop(event.variant.id, ())):
                    done[verified.variant.id] = _with_shared(verified, by_id[verified.variant.id], done)
                    yield done[verified.variant.id]
                    if self._options.fail_fast and not done[verified.variant.id].passed:
                        return

    def _verify(self, job: Job) -> None:
        if self._workers.stopping:
            return
        results: list[Result] = []

        def report(result: Result) -> None:
            results.append(result)
            self._queue.put(Checked(job.variant, result))

        begin = time.monotonic()
        self._queue.put(Started(job.variant, len(job.checks)))
        try:
            self._run_checks(report, job)
        finally:
            # Always sent, because the main thread waits for it.
            self._queue.put(Verified(job.variant, tuple(results), time.monotonic() - begin))

    def _run_checks(self, report: Callable[[Result], None], job: Job) -> None:
        try:
            if job.checks:
                self._workers.run(job.project, job.checks, report)
            if not self._options.keep:
                shutil.rmtree(job.project, ignore_errors=True)
        except Exception as error:
            report(Result(RUN, RUN_TITLE, Outcome.FAILED, 0.0, f"{type(error).__name__}: {error}"))


def _with_shared(verified: Verified, job: Job, done: Mapping[str, Verified]) -> Verified:
    """Add the results that a job shares with another one."""
    if not job.same_as:
        return verified
    shared = tuple(
        replace(result, seconds=0.0, detail=f"as {job.same_as}: {result.detail}".rstrip(": "))
        for result in done[job.same_as].results
        if result.name in job.shared or result.outcome is Outcome.FAILED
    )
    return replace(verified, results=(*shared, *verified.results), same_as=job.same_as)
