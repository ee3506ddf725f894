"""A process for each variant: isolated, with a timeout, and stopped together with its children."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from gowright import verify
from gowright.errors import Exit
from gowright.verify.children.go_toolchain import TRIMMED
from gowright.verify.children.processes import PIPE, Process, Processes
from gowright.verify.result import Outcome, Result

#: The timeout of a variant. Checks have shorter timeouts of their own.
_MAX_SECONDS = 3600.0

#: The time that a worker has to stop its children.
_STOP_SECONDS = 20.0

_MAX_LINES = 20

#: The name and title of the result that stands for a failed worker.
RUN, RUN_TITLE = "run", "all checks run to completion"


class Subprocesses:
    """The workers of one run."""

    #: The command of a worker, without the project and the checks.
    command: tuple[str, ...] = (sys.executable, "-P", "-m", "gowright.matrix.worker")

    def __init__(self, processes: Processes, *, keep_going: bool) -> None:
        self._processes = processes
        self._flags = ("-k",) if keep_going else ()
        self._running: set[Process] = set()
        self._lock = threading.Lock()
        self.stopping = False

    def run(self, project: Path, checks: Sequence[str], report: Callable[[Result], None]) -> None:
        """Run a worker, and report its results as they come.

        Args:
            project: the folder of the project.
            checks: the checks to run.
            report: receives each result.
        """
        errors: list[str] = []
        with self._worker(project, checks) as worker:
            assert worker.popen.stdout is not None
            for line in worker.popen.stdout:
                text = line.decode(errors="replace").rstrip()
                try:
                    raw = json.loads(text)
                    result = Result(**{**raw, "outcome": Outcome(raw["outcome"])})
                except (ValueError, TypeError, KeyError):
                    errors.append(text)  # not a result, but an error message of the worker
                else:
                    report(result)
            code = worker.popen.wait()
        if code != Exit.DONE and not self.stopping:
            detail = "\n".join(errors[-_MAX_LINES:]) or f"the worker exited with code {code}"
            report(Result(RUN, RUN_TITLE, Outcome.FAILED, 0.0, detail))

    def stop(self) -> None:
        """Ask every worker to stop, and start no more."""
        with self._lock:
            self.stopping = True
            for worker in self._running:
                with suppress(ProcessLookupError):
                    worker.send(signal.SIGTERM)
                _later(_STOP_SECONDS, worker.kill)

    @contextmanager
    def _worker(self, project: Path, checks: Sequence[str]) -> Iterator[Process]:
        command = [*self.command, str(project), *self._flags, *checks]
        with self._lock:
            worker = self._processes.start(command, env=_environment(), output=PIPE)
            self._running.add(worker)
            if self.stopping:
                worker.send(signal.SIGTERM)
        watch = _later(_MAX_SECONDS, worker.kill)
        try:
            yield worker
        finally:
            watch.cancel()
            with self._lock:
                self._running.discard(worker)
            worker.kill()
            assert worker.popen.stdout is not None
            worker.popen.stdout.close()


def _later(seconds: float, call: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()
    return timer


def _environment() -> dict[str, str]:
    """The environment of a worker: it imports this package, and all workers share the Go build cache."""
    here = str(Path(verify.__file__).resolve().parents[2])
    before = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (here, before))), "GOFLAGS": TRIMMED}
