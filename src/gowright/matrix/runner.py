"""Proves variants, several at a time, and yields what happens as it happens."""

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
from gowright.matrix.subprocesses import Subprocesses
from gowright.matrix.variants import Variant
from gowright.model.template import Template
from gowright.verify.children.processes import Processes
from gowright.verify.result import Outcome, Result, passed


@dataclass(frozen=True)
class Started:
    """The proof of a variant begins; so many checks are made."""

    variant: Variant
    checks: int


@dataclass(frozen=True)
class Checked:
    """A check of a variant ended."""

    variant: Variant
    result: Result


@dataclass(frozen=True)
class Verified:
    """The proof of a variant ended: here, or in an earlier run that is resumed."""

    variant: Variant
    results: tuple[Result, ...]
    seconds: float = 0.0
    same_as: str = ""
    resumed: bool = False

    @property
    def passed(self) -> bool:
        """Whether nothing failed; a variant that no check is about has nothing to fail."""
        return not self.results or passed(self.results)

    @property
    def failed(self) -> bool:
        """Whether something failed; where every check was skipped, nothing passed either."""
        return any(result.outcome is Outcome.FAILED for result in self.results)

    @property
    def whole(self) -> bool:
        """Whether it passed and no check was skipped, but for those that ask for more than verify can bring."""
        from gowright.verify.checks import CHECKS

        optional = {check.name for check in CHECKS if check.optional}
        return self.passed and all(
            result.outcome is not Outcome.SKIPPED or result.name in optional for result in self.results
        )


Event = Started | Checked | Verified


@dataclass(frozen=True)
class RunOptions:
    """How variants are proved."""

    checks: tuple[str, ...] = ()
    jobs: int = 1
    keep: Path | None = None
    fail_fast: bool = False
    strict: bool = False
    resumed: Mapping[str, Sequence[Result]] = field(default_factory=dict)


def run(template: Template, variants: Sequence[Variant], options: RunOptions) -> Generator[Event]:
    """Prove variants; whatever was started is ended when the iterator ends or is closed.

    Raises:
        BadAnswer: when there is no such check.
        ToolError: when a tool is missing, or a folder cannot be used.
    """
    jobs.check_names(options.checks)
    for variant in variants:
        if variant.id in options.resumed:
            yield Verified(variant, tuple(options.resumed[variant.id]), resumed=True)
    left = [variant for variant in variants if variant.id not in options.resumed]
    if not left:
        return
    with Processes() as processes:
        place = options.keep or processes.directory
        ready: list[Job] = []
        for variant in left:
            # All of them first: whether tools are missing, and which are equal, is known before the first proof.
            try:
                ready.append(jobs.prepare(template, variant, place / variant.id, options.checks))
            except jobs.RenderFailed as error:
                yield Verified(variant, (error.result,))
                if options.fail_fast:
                    return
        with closing(_Scheduler(processes, options).events(list(jobs.share(ready)))) as events:
            yield from events


class _Scheduler:
    """Runs jobs on threads, each with a process for its variant."""

    def __init__(self, processes: Processes, options: RunOptions) -> None:
        self._workers = Subprocesses(processes, keep_going=not options.fail_fast)
        self._options = options
        self._happened: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def events(self, ready: Sequence[Job]) -> Generator[Event]:
        """What happens, until all jobs are done or the iterator is closed."""
        by_id = {job.variant.id: job for job in ready}
        done: dict[str, Verified] = {}
        waiting: dict[str, list[Verified]] = defaultdict(list)
        with ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(self._options.jobs))
            stack.callback(self._workers.stop)
            # Those that others wait for go first.
            for job in sorted(ready, key=lambda job: bool(job.same_as)):
                pool.submit(self._prove, job)
            while len(done) < len(ready):
                event = self._happened.get()
                if not isinstance(event, Verified):
                    yield event
                    continue
                other = by_id[event.variant.id].same_as
                if other and other not in done:
                    waiting[other].append(event)
                    continue
                for proved in (event, *waiting.pop(event.variant.id, ())):
                    done[proved.variant.id] = _whole(proved, by_id[proved.variant.id], done)
                    yield done[proved.variant.id]
                    if self._options.fail_fast and not done[proved.variant.id].passed:
                        return

    def _prove(self, job: Job) -> None:
        if self._workers.stopping:
            return
        results: list[Result] = []

        def tell(result: Result) -> None:
            results.append(result)
            self._happened.put(Checked(job.variant, result))

        begin = time.monotonic()
        self._happened.put(Started(job.variant, len(job.checks)))
        try:
            self._prove_with(tell, job)
        finally:
            # Whatever went wrong: somebody waits for this.
            self._happened.put(Verified(job.variant, tuple(results), time.monotonic() - begin))

    def _prove_with(self, tell: Callable[[Result], None], job: Job) -> None:
        try:
            if job.checks:
                self._workers.prove(job.project, job.checks, tell)
            if not self._options.keep:
                shutil.rmtree(job.project, ignore_errors=True)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            tell(Result("proof", "the proof runs to its end", Outcome.FAILED, 0.0, said))


def _whole(proved: Verified, job: Job, done: Mapping[str, Verified]) -> Verified:
    """What a job found, and what it shares with another one."""
    if not job.same_as:
        return proved
    theirs = tuple(
        replace(result, seconds=0.0, detail=f"as {job.same_as}: {result.detail}".rstrip(": "))
        for result in done[job.same_as].results
        if result.name in job.shared or result.outcome is Outcome.FAILED
    )
    return replace(proved, results=(*theirs, *proved.results), same_as=job.same_as)
