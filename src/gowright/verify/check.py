"""A check, and the decorator that declares one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gowright.model.project import Project

if TYPE_CHECKING:
    from gowright.verify.harness.harness import Harness

Condition = Callable[[Project], bool]


class Reads(StrEnum):
    """What of a project a check depends on."""

    #: The Go files and the files that Go's tools read; nothing is run.
    FILES = "files"
    #: The same, and the project's tests run.
    TESTS = "tests"
    #: The same, and the service runs.
    SERVICE = "service"

    @property
    def go_only(self) -> bool:
        """Whether it depends on nothing but the Go files, so that projects with equal Go files share the result."""
        return self in (Reads.FILES, Reads.TESTS, Reads.SERVICE)


def always(_: Project) -> bool:
    """Applies to every project."""
    return True


@dataclass(frozen=True, slots=True)
class Check:
    """One property of a project that is verified.

    Attributes:
        name: what `--check` calls it.
        title: the property, for the report.
        run: returns details of what it saw, and raises Failed or Skipped.
        when: whether it applies to a project; a check that does not is left out of the report.
        reads: what it depends on; projects that are equal in that share its result.
        timed: whether it depends on the clock, so that a busy machine can fail it.
        optional: whether it needs more than verify can start; skipping it does not make a run incomplete.
    """

    name: str
    title: str
    run: Callable[[Harness], str]
    when: Condition = always
    reads: Reads = Reads.SERVICE
    timed: bool = False
    optional: bool = False

    @property
    def live(self) -> bool:
        """Whether it starts the service."""
        return self.reads is Reads.SERVICE


def check(
    name: str,
    title: str,
    *,
    when: Condition = always,
    reads: Reads = Reads.SERVICE,
    timed: bool = False,
    optional: bool = False,
) -> Callable[[Callable[[Harness], str]], Check]:
    """Declare a function as a check; see Check for the arguments."""

    def declare(run: Callable[[Harness], str]) -> Check:
        return Check(name, title, run, when, reads, timed, optional)

    return declare
