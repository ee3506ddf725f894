"""Startup: the service starts, or reports everything that prevents it."""

from __future__ import annotations

import re
import secrets
import socket

from gowright.verify.backends.base import server_of
from gowright.verify.check import check
from gowright.verify.checks.conditions import provider, request_body
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.harness.service import ServiceProcess
from gowright.verify.outcomes import Failed

_EXIT_SECONDS = 10.0


@check("no-configuration", "the service starts without any configuration")
def no_configuration(harness: Harness) -> str:
    """Without configuration, the service starts."""
    with harness.run_service(env=harness.bare_environment()) as running:
        if provider(harness.project):
            return _without_provider(running)
        _works(running)
        if harness.backends.database is None or not request_body(harness.project):
            return ""
        warnings = [
            record
            for record in running.process.records
            if str(record.get("level")).upper().startswith("WARN")
        ]
        if not any("memory" in str(record).lower() for record in warnings):
            raise Failed(
                "without a database, it stores data in memory, but no line of level WARN reports that"
            )
    return "in memory, with a warning"


def _without_provider(running: RunningService) -> str:
    """Without a provider, the service rejects tokens, warns, and serves everything else."""
    running.anonymous.call("GET", "/readyz", 200)
    caller = running.new_caller()
    caller.problem("GET", "/api/v1/me", 503, why="no provider is configured")
    running.anonymous.problem("GET", "/api/v1/me", 401, why="without a token")
    variable = server_of(running.project.facts["auth"]).variable
    warnings = [record for record in running.process.records if variable in str(record)]
    if not any(str(record.get("level")).upper().startswith("WARN") for record in warnings):
        raise Failed(f"{variable} is not set, and no log record of level WARN reports it")
    return "rejects all tokens, with a warning"


@check("configuration", "every configuration mistake is reported at startup")
def configuration(harness: Harness) -> str:
    """All configuration errors are reported at once, without secrets."""
    wrong = {
        "HTTP_READ_TIMEOUT": "soon",
        "RATE_LIMIT_REQUESTS": "-1",
        "LOG_LEVEL": "loud",
        "HTTP_MAX_BODY_BYTES": "many",
    }
    hidden = f"hidden-{secrets.token_hex(4)}"
    for backend in harness.backends:
        wrong |= backend.wrong_environment(hidden)
    service = harness.start(env=harness.bare_environment() | wrong)
    _fails_to_start(service, wrong)
    if hidden in service.tail(1000):
        raise Failed(f"the message about the configuration contains a secret:\n{service.tail()}")

    needed = {name: "" for backend in harness.backends for name in backend.required_variables}
    if needed:
        _fails_to_start(harness.start(env=harness.bare_environment() | {"APP_ENV": "production"}), needed)
    return ", ".join(wrong)


def _fails_to_start(service: ServiceProcess, names: dict[str, str]) -> None:
    code = service.wait_exit(_EXIT_SECONDS)
    service.kill()
    if code is None:
        raise Failed(f"the service runs although {', '.join(names)} are invalid or missing")
    if code == 0:
        raise Failed(f"the service exited with code 0 although {', '.join(names)} are invalid or missing")
    output = service.tail(1000)
    silent = [name for name in names if not re.search(rf"\b{name}\b", output)]
    if silent:
        raise Failed(f"the message does not name {', '.join(silent)}:\n{output}")
    if "goroutine " in output:
        raise Failed(f"the service panics instead of reporting the error:\n{output}")


@check("production", "the service starts in production mode with secrets in files")
def production(harness: Harness) -> str:
    """In production mode, the service starts with secrets in files."""
    env = harness.environment() | {"APP_ENV": "production"}
    env.pop("LOG_LEVEL")
    for name in {name for backend in harness.backends for name in backend.secret_variables}:
        if name in env:
            file = harness.processes.directory / f"secret-{name}"
            file.write_text(env.pop(name) + "\n")
            file.chmod(0o600)
            env[f"{name}_FILE"] = str(file)
    if harness.backends.database:
        migration = harness.start("migrate", "up", env=env)
        if migration.wait_exit(30) != 0:
            raise Failed(f"server migrate up exited with code {migration.exit_code}:\n{migration.tail()}")
    # The service doesn't publish its spec here; it's the same as that of another service.
    with harness.run_service(env=env, spec=harness.service.spec) as running:
        _works(running)
        running.unchecked.call("GET", "/docs", 404, why="in production")
    return ""


def _works(running: RunningService) -> None:
    running.anonymous.call("GET", "/readyz", 200)
    for resource in running.resources:
        item = running.create(resource)
        running.caller().call("GET", f"{resource.path}/{item['id']}", 200)


@check("ports-taken", "the service exits when a port is taken")
def ports_taken(harness: Harness) -> str:
    """If a port is taken, the service exits with a message."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for name in ("HTTP_ADDR", "ADMIN_ADDR"):
            service = harness.start(env=harness.bare_environment() | {name: address})
            code = service.wait_exit(_EXIT_SECONDS)
            service.kill()
            if not code:
                raise Failed(
                    f"{name} is taken, but the service {'runs' if code is None else 'exited with code 0'}"
                )
            if address.rpartition(":")[2] not in service.tail():
                raise Failed(f"the message does not name {address}:\n{service.tail()}")
    return ""
