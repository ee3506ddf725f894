"""A clock that only the test advances, so that no result depends on the load of the machine."""

from __future__ import annotations

import threading

_READING_SECONDS = 0.001


class Clock:
    """Time passes when somebody sleeps, and a little whenever somebody reads the clock."""

    def __init__(self) -> None:
        self._now = 0.0
        self._lock = threading.Lock()

    def read(self) -> float:
        """The seconds that have passed."""
        return self.sleep(_READING_SECONDS)

    def sleep(self, seconds: float) -> float:
        """Let time pass, at once."""
        with self._lock:
            self._now += seconds
            return self._now


CLOCK = Clock()
