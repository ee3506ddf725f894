"""Interrupts that wait until what must not be cut in two is done."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # the last does not exist on Windows


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Put off interrupts until the block is done; elsewhere than in the main thread, do nothing."""
    noted: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        noted.append(number)

    held = {}
    try:
        for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
            held[number] = signal.signal(number, note)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
        if noted:
            signal.raise_signal(signal.Signals(noted[0]))
