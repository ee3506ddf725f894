"""A process of the service: start it, read its log, stop it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from gowright.verify.children.ports import wait_until
from gowright.verify.children.processes import Processes
from gowright.verify.outcomes import Failed

Record = dict[str, Any]
_START_SECONDS = 20.0
_CHUNK_BYTES = 1 << 16
#: So small that a few lines fill it. The system can raise it to its minimum.
_NARROW_BYTES = 1 << 10


class ServiceProcess:
    """One running process of the service.

    Args:
        processes: starts it.
        binary: the program.
        env: its environment.
        arguments: its arguments.
        narrow_log: whether only a few lines fit between the service and the reader of its log. Otherwise, the
            service continues for a long time while nobody reads its log.
    """

    def __init__(
        self,
        processes: Processes,
        binary: Path,
        env: Mapping[str, str],
        arguments: tuple[str, ...] = (),
        narrow_log: bool = False,
    ) -> None:
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        #: How often the log can be read; None if that isn't limited.
        self._reads: int | None = None
        # The working directory is empty: the program must not need any files.
        with _narrow_pipe() if narrow_log else _pipe() as (log, output):
            self._process = processes.start([binary, *arguments], env=env, output=output)
        self._log = log
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.pid = self._process.pid
        self.env = dict(env)

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while the process runs."""
        return self._process.exit_code

    @property
    def lines(self) -> list[str]:
        """The output so far, stdout and stderr together."""
        with self._lock:
            return list(self._lines)

    @property
    def records(self) -> list[Record]:
        """The JSON objects in the output."""
        return [record for line in self.lines if (record := _record(line)) is not None]

    def wait_record(self, wanted: Callable[[Record], bool], seconds: float) -> Record | None:
        """The first matching log record; waits for it at most `seconds`."""
        found: list[Record] = []

        def look() -> bool:
            found.extend(record for record in self.records if wanted(record))
            return bool(found)

        wait_until(look, seconds)
        return found[0] if found else None

    def wait_listening(self) -> None:
        """Wait for the log line with the addresses.

        Raises:
            Failed: if the service exits, or doesn't log it in time.
        """
        deadline = time.monotonic() + _START_SECONDS
        while (record := self.wait_record(_listening, 0.05)) is None:
            if self.exit_code is not None:
                self._reader.join(1)
                if (record := self.wait_record(_listening, 0)) is None:
                    raise Failed(f"the service exited with code {self.exit_code}:\n{self.tail()}")
                break
            if time.monotonic() > deadline:
                raise Failed(f"no line with msg=listening within {_START_SECONDS:.0f} s:\n{self.tail()}")
        scheme = "https" if "TLS_CERT_FILE" in self.env else "http"
        self.url = f"{scheme}://{record['addr']}"
        self.admin_url = f"http://{record['admin_addr']}"

    def wait_exit(self, seconds: float) -> int | None:
        """The exit code, or None if the process still runs after `seconds`."""
        if wait_until(lambda: self.exit_code is not None, seconds):
            # Kill its children now: later, the process ID can belong to another process.
            self._process.kill()
        self._reader.join(1)
        return self.exit_code

    def peak_memory(self) -> int:
        """The peak memory use in bytes; 0 if the system doesn't report it."""
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii", errors="replace")
            if found := re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE):
                return int(found[1]) * 1024
        return 0

    @contextlib.contextmanager
    def hold_log(self) -> Iterator[None]:
        """Read the log only in `read_log`, so that the service has to wait when it writes to the log."""
        self._allow_reads(0)
        try:
            yield
        finally:
            self._allow_reads(None)

    def read_log(self) -> None:
        """Read what the service has written to a log that is held, once."""
        self._allow_reads(1)

    def _allow_reads(self, number: int | None) -> None:
        with self._changed:
            self._reads = number
            self._changed.notify()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        self._process.send(number)

    def stop(self) -> int:
        """Stop the process with SIGTERM, and return its exit code."""
        code = self._process.end(signal.SIGTERM)
        self._reader.join(1)
        return code

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._reader.join(1)

    def tail(self, count: int = 15) -> str:
        """The last lines of the output."""
        return "\n".join(line[:600] for line in self.lines[-count:])

    def _read(self) -> None:
        rest = b""
        while chunk := self._read_chunk():
            *lines, rest = (rest + chunk).split(b"\n")
            with self._lock:
                self._lines += [line.decode(errors="replace") for line in lines]
        if rest:
            with self._lock:
                self._lines.append(rest.decode(errors="replace"))
        os.close(self._log)

    def _read_chunk(self) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._reads != 0)
            if self._reads is not None:
                self._reads -= 1
        return os.read(self._log, _CHUNK_BYTES)


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """A pipe: the end to read from, and the end to write to, which is closed after the block."""
    reader, writer = os.pipe()
    try:
        yield reader, writer
    finally:
        os.close(writer)


@contextlib.contextmanager
def _narrow_pipe() -> Iterator[tuple[int, int]]:
    """A pipe with space for a few lines. Not every system can limit the size of a real pipe."""
    reader, writer = socket.socketpair()
    with writer:
        writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _NARROW_BYTES)
        yield reader.detach(), writer.fileno()


def _listening(record: Record) -> bool:
    return record.get("msg") == "listening" and "addr" in record and "admin_addr" in record


def _record(line: str) -> Record | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return cast(Record, value) if isinstance(value, dict) else None
