"""What docs/matrix.md and the workflow say works as they say it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.helpers import ROOT

PAGE = (ROOT / "docs" / "matrix.md").read_text(encoding="utf-8")
WORKFLOW = ROOT / ".github" / "workflows" / "matrix.yml"
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
def test_every_command_is_understood(cli: Cli, command: str) -> None:
    arguments = shlex.split(command)[1:]
    result = cli(*arguments, "--list")
    assert result.code == 0, result.err


def test_the_page_says_every_option(cli: Cli) -> None:
    options = set(re.findall(r"(--[a-z][a-z-]+)", cli("matrix", "--help").out))
    assert options - {"--help", "--seed", "--jobs", "--install-completion"} <= set(
        re.findall(r"(--[a-z][a-z-]+)", PAGE)
    )


def test_the_readme_names_the_page() -> None:
    assert "docs/matrix.md" in README


def block(name: str, into: Path) -> Path:
    match = re.search(rf"^```yaml {name}\n(.*?)^```", PAGE, re.M | re.S)
    assert match is not None
    into.write_text(match[1], encoding="utf-8")
    return into


def accepted(tool: str, *arguments: str | Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not on PATH")
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_github_accepts_its_workflows(tmp_path: Path) -> None:
    accepted("actionlint", "-no-color", WORKFLOW, block("github", tmp_path / "github.yml"))


def test_gitlab_accepts_its_job(tmp_path: Path) -> None:
    accepted(
        "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", block("gitlab", tmp_path / "gitlab.yml")
    )


def test_the_jobs_for_github_are_what_the_workflow_reads(cli: Cli) -> None:
    jobs = json.loads(cli("matrix", "--output", "github-matrix", "--shards", "4").out)["include"]
    keys = set(re.findall(r"\$\{\{ matrix\.part\.(\w+) \}\}", WORKFLOW.read_text(encoding="utf-8")))
    assert all(set(job) == keys for job in jobs)
