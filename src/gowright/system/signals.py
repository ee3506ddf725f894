"""Deferred signals, for blocks that must not be interrupted."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # SIGHUP doesn't exist on Windows


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Defer interrupts until the block ends. Outside the main thread, do nothing."""
    received: list[int] = []

    def defer(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    previous = {}
    try:
        for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
            previous[number] = signal.signal(number, defer)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        if received:
            signal.raise_signal(signal.Signals(received[0]))
