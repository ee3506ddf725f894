"""A check, and the decorator that declares one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gowright.model.project import Project

if TYPE_CHECKING:
    from gowright.verify.harness.harness import Harness
    from gowright.verify.harness.openapi import OpenAPI

Condition = Callable[[Project], bool]


class Reads(StrEnum):
    """The parts of a project that a check depends on."""

    #: The Go files, and the files that Go tools read.
    FILES = "files"
    #: FILES, and the check runs the tests of the project.
    TESTS = "tests"
    #: FILES, and the check runs the service.
    SERVICE = "service"
    #: FILES, and the files that deploy, operate and build the service.
    DEPLOYMENT = "deployment"
    #: DEPLOYMENT, and the check runs the service.
    OPERATION = "operation"

    @property
    def go_only(self) -> bool:
        """Report whether the check depends only on the Go sources; projects with equal ones share it."""
        return self in (Reads.FILES, Reads.TESTS, Reads.SERVICE)


def always(_: Project) -> bool:
    """Applies to every project."""
    return True


@dataclass(frozen=True, slots=True)
class Need:
    """A part of the OpenAPI spec that a check needs, and that services of earlier releases don't have.

    Attributes:
        part: the part, for messages.
        since: the first release with it.
        is_in: whether a spec has it.
    """

    part: str
    since: str
    is_in: Callable[[OpenAPI], bool]


@dataclass(frozen=True, slots=True)
class Check:
    """A property of a project that is verified.

    Attributes:
        name: the name, for --check.
        title: the property, for reports.
        run: verifies the property; returns details, or raises Failed or Skipped.
        when: whether the check applies to a project; if not, it isn't in the report.
        reads: what the check depends on; projects that are equal in this respect share the result.
        timed: whether the check depends on timing, so that it can fail on a busy machine.
        optional: whether the check needs more than verify can start; a run is complete without it.
        needs: the parts of the OpenAPI spec without which the check is skipped.
    """

    name: str
    title: str
    run: Callable[[Harness], str]
    when: Condition = always
    reads: Reads = Reads.SERVICE
    timed: bool = False
    optional: bool = False
    needs: tuple[Need, ...] = ()

    @property
    def live(self) -> bool:
        """Report whether the check starts the service."""
        return self.reads in (Reads.SERVICE, Reads.OPERATION)


def check(
    name: str,
    title: str,
    *,
    when: Condition = always,
    reads: Reads = Reads.SERVICE,
    timed: bool = False,
    optional: bool = False,
    needs: tuple[Need, ...] = (),
) -> Callable[[Callable[[Harness], str]], Check]:
    """Return a decorator that declares a function as a check; see Check for the arguments."""

    def declare(run: Callable[[Harness], str]) -> Check:
        return Check(name, title, run, when, reads, timed, optional, needs)

    return declare
