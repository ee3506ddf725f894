"""Exceptions for the outcomes of a check other than passing."""

from __future__ import annotations

from collections.abc import Iterable


class Failed(Exception):
    """A check found a defect.

    Args:
        detail: what is wrong.
        fix: a command that helps; by default, the one that repeats the check.
    """

    def __init__(self, detail: str, fix: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.fix = fix


class Skipped(Exception):
    """A check can't run on this machine; the message is the reason."""


def fail_on(problems: Iterable[str]) -> None:
    """Fail if there are problems.

    Args:
        problems: what is wrong, each in one line.

    Raises:
        Failed: with all problems.
    """
    if found := list(problems):
        raise Failed("\n".join(found))
