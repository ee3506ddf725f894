"""Ports on the loopback address."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A free port. Another process can take it before it's used: retry."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return int(listener.getsockname()[1])


def hold(port: int) -> socket.socket:
    """Reserve the port of a stopped server, so that connections are refused and no other process gets it."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind((LOOPBACK, port))
    return holder


def wait_until(ready: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    """Wait at most `seconds` for a condition, and report whether it became true."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
