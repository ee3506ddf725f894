"""Servers that verify starts, stops, and restarts on the same loopback port."""

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
    """A server process."""

    owned = True
    #: What it can't do, unlike the real server.
    missing_capabilities = ""
    #: Values that must not appear in a log.
    secrets: tuple[str, ...] = ()
    #: The name of the product.
    name: str
    #: The startup timeout.
    seconds: float
    #: The signal that stops it.
    stop_signal = signal.SIGTERM

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._process: Process | None = None
        self._held: socket.socket | None = None
        self._log = processes.directory / f"{self.name.lower()}.log"

    @abstractmethod
    def _launch(self, port: int) -> Process:
        """Start the process, with its output in the log."""

    @abstractmethod
    def _serves(self) -> bool:
        """Report whether this process serves on the port; another process could have taken it."""

    def start(self) -> None:
        """Start the server: on a free port the first time, then always on the same port."""
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
            raise Failed(f"{self.name} does not start:\n{self._log_tail()}")

    def stop(self) -> None:
        """Stop the server, and keep its port reserved."""
        if self._process is not None:
            self._process.end(self.stop_signal)
            self._held = hold(self.port)

    def freeze(self) -> None:
        """Freeze the server, so that it accepts connections and never responds."""
        if self._process is not None:
            self._process.signal_tree(signal.SIGSTOP)

    def _started(self, port: int) -> bool:
        """Report whether the server serves on the port. It exits if another process has taken the port."""
        self.port = port
        process = self._process = self._launch(port)
        if not wait_until(lambda: process.exit_code is not None or self._serves(), self.seconds, _PAUSE):
            process.kill()
            raise Failed(f"{self.name} does not serve within {self.seconds:.0f} s:\n{self._log_tail()}")
        return process.exit_code is None

    def _log_tail(self) -> str:
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""
