"""The commands and files in docs/matrix.md and in the workflows are valid."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.helpers import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "matrix.md").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOW = ROOT / ".github" / "workflows" / "matrix.yml"
#: Its packages for Python download the program while they are built, so Go builds it here.
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
README = (ROOT / "README.md").read_text(encoding="utf-8")

#: What the CI systems put in.
VARIABLES = {
    "CI_NODE_INDEX": "1",
    "CI_NODE_TOTAL": "4",
    "SHARD": "2",
    "SHARDS": "4",
    "STRENGTH": "3",
    "JUNIT": "matrix.xml",
    "ARGUMENTS": "--strength 3 --shard 1/16",
}


def commands(text: str) -> list[str]:
    """Every command line that calls the matrix, with values for its variables."""
    found = re.findall(r"(?:^|[\s/(])(gowright matrix(?: [^`\n)#]*)?)", text)
    lines = [re.sub(r"\$\{\{.*?\}\}", "0", line) for line in found]
    return sorted({re.sub(r"\$(\w+)", lambda m: VARIABLES[m[1]], line).strip() for line in lines})


BLOCKS = "\n".join(re.findall(r"^```.*?^```", PAGE, re.M | re.S))


@pytest.mark.parametrize("command", commands(BLOCKS + WORKFLOW.read_text(encoding="utf-8")))
def test_every_documented_command_works(cli: Cli, command: str) -> None:
    arguments = shlex.split(command)[1:]
    result = cli(*arguments, "--list")
    assert result.code == 0, result.err


def test_the_page_lists_every_option(cli: Cli) -> None:
    options = set(re.findall(r"(--[a-z][a-z-]+)", cli("matrix", "--help").out))
    assert options - {"--help", "--seed", "--jobs", "--install-completion"} <= set(
        re.findall(r"(--[a-z][a-z-]+)", PAGE)
    )


def test_the_readme_links_to_the_page() -> None:
    assert "docs/matrix.md" in README


def block(name: str, into: Path) -> Path:
    match = re.search(rf"^```yaml {name}\n(.*?)^```", PAGE, re.M | re.S)
    assert match is not None
    into.write_text(match[1], encoding="utf-8")
    return into


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", [*WORKFLOWS, "github"]),
        ("vendor.gitlab-ci", ["gitlab"]),
    ],
)
def test_workflows_match_their_schema(schema: str, files: list[str | Path], tmp_path: Path) -> None:
    paths = [name if isinstance(name, Path) else block(name, tmp_path / f"{name}.yml") for name in files]
    run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *paths)


@pytest.mark.go
@pytest.mark.usefixtures("go_caches")
def test_actionlint_accepts_the_workflows(tmp_path: Path) -> None:
    # What it would call when it is installed is turned off: the result is the same on every machine.
    flags = ["-no-color", "-shellcheck=", "-pyflakes="]
    files = [*WORKFLOWS, block("github", tmp_path / "github.yml")]
    run("go", "run", ACTIONLINT, *flags, *files)


def test_the_github_matrix_has_the_keys_of_the_workflow(cli: Cli) -> None:
    jobs = json.loads(cli("matrix", "--output", "github-matrix", "--shards", "4").out)["include"]
    keys = set(re.findall(r"\$\{\{ matrix\.part\.(\w+) \}\}", WORKFLOW.read_text(encoding="utf-8")))
    assert all(set(job) == keys for job in jobs)
