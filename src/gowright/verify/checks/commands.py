"""The program's other commands: migrations, the probe of a container, the version."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gowright.verify.harness.harness import Lab
from gowright.verify.result import Failed, Skipped
from gowright.verify.harness.service import Service
from gowright.verify.harness.running import Site

_SECONDS = 30.0
_REPLICAS = 5
# What the accounts, and each resource as it was first made, have at most.
_MIGRATIONS = 3


def commands(lab: Lab) -> str:
    """The commands that a container and an operator need."""
    env = lab.bare_environment()
    _ends(lab.start("version", env=env), 0, "version")
    _ends(lab.start("no-such-command", env=env), None, "no-such-command")
    with lab.site() as site:
        address = site.service.url.partition("://")[2]
        _ends(
            lab.start("healthcheck", env=env | {"HTTP_ADDR": address}),
            0,
            "healthcheck of a running service",
        )
        site.service.stop()
        _ends(
            lab.start("healthcheck", env=env | {"HTTP_ADDR": address}),
            None,
            "healthcheck of a stopped service",
        )
    return ""


def migrations(lab: Lab) -> str:
    """Migrations go up, by several replicas at once, down again where there is a way, and up once more."""
    kind = lab.database_kind
    if kind is None:
        raise Skipped("the service keeps its data in memory")
    if not lab.database.own:
        raise Skipped("the database is given, and migrating down would drop what it stores")
    env = lab.environment()
    replicas = [lab.start("migrate", "up", env=env) for _ in range(_REPLICAS)]
    for replica in replicas:
        _ends(replica, 0, f"migrate up, {_REPLICAS} at once")
    _ends(lab.start("migrate", "status", env=env), 0, "migrate status")
    downs = 0
    # One step or all at once: enough of them lead to the beginning.
    while kind.migrates_down and downs < _MIGRATIONS * (1 + len(lab.subject.resources)):
        downs += 1
        _ends(lab.start("migrate", "down", env=env), 0, "migrate down")
    unmigrated = env | {kind.migrate_variable: "false"}
    if downs:
        with lab.site(env=unmigrated) as site:
            _stores_nothing(site)
    _ends(lab.start("migrate", "up", env=env), 0, "migrate up again")
    with lab.site(env=unmigrated) as site:
        for resource in site.resources:
            site.create(resource)
    return "up, down and up" if kind.migrates_down else "up, twice"


def _stores_nothing(site: Site) -> None:
    """Where no table is, nothing can be created."""
    creations: list[Callable[[], object]] = [partial(site.create, each) for each in site.resources]
    if site.lab.subject.has("auth", "jwt"):
        creations = [site.register]
    for create in creations:
        try:
            made = create()
        except Failed:
            continue
        raise Failed(f"migrate down took nothing back: {made} can still be created")


def _ends(command: Service, code: int | None, said: str) -> None:
    """The command ends with a code; None is any but 0."""
    got = command.wait_exit(_SECONDS)
    command.kill()
    if got is None:
        raise Failed(f"server {said}: still runs after {_SECONDS:.0f} s")
    if (got == 0) if code is None else (got != code):
        raise Failed(f"server {said} ended with code {got}:\n{command.tail()}")
