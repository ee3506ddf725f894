"""Projects with the same fingerprint have equal Go sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from gowright.matrix.go_fingerprint import digest
from tests.helpers import build_tree

PROJECT = {
    "go.mod": "module x\n",
    "README.md": "Read me.\n",
    "LICENSE": "Free.\n",
    ".golangci.yml": "version: 2\n",
    "deployments/compose.yaml": "{}\n",
    "cmd/main.go": "package main\n",
    "internal/docs/docs.go": "package docs\n\n//go:embed page.html\nvar page string\n",
    "internal/docs/page.html": "<p>\n",
    "internal/docs/testdata/golden": "1\n",
    "docs/settings.md": "Set me.\n",
    "docs/usage.md": "Use me.\n",
    "internal/docs/docs_test.go": 'package docs\n\nvar files = open("README.md", "docs/settings.md")\n',
}

#: Files that Go doesn't read. The last one isn't in the project yet.
OTHERS = {"LICENSE", "deployments/compose.yaml", "docs/usage.md", ".github/ci.yml"}


@pytest.mark.parametrize("path", sorted(set(PROJECT) - OTHERS))
def test_files_that_go_reads_change_the_fingerprint(tmp_path: Path, path: str) -> None:
    one = digest(build_tree(tmp_path / "one", PROJECT))
    assert digest(build_tree(tmp_path / "two", PROJECT | {path: PROJECT[path] + "//\n"})) != one


@pytest.mark.parametrize("path", sorted(OTHERS))
def test_other_files_do_not_change_it(tmp_path: Path, path: str) -> None:
    one = digest(build_tree(tmp_path / "one", PROJECT))
    assert digest(build_tree(tmp_path / "two", PROJECT | {path: "other\n"})) == one
