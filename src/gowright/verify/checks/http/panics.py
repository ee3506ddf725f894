"""A panic during a request."""

from __future__ import annotations

from gowright.verify.check import check
from gowright.verify.checks.conditions import resources
from gowright.verify.harness.client import Client
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.poison import POISON, WORD
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed


@check("panic", "a panic becomes a problem response and the service continues", when=resources)
def panics(harness: Harness) -> str:
    """A panic becomes a problem response, is logged, and doesn't stop the service."""
    with harness.run_service(program=harness.poisoned) as running:
        for resource in running.resources:
            path = f"{resource.path}/{POISON}"
            for method in ("GET", "DELETE"):
                _survives(running, running.caller(), method, path)
            # The next request can use the same keep-alive connection.
            running.create(resource)
        records = running.process.lines
        if not any(WORD in line and "uuid" in line for line in records):
            raise Failed("the panic and its stack are not in the log")
    return "500 problem, alive"


def _survives(running: RunningService, client: Client, method: str, path: str) -> None:
    response = client.call(method, path, 500, why="a panic in its handler")
    problem = client.problem(method, path, 500, why="a panic in its handler")
    text = response.text
    for leak in (WORD, "goroutine", ".go:", "runtime."):
        if leak in text:
            raise Failed(f"{method} {path}: the response reveals the panic ({leak}): {text[:300]}")
    if not problem.get("request_id"):
        raise Failed(f"{method} {path}: the problem has no request_id: {problem}")
    running.anonymous.call("GET", "/livez", 200, why="after a panic")
    if running.process.exit_code is not None:
        raise Failed(f"the service exited with code {running.process.exit_code} after a panic")
