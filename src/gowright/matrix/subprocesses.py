"""A process for each proof: isolated, with its own time limit, and ended with all that it started."""

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

#: No proof takes longer; a check that hangs ends earlier, by its own limit.
_LONGEST_SECONDS = 3600.0

#: How long a worker may take to end what it started.
_FAREWELL_SECONDS = 20.0

_SHOWN_LINES = 20


class Subprocesses:
    """The workers of one run."""

    #: What a worker is; it gets the project and the checks.
    command: tuple[str, ...] = (sys.executable, "-P", "-m", "gowright.matrix.worker")

    def __init__(self, processes: Processes, *, keep_going: bool) -> None:
        self._processes = processes
        self._flags = ("-k",) if keep_going else ()
        self._running: set[Process] = set()
        self._lock = threading.Lock()
        self.stopping = False

    def prove(self, project: Path, checks: Sequence[str], tell: Callable[[Result], None]) -> None:
        """Run a worker to its end, and tell its results as they come."""
        said: list[str] = []
        with self._worker(project, checks) as worker:
            assert worker.popen.stdout is not None
            for line in worker.popen.stdout:
                text = line.decode(errors="replace").rstrip()
                try:
                    raw = json.loads(text)
                    result = Result(**{**raw, "outcome": Outcome(raw["outcome"])})
                except (ValueError, TypeError, KeyError):
                    said.append(text)  # not a result: the worker complains
                else:
                    tell(result)
            code = worker.popen.wait()
        if code != Exit.DONE and not self.stopping:
            detail = "\n".join(said[-_SHOWN_LINES:]) or f"it ended with code {code}"
            tell(Result("proof", "the proof runs to its end", Outcome.FAILED, 0.0, detail))

    def stop(self) -> None:
        """Ask every worker to end, and start no more."""
        with self._lock:
            self.stopping = True
            for worker in self._running:
                with suppress(ProcessLookupError):
                    worker.send(signal.SIGTERM)
                _later(_FAREWELL_SECONDS, worker.kill)

    @contextmanager
    def _worker(self, project: Path, checks: Sequence[str]) -> Iterator[Process]:
        command = [*self.command, str(project), *self._flags, *checks]
        with self._lock:
            worker = self._processes.start(command, env=_environment(), output=PIPE)
            self._running.add(worker)
            if self.stopping:
                worker.send(signal.SIGTERM)
        watch = _later(_LONGEST_SECONDS, worker.kill)
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
    """The environment of a worker, which finds this very package, and shares what it builds with the others."""
    here = str(Path(verify.__file__).resolve().parents[2])
    before = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (here, before))), "GOFLAGS": TRIMMED}
