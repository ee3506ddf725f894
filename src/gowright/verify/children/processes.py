"""Child processes that never outlive this one.

Each child leads its own process group, so that a Ctrl-C in the terminal
reaches only this process, and that whatever a child starts ends with it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gowright.system.signals import deferred_signals
from gowright.verify.outcomes import Skipped

#: For output that the caller reads.
PIPE = subprocess.PIPE

_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ran to its end."""

    exit_code: int
    output: str


class Processes(contextlib.ExitStack):
    """Every process and directory of one run; leaving it ends and removes them all."""

    directory: Path

    def __enter__(self) -> Processes:
        super().__enter__()
        self._lock = threading.Lock()
        self._reaper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("reaper.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.callback(self._dismiss_reaper)
        self.directory = self.enter_context(self._workspace())
        return self

    @contextlib.contextmanager
    def _workspace(self) -> Iterator[Path]:
        path = Path(tempfile.mkdtemp(prefix="gowright-verify-", dir=_place()))
        self._tell("watch directory", path)
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root, and its own user must reach its data.
            path.chmod(0o711)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def start(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        output: int | IO[bytes] = subprocess.DEVNULL,
        user: tuple[int, int] | None = None,
        stop_signal: signal.Signals = signal.SIGKILL,
    ) -> Process:
        """Start a process that ends with this run: by `stop_signal`, then by force.

        `user` is a uid and a gid to run as.
        """
        # An interrupt between the start and the callback would leave a child that nobody knows.
        with deferred_signals():
            popen = subprocess.Popen(
                [str(part) for part in command],
                env=dict(env),
                cwd=cwd or self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user[0] if user else None,
                group=user[1] if user else None,
                extra_groups=[] if user else None,
            )
            process = Process(popen, self._tell)
            self.callback(process.end, stop_signal)
        return process

    def run(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        seconds: float = 60.0,
        user: tuple[int, int] | None = None,
    ) -> Finished:
        """Run a command to its end; its output is standard output and error together."""
        process = self.start(command, env=env, cwd=cwd, output=subprocess.PIPE, user=user)
        try:
            output, _ = process.popen.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return Finished(124, f"still running after {seconds:.0f} s")
        finally:
            process.kill()
            assert process.popen.stdout is not None
            process.popen.stdout.close()
        return Finished(process.popen.returncode, output.decode(errors="replace"))

    def _tell(self, what: str, name: object) -> None:
        assert self._reaper.stdin is not None
        with self._lock, contextlib.suppress(BrokenPipeError, ValueError):
            self._reaper.stdin.write(f"{what} {name}\n".encode())
            self._reaper.stdin.flush()

    def _dismiss_reaper(self) -> None:
        assert self._reaper.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._reaper.stdin.close()
        self._reaper.wait()


class Process:
    """One child and everything that it started."""

    def __init__(self, popen: subprocess.Popen[bytes], tell: Callable[[str, object], None]) -> None:
        self.popen = popen
        self.pid = popen.pid
        self._tell = tell
        self._ended = False
        tell("watch group", self.pid)

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self.popen.poll()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process itself, not to its group."""
        self.popen.send_signal(number)

    def signal_tree(self, number: signal.Signals) -> None:
        """Send a signal to the process and its children, also those in other groups."""
        # The process first: it must not start more of them meanwhile.
        os.kill(self.pid, number)
        for pid in _children(self.pid):
            # One that is stopped does not notice when its parent is gone.
            self._tell("watch group" if number is signal.SIGSTOP else "forget group", pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def end(self, number: signal.Signals = signal.SIGTERM, seconds: float = _STOP_SECONDS) -> int:
        """Ask it to end, and kill it when it does not. Returns its exit code."""
        if not self._ended:
            self.send(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(seconds)
        return self.kill()

    def kill(self) -> int:
        """Kill what is left of the group and reap the process. Returns its exit code."""
        if not self._ended:
            self._ended = True
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            self.popen.wait()
            self._tell("forget group", self.pid)
        return self.popen.returncode


def _children(pid: int) -> list[int]:
    """The processes that a process has started and that still run.

    Raises:
        Skipped: when this machine does not tell.
    """
    if Path("/proc/self/stat").exists():
        rows = [_kinship(stat) for stat in Path("/proc").glob("[0-9]*/stat")]
    elif shutil.which("ps"):
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
        rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    else:
        raise Skipped("there is neither /proc nor ps to tell the server's own processes")
    return [child for child, parent in rows if parent == pid]


def _kinship(stat: Path) -> tuple[int, ...]:
    """A process and its parent; 0 when it has ended meanwhile."""
    try:
        # The name before, in brackets, may hold anything.
        return int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return int(stat.parent.name), 0


def _place() -> Path:
    """Where temporary files go: for root, a place that other users can pass through."""
    usual = Path(tempfile.gettempdir())
    if os.geteuid() != 0:
        return usual
    return next((place for place in (usual, Path("/tmp"), Path("/var/tmp")) if passable(place)), usual)


def passable(path: Path) -> bool:
    """Whether every user may pass through the directories down to this path."""
    resolved = path.resolve()
    return all(step.stat().st_mode & 0o001 for step in (resolved, *resolved.parents))
