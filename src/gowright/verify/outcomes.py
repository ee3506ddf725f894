"""How a check can end other than by passing."""

from __future__ import annotations


class Failed(Exception):
    """A check found a fault; the message says which, and `fix` is a command that helps."""

    def __init__(self, detail: str, fix: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.fix = fix


class Skipped(Exception):
    """A check cannot run on this machine; the message says why."""
