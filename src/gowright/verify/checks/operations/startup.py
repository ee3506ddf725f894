"""The beginning of a service: it answers at once, or says everything that is in the way."""

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


@check("with-nothing", "the service starts without any configuration")
def with_nothing(harness: Harness) -> str:
    """Started with nothing set, it answers."""
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
            raise Failed("it serves from memory for want of a database, and no line of level WARN says so")
    return "from memory, with a warning"


def _without_provider(running: RunningService) -> str:
    """It cannot know who is calling, says so, and does the rest."""
    running.anonymous.call("GET", "/readyz", 200)
    caller = running.new_caller()
    caller.problem("GET", "/api/v1/me", 503, why="there is no provider")
    running.anonymous.problem("GET", "/api/v1/me", 401, why="without a token")
    variable = server_of(running.project.facts["auth"]).variable
    warnings = [record for record in running.process.records if variable in str(record)]
    if not any(str(record.get("level")).upper().startswith("WARN") for record in warnings):
        raise Failed(f"{variable} is not set, and no log record of level WARN reports it")
    return "nobody is known, with a warning"


@check("configuration", "every configuration mistake is reported at startup")
def configuration(harness: Harness) -> str:
    """Every mistake in the configuration is told at once, and no secret with it."""
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
    _gives_up(service, wrong)
    if hidden in service.tail(1000):
        raise Failed(f"the message about the configuration holds a secret:\n{service.tail()}")

    needed = {name: "" for backend in harness.backends for name in backend.required_variables}
    if needed:
        _gives_up(harness.start(env=harness.bare_environment() | {"APP_ENV": "production"}), needed)
    return ", ".join(wrong)


def _gives_up(service: ServiceProcess, names: dict[str, str]) -> None:
    code = service.wait_exit(_EXIT_SECONDS)
    service.kill()
    if code is None:
        raise Failed(f"it runs although {', '.join(names)} are wrong or missing")
    if code == 0:
        raise Failed(f"it ended with code 0 although {', '.join(names)} are wrong or missing")
    said = service.tail(1000)
    silent = [name for name in names if not re.search(rf"\b{name}\b", said)]
    if silent:
        raise Failed(f"the message does not name {', '.join(silent)}:\n{said}")
    if "goroutine " in said:
        raise Failed(f"it panics instead of saying what is wrong:\n{said}")


@check("production", "the service starts in production mode with secrets in files")
def production(harness: Harness) -> str:
    """With what production needs, in files as an orchestrator mounts them, it runs."""
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
            raise Failed(f"server migrate up ended with code {migration.exit_code}:\n{migration.tail()}")
    # The service keeps its document to itself here; another one's is the same.
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
    """On a port that is taken it gives up with a message."""
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
                    f"{name} is taken, and the service {'runs' if code is None else 'ended with code 0'}"
                )
            if address.rpartition(":")[2] not in service.tail():
                raise Failed(f"the message does not name {address}:\n{service.tail()}")
    return ""
