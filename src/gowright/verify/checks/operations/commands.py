"""The program's other commands: migrations, the probe of a container, the version."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gowright.verify.check import check
from gowright.verify.checks.conditions import database
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.harness.service import ServiceProcess
from gowright.verify.outcomes import Failed, Skipped

_SECONDS = 30.0
_REPLICAS = 5
# What the accounts, and each resource as it was first made, have at most.
_MIGRATIONS = 3


@check("commands", "the version and healthcheck commands work")
def commands(harness: Harness) -> str:
    """The commands that a container and an operator need."""
    env = harness.bare_environment()
    _ends(harness.start("version", env=env), 0, "version")
    _ends(harness.start("no-such-command", env=env), None, "no-such-command")
    with harness.run_service() as running:
        address = running.process.url.partition("://")[2]
        _ends(
            harness.start("healthcheck", env=env | {"HTTP_ADDR": address}),
            0,
            "healthcheck of a running service",
        )
        running.process.stop()
        _ends(
            harness.start("healthcheck", env=env | {"HTTP_ADDR": address}),
            None,
            "healthcheck of a stopped service",
        )
    return ""


@check("migrations", "replicas migrate concurrently, and migrations can be reverted", when=database)
def migrations(harness: Harness) -> str:
    """Migrations go up, by several replicas at once, down again where there is a way, and up once more."""
    database = harness.database
    if not harness.database.server.owned:
        raise Skipped("the database is given, and migrating down would drop what it stores")
    env = harness.environment()
    replicas = [harness.start("migrate", "up", env=env) for _ in range(_REPLICAS)]
    for replica in replicas:
        _ends(replica, 0, f"migrate up, {_REPLICAS} at once")
    _ends(harness.start("migrate", "status", env=env), 0, "migrate status")
    downs = 0
    # One step or all at once: enough of them lead to the beginning.
    while database.migrates_down and downs < _MIGRATIONS * (1 + len(harness.project.resources)):
        downs += 1
        _ends(harness.start("migrate", "down", env=env), 0, "migrate down")
    unmigrated = env | {database.migrate_variable: "false"}
    if downs:
        with harness.run_service(env=unmigrated) as running:
            _stores_nothing(running)
    _ends(harness.start("migrate", "up", env=env), 0, "migrate up again")
    with harness.run_service(env=unmigrated) as running:
        for resource in running.resources:
            running.create(resource)
    return "up, down and up" if database.migrates_down else "up, twice"


def _stores_nothing(running: RunningService) -> None:
    """Where no table is, nothing can be created."""
    creations: list[Callable[[], object]] = [partial(running.create, each) for each in running.resources]
    if running.backends.accounts:
        creations = [running.register]
    for create in creations:
        try:
            made = create()
        except Failed:
            continue
        raise Failed(f"migrate down took nothing back: {made} can still be created")


def _ends(command: ServiceProcess, code: int | None, said: str) -> None:
    """The command ends with a code; None is any but 0."""
    got = command.wait_exit(_SECONDS)
    command.kill()
    if got is None:
        raise Failed(f"server {said}: still runs after {_SECONDS:.0f} s")
    if (got == 0) if code is None else (got != code):
        raise Failed(f"server {said} ended with code {got}:\n{command.tail()}")
