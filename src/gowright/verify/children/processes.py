"""Child processes that never outlive this process.

Each child has its own process group. Therefore, Ctrl+C in the terminal reaches only this process, and
everything that a child starts is killed together with the child.
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

#: The value of `output` if the caller reads the output.
PIPE = subprocess.PIPE

_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Finished:
    """The result of a finished command."""

    exit_code: int
    output: str


class Processes(contextlib.ExitStack):
    """The processes and the temporary folder of one run. On exit, all of them are removed."""

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
        path = Path(tempfile.mkdtemp(prefix="gowright-verify-", dir=_temp_root()))
        self._send_to_reaper("watch directory", path)
        if os.geteuid() == 0:
            # PostgreSQL runs as another user than root, and that user needs access to its data.
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
        """Start a process. At the end of the run, it's stopped.

        Args:
            command: the program and its arguments.
            env: the environment.
            cwd: the working directory; by default, the temporary folder.
            output: where stdout and stderr go.
            user: the uid and gid to run as.
            stop_signal: the signal to stop it with; if it doesn't end, it's killed.
        """
        # An interrupt between the start and the callback would leak the process.
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
            process = Process(popen, self._send_to_reaper)
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
        """Run a command and return its exit code and its output, stdout and stderr together."""
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

    def _send_to_reaper(self, what: str, name: object) -> None:
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
    """A child process, and everything that it started."""

    def __init__(self, popen: subprocess.Popen[bytes], send_to_reaper: Callable[[str, object], None]) -> None:
        self.popen = popen
        self.pid = popen.pid
        self._send_to_reaper = send_to_reaper
        self._ended = False
        send_to_reaper("watch group", self.pid)

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while the process runs."""
        return self.popen.poll()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, not to its group."""
        self.popen.send_signal(number)

    def signal_tree(self, number: signal.Signals) -> None:
        """Send a signal to the process and its children, even in other groups."""
        # The process first, so that it doesn't start more children.
        os.kill(self.pid, number)
        for pid in _children(self.pid):
            # A stopped child doesn't notice that its parent is gone.
            self._send_to_reaper("watch group" if number is signal.SIGSTOP else "forget group", pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def end(self, number: signal.Signals = signal.SIGTERM, seconds: float = _STOP_SECONDS) -> int:
        """Stop the process, and kill it if it doesn't end in time. Return its exit code."""
        if not self._ended:
            self.send(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(seconds)
        return self.kill()

    def kill(self) -> int:
        """Kill the process and its group, and return its exit code."""
        if not self._ended:
            self._ended = True
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            self.popen.wait()
            self._send_to_reaper("forget group", self.pid)
        return self.popen.returncode


def _children(pid: int) -> list[int]:
    """The running children of a process.

    Raises:
        Skipped: if this machine can't list them.
    """
    if Path("/proc/self/stat").exists():
        rows = [_pid_and_parent(stat) for stat in Path("/proc").glob("[0-9]*/stat")]
    elif shutil.which("ps"):
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
        rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    else:
        raise Skipped("neither /proc nor ps is available to list the processes of the server")
    return [child for child, parent in rows if parent == pid]


def _pid_and_parent(stat: Path) -> tuple[int, ...]:
    """The process ID and the ID of its parent; 0 if the process has ended."""
    try:
        # The name before it, in parentheses, can contain any character.
        return int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return int(stat.parent.name), 0


def _temp_root() -> Path:
    """The folder for temporary files. For root, it's one that other users can traverse."""
    usual = Path(tempfile.gettempdir())
    if os.geteuid() != 0:
        return usual
    return next((place for place in (usual, Path("/tmp"), Path("/var/tmp")) if passable(place)), usual)


def passable(path: Path) -> bool:
    """Report whether all users can traverse the folders of a path."""
    resolved = path.resolve()
    return all(step.stat().st_mode & 0o001 for step in (resolved, *resolved.parents))
