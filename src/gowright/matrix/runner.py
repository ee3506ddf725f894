"""Proves variants, several at a time, and yields what happens as it happens."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from gowright import verify
from gowright.errors import Exit, ToolError
from gowright.matrix import trees
from gowright.matrix.variants import Variant
from gowright.template import ANSWERS_FILE, Template
from gowright.verify.processes import Processes
from gowright.verify.report import Outcome, Result, passed

#: No variant takes longer; a check that hangs ends earlier, by its own limit.
_SECONDS = 3600.0


@dataclass(frozen=True)
class Job:
    """A variant that is rendered, and what there is to prove of it.

    `same_as` is a variant with an equal Go tree: what rests on nothing else is not proved again.
    """

    variant: Variant
    project: Path
    checks: tuple[str, ...]
    same_as: str = ""
    shared: tuple[str, ...] = ()


@dataclass(frozen=True)
class Started:
    """The proof of a variant begins."""

    variant: Variant
    checks: int


@dataclass(frozen=True)
class Checked:
    """A check of a variant ended."""

    variant: Variant
    result: Result


@dataclass(frozen=True)
class Proved:
    """The proof of a variant ended: here, or in an earlier run that is resumed."""

    variant: Variant
    results: tuple[Result, ...]
    seconds: float = 0.0
    same_as: str = ""
    resumed: bool = False

    @property
    def passed(self) -> bool:
        """Whether nothing failed; a variant that no check applies to has nothing to fail."""
        return not self.results or passed(self.results)


Event = Started | Checked | Proved

#: Proves a project: the folder, the checks, whether to go on after one that fails, and who hears of results.
Prove = Callable[[Path, Sequence[str], bool, Callable[[Result], None]], None]


@dataclass(frozen=True)
class Orders:
    """How variants are proved."""

    checks: tuple[str, ...] = ()
    jobs: int = 1
    keep: Path | None = None
    fail_fast: bool = False
    resumed: Mapping[str, Sequence[Result]] = field(default_factory=dict)


def run(template: Template, variants: Sequence[Variant], orders: Orders) -> Generator[Event]:
    """Prove variants; whatever was started is ended when the iterator ends or is closed.

    Raises:
        BadAnswer: when there is no such check.
        ToolError: when a tool is missing, or a folder cannot be used.
    """
    left = []
    for variant in variants:
        if variant.id in orders.resumed:
            yield Proved(variant, tuple(orders.resumed[variant.id]), resumed=True)
        else:
            left.append(variant)
    if not left:
        return
    with Processes() as processes:
        place = orders.keep or processes.directory
        ready: list[Job] = []
        for variant in left:
            try:
                ready.append(_prepared(template, variant, place / variant.id, orders.checks))
            except _Unrendered as error:
                yield Proved(variant, (error.result,))
                if orders.fail_fast:
                    return
        bench = _Bench(processes, orders)
        with closing(bench.events(_shared(ready))) as events:
            yield from events


class _Unrendered(Exception):
    def __init__(self, error: ToolError) -> None:
        said = "\n".join(filter(None, (error.what, error.why)))
        self.result = Result("render", "the template renders", Outcome.FAILED, 0.0, said, error.fix)


def _prepared(template: Template, variant: Variant, project: Path, checks: Sequence[str]) -> Job:
    """Render a variant, and find out what applies to it and whether that can run here."""
    if (project / ANSWERS_FILE).exists():  # of an earlier run
        shutil.rmtree(project)
    try:
        template.render(variant.answers, project)
    except ToolError as error:
        raise _Unrendered(error) from error
    proof = verify.prepare(project, only=checks, all_apply=False)
    return Job(variant, project, tuple(check.name for check in proof.checks))


def _shared(jobs: Sequence[Job]) -> Iterator[Job]:
    """The jobs, each without what an earlier one with the same Go tree proves for it."""
    from gowright.verify.catalogue import CHECKS

    rests_on_go = {check.name for check in CHECKS if trees.rests_on_go(check)}
    first: dict[str, Job] = {}
    for job in jobs:
        leader = first.setdefault(trees.digest(job.project), job)
        shared = () if leader is job else tuple(c for c in job.checks if c in {*leader.checks} & rests_on_go)
        own = tuple(check for check in job.checks if check not in shared)
        yield replace(job, checks=own, shared=shared, same_as=leader.variant.id if shared else "")


class _Bench:
    """Runs jobs on threads, each with a process for its variant."""

    def __init__(self, processes: Processes, orders: Orders) -> None:
        self._processes = processes
        self._orders = orders
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._stopping = threading.Event()

    def events(self, jobs: Iterator[Job]) -> Generator[Event]:
        """What happens, until all jobs are done or the iterator is closed."""
        jobs_by_id = {job.variant.id: job for job in jobs}
        done: dict[str, Proved] = {}
        waiting: dict[str, list[Proved]] = defaultdict(list)
        with ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(self._orders.jobs))
            stack.callback(self._stop)
            # Those that others wait for go first.
            for job in sorted(jobs_by_id.values(), key=lambda job: bool(job.same_as)):
                pool.submit(self._prove, job)
            while len(done) < len(jobs_by_id):
                event = self._events.get()
                if not isinstance(event, Proved):
                    yield event
                    continue
                leader = jobs_by_id[event.variant.id].same_as
                if leader and leader not in done:
                    waiting[leader].append(event)
                    continue
                for proved in (event, *waiting.pop(event.variant.id, ())):
                    done[proved.variant.id] = self._whole(proved, jobs_by_id, done)
                    yield done[proved.variant.id]
                    if self._orders.fail_fast and not done[proved.variant.id].passed:
                        return

    def _whole(self, proved: Proved, jobs: Mapping[str, Job], done: Mapping[str, Proved]) -> Proved:
        """With the results that its job shares with another."""
        job = jobs[proved.variant.id]
        if not job.same_as:
            return proved
        theirs = tuple(
            replace(result, seconds=0.0, detail=result.detail or f"same as {job.same_as}")
            for result in done[job.same_as].results
            if result.name in job.shared
        )
        return replace(proved, results=(*theirs, *proved.results), same_as=job.same_as)

    def _prove(self, job: Job) -> None:
        results: list[Result] = []
        begin = time.monotonic()

        def tell(result: Result) -> None:
            results.append(result)
            self._events.put(Checked(job.variant, result))

        if self._stopping.is_set():
            return
        self._events.put(Started(job.variant, len(job.checks)))
        if job.checks:
            try:
                self._run(job, tell)
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                tell(Result("proof", "the proof itself works", Outcome.FAILED, 0.0, said))
        if not self._orders.keep:
            shutil.rmtree(job.project, ignore_errors=True)
        self._events.put(Proved(job.variant, tuple(results), time.monotonic() - begin))

    def _run(self, job: Job, tell: Callable[[Result], None]) -> None:
        """Run a worker to its end, and tell its results."""
        going_on = [] if self._orders.fail_fast else ["-k"]
        worker = self._processes.start(
            [sys.executable, "-P", "-m", "gowright.matrix.worker", job.project, *going_on, *job.checks],
            env=_environment(),
            output=-1,
            farewell=signal.SIGTERM,
        )
        watch = threading.Timer(_SECONDS, worker.kill)
        watch.start()
        said = []
        try:
            assert worker.popen.stdout is not None
            with worker.popen.stdout as lines:
                for line in lines:
                    text = line.decode(errors="replace").rstrip()
                    try:
                        raw = json.loads(text)
                        result = Result(**{**raw, "outcome": Outcome(raw["outcome"])})
                    except (ValueError, TypeError, KeyError):
                        said.append(text)
                        continue
                    tell(result)
        finally:
            watch.cancel()
            code = worker.end()
        if code != Exit.DONE and not self._stopping.is_set():
            detail = "\n".join(said[-20:]) or f"the proof ended with code {code}"
            tell(Result("proof", "the proof runs to its end", Outcome.FAILED, 0.0, detail))

    def _stop(self) -> None:
        """Ask all workers to end, at once; they end what they started."""
        self._stopping.set()
        with suppress(Exception):
            self._processes.ask_to_end()


def _environment() -> dict[str, str]:
    """The environment of a worker, which finds this very package."""
    here = str(Path(verify.__file__).resolve().parents[2])
    before = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (here, before)))}
