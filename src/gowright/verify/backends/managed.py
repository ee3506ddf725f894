"""Servers that verify starts: started on a free port of the loopback address, taken away, and back at the same one."""

from __future__ import annotations

import signal
import socket
from abc import ABC, abstractmethod

from gowright.verify.children.ports import free_port, hold, wait_until
from gowright.verify.children.processes import Process, Processes
from gowright.verify.outcomes import Failed

_ATTEMPTS = 5
_PAUSE = 0.02


class ManagedServer(ABC):
    """A process that serves, and how it is started and asked whether it does."""

    owned = True
    #: See Server.
    missing_capabilities = ""
    #: What of it no log may hold.
    secrets: tuple[str, ...] = ()
    #: What people call it.
    name: str
    #: No start takes longer.
    seconds: float
    #: How it is asked to end.
    stop_signal = signal.SIGTERM

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._process: Process | None = None
        self._held: socket.socket | None = None
        self._log = processes.directory / f"{self.name.lower()}.log"

    @abstractmethod
    def _launch(self, port: int) -> Process:
        """Start the process; it writes to its log."""

    @abstractmethod
    def _serves(self) -> bool:
        """Whether it is our own process that serves: the port may be another's."""

    def start(self) -> None:
        """Serve, on a free port at first, and on the same one again."""
        if self._process is None:
            started = any(self._started(free_port()) for _ in range(_ATTEMPTS))
        elif self._process.exit_code is None:
            self._process.signal_tree(signal.SIGCONT)
            started = True
        else:
            if self._held is not None:
                self._held.close()
            started = self._started(self.port)
        if not started:
            raise Failed(f"{self.name} does not start:\n{self._said()}")

    def stop(self) -> None:
        """Refuse connections; nobody else gets the port meanwhile."""
        if self._process is not None:
            self._process.end(self.stop_signal)
            self._held = hold(self.port)

    def freeze(self) -> None:
        """Take connections and answer nothing."""
        if self._process is not None:
            self._process.signal_tree(signal.SIGSTOP)

    def _started(self, port: int) -> bool:
        """Whether it serves there; when another process was quicker to take the port, it ends."""
        self.port = port
        process = self._process = self._launch(port)
        if not wait_until(lambda: process.exit_code is not None or self._serves(), self.seconds, _PAUSE):
            process.kill()
            raise Failed(f"{self.name} does not serve within {self.seconds:.0f} s:\n{self._said()}")
        return process.exit_code is None

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""
