"""A fake clock, so that results do not depend on the load of the machine."""

from __future__ import annotations

import threading

_READING_SECONDS = 0.001


class Clock:
    """Advances when something sleeps, and by a millisecond at each reading."""

    def __init__(self) -> None:
        self._now = 0.0
        self._lock = threading.Lock()

    def read(self) -> float:
        """The current time in seconds."""
        return self.sleep(_READING_SECONDS)

    def sleep(self, seconds: float) -> float:
        """Advance the time without waiting. Returns the new time."""
        with self._lock:
            self._now += seconds
            return self._now


CLOCK = Clock()
