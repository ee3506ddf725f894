"""A harness with fake services."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gowright.model.project import Project
from gowright.model.resources.field import Field
from gowright.model.resources.resource import Resource
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.processes import Processes
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.openapi import OpenAPI
from gowright.verify.harness.service import ServiceProcess
from tests.verify.fake.app import FakeService

ORDER = Resource(
    name="order",
    plural="orders",
    fields=(
        Field("customer", "string", required=True, unique=False, index=True, min=1, max=40),
        Field("code", "string", required=False, unique=True, index=False, max=20),
        Field("total", "int", required=False, unique=False, index=False, min=0, max=1000),
        Field("status", "enum", required=False, unique=False, index=True, enum=("new", "paid")),
        Field("price", "decimal", required=False, unique=False, index=False),
        Field("placed_at", "time", required=False, unique=False, index=False),
    ),
)


#: Parsed once for all tests, by text.
SPECS: dict[str, OpenAPI] = {}


class FakeHarness(Harness):
    """Starts fake services instead of processes."""

    bug = ""
    sets_roles = True

    def start(
        self,
        *arguments: str,
        changes: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        program: Path | None = None,
        narrow_log: bool = False,
    ) -> ServiceProcess:
        if arguments and arguments[0] == "set-role":
            self.services[-1].app.accounts.users[arguments[1]]["role"] = arguments[2]  # type: ignore[attr-defined]
            done: Any = SimpleNamespace(wait_exit=lambda _: 0)
            return done  # type: ignore[no-any-return]
        given = {**(self.environment() if env is None else env), **(changes or {})}
        service: Any = FakeService(given, self.accounts_backend.key, self.bug)
        self.processes.callback(service.kill)
        self.services.append(service)
        return service  # type: ignore[no-any-return]


@pytest.fixture
def harness_with(tmp_path: Path) -> Iterator[Callable[[str], Harness]]:
    """Make a harness for a service with one bug."""
    answers = {"project_name": "shop", "auth": "jwt", "database": "memory", "cache": "none"}
    project = Project(tmp_path, answers, (ORDER,))
    with Processes() as processes:

        def make(bug: str) -> Harness:
            harness = FakeHarness(project, Go(Path("go"), (1, 26)), processes)
            harness.bug = bug
            harness._specs = SPECS
            return harness

        yield make
