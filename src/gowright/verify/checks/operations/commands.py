"""The other commands of the program: migrations, the health check, and the version."""

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
# The maximum number of initial migrations of the accounts and of each resource.
_MAX_MIGRATIONS = 3


@check("commands", "the version and healthcheck commands work")
def commands(harness: Harness) -> str:
    """The commands for containers and operators."""
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
    """Several replicas can migrate at once, and migrations can be reverted. Until then, the service isn't ready."""
    database = harness.database
    if not harness.database.server.owned:
        raise Skipped("the database is external, and reverting migrations would delete its data")
    env = harness.environment()
    # In production, migrations run with the secret of the database alone.
    job = harness.bare_environment() | {"APP_ENV": "production", database.variable: env[database.variable]}
    replicas = [harness.start("migrate", "up", env=job) for _ in range(_REPLICAS)]
    for replica in replicas:
        _ends(replica, 0, f"migrate up, {_REPLICAS} at once")
    _ends(harness.start("migrate", "status", env=job), 0, "migrate status")
    # `migrate down` can revert one step or all; this number is enough for both.
    for _ in range(_MAX_MIGRATIONS * (1 + len(harness.project.resources))):
        _ends(harness.start("migrate", "down", env=job), 0, "migrate down")
    unmigrated = env | {database.migrate_variable: "false"}
    with harness.run_service(env=unmigrated) as running:
        if running.resources or running.backends.accounts:
            running.anonymous.call("GET", "/readyz", 503)
        if database.needs_schema:
            _stores_nothing(running)
    _ends(harness.start("migrate", "up", env=job), 0, "migrate up again")
    with harness.run_service(env=unmigrated) as running:
        running.anonymous.call("GET", "/readyz", 200)
        for resource in running.resources:
            running.create(resource)
    return "up, down and up"


def _stores_nothing(running: RunningService) -> None:
    """Without tables, nothing can be created."""
    creations: list[Callable[[], object]] = [partial(running.create, each) for each in running.resources]
    if running.backends.accounts:
        creations = [running.register]
    for create in creations:
        try:
            made = create()
        except Failed:
            continue
        raise Failed(f"migrate down reverted nothing: {made} can still be created")


def _ends(command: ServiceProcess, code: int | None, label: str) -> None:
    """Check that the command exits with a code; None is any code except 0."""
    got = command.wait_exit(_SECONDS)
    command.kill()
    if got is None:
        raise Failed(f"server {label}: still runs after {_SECONDS:.0f} s")
    if (got == 0) if code is None else (got != code):
        raise Failed(f"server {label} exited with code {got}:\n{command.tail()}")
