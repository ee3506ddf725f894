"""Two small variants are rendered, built, started, and called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Cli

pytestmark = [pytest.mark.go, pytest.mark.slow, pytest.mark.usefixtures("go_caches")]


def test_two_variants_are_verified_in_parallel(cli: Cli) -> None:
    listed = json.loads(cli("matrix", "--list", "--where", "database=memory", "-o", "json").out)
    small = [each["id"] for each in listed["variants"] if each["choices"]["cache"] == "none"][:2]
    wanted = [part for id in small for part in ("--variant", id)]
    checks = [
        part for name in ("format", "build", "health", "openapi", "drain") for part in ("--check", name)
    ]
    result = cli("matrix", *wanted, *checks, "-j", "2", "-o", "json", "--junit", "matrix.xml")
    found = json.loads(result.out)
    failed = [c for v in found["variants"] for c in v["checks"] if c["outcome"] == "failed"]
    assert (result.code, failed) == (0, [])
    assert found["checks"] == {"passed": 10, "failed": 0, "skipped": 0}
    assert Path("matrix.xml").exists()
