"""A process of the service: start it, read its log, stop it."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
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


class ServiceProcess:
    """One running process of the service."""

    def __init__(
        self,
        processes: Processes,
        binary: Path,
        env: Mapping[str, str],
        arguments: tuple[str, ...] = (),
    ) -> None:
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self._pause = 0.0
        # The working directory is empty: the program must not need any files.
        self._process = processes.start([binary, *arguments], env=env, output=subprocess.PIPE)
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
    def read_slowly(self, pause: float) -> Iterator[None]:
        """Read its output slowly, so that it has to wait when it writes to the log."""
        self._pause = pause
        try:
            yield
        finally:
            self._pause = 0.0

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
        assert self._process.popen.stdout is not None
        with self._process.popen.stdout as stream:
            for line in stream:
                with self._lock:
                    self._lines.append(line.decode(errors="replace").rstrip("\n"))
                if self._pause:
                    time.sleep(self._pause)


def _listening(record: Record) -> bool:
    return record.get("msg") == "listening" and "addr" in record and "admin_addr" in record


def _record(line: str) -> Record | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return cast(Record, value) if isinstance(value, dict) else None
