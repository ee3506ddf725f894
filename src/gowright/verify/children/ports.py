"""Ports of this machine's loopback address."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on right now. Another process may still take it first: retry."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return int(listener.getsockname()[1])


def hold(port: int) -> socket.socket:
    """Keep a port that a server has left: nobody gets it, and connections are refused as before."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind((LOOPBACK, port))
    return holder


def wait_until(ready: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    """Whether it became ready in time."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
