"""Reads the output of `go test -json`."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Summary:
    """The results of the tests of a project."""

    passed: int = 0
    failures: str = ""
    skipped: dict[str, str] = field(default_factory=dict)


def summary(output: str) -> Summary:
    """Count the tests, and collect the output of failed tests and builds."""
    counted = Summary()
    output_of: dict[tuple[str, str], list[str]] = defaultdict(list)
    failures: list[str] = []
    for line in output.splitlines():
        event = _event(line)
        if event is None:
            # Not from a test, but an error message of the go command.
            failures.append(line)
            continue
        package = event.get("Package") or event.get("ImportPath", "")
        test = event.get("Test", "")
        match event.get("Action"):
            case "output" | "build-output":
                output_of[package, test].append(event.get("Output", ""))
            case "pass" if test:
                counted.passed += 1
            case "skip" if test:
                counted.skipped[f"{package}.{test}"] = "".join(output_of[package, test])
            case "fail" | "build-fail":
                failures += [f"{package} {test}", "".join(output_of[package, test])]
    counted.failures = "\n".join(failures)
    return counted


def _event(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
