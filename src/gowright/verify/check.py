"""What a check is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gowright.model.project import Project

if TYPE_CHECKING:
    from gowright.verify.harness.harness import Harness


def always(_: Project) -> bool:
    """Applies to every project."""
    return True


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to prove.

    `run` returns what it saw, in a few words, and raises Failed or Skipped. A check that does
    not apply to a project is left out of its report; one that is not live starts no server. One that
    is timed watches the clock, so a busy machine may fail it; one that is optional asks for more than
    verify can bring, so that a proof without it is a whole one.
    """

    name: str
    title: str
    run: Callable[[Harness], str]
    applies: Callable[[Project], bool] = always
    live: bool = True
    timed: bool = False
    optional: bool = False
