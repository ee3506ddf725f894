"""The README of a generated service: its commands work as written."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gowright.model.project import read_project
from gowright.verify.children.processes import Processes
from gowright.verify.harness.harness import Harness
from gowright.verify.runner import prepare
from tests.conftest import USER_ENVIRONMENT, Render
from tests.helpers import ROOT

VARIANTS: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "no callers": {"auth": "none", "database": "memory", "cache": "none"},
}

#: What a service without any of them has.
ALONE = {
    **dict.fromkeys(("cache", "auth", "tracing", "metrics", "deploy", "cloud", "ci", "hooks"), "none"),
    "database": "memory",
}

#: Responses with an error fail.
STRICT = 'set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body "$@"; echo; }\n'


def calls(project: Path) -> list[str]:
    """The shell blocks about the API."""
    text = (project / "README.md").read_text(encoding="utf-8")
    section = text.partition("## The API\n")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.S)


@pytest.mark.go
@pytest.mark.usefixtures("go_caches")
@pytest.mark.parametrize("answers", VARIANTS.values(), ids=VARIANTS)
def test_the_calls_of_the_api_work_as_written(answers: dict[str, Any], rendered: Render) -> None:
    project = rendered(**answers)
    go = prepare(project, checks=["format"]).go
    with Processes() as processes:
        harness = Harness(read_project(project), go, processes)
        # Without addresses of servers, the service stores data in memory.
        with harness.run_service(env=harness.bare_environment()) as service:
            host = service.process.url.removeprefix("http://")
            script = STRICT + "".join(calls(project)).replace("localhost:8080", host)
            done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("HTTP/1.1 201 Created") == 1


REFERRING = [
    {"name": "customer", "plural": "customers", "fields": [{"name": "a", "type": "int"}]},
    {
        "name": "invoice",
        "plural": "invoices",
        "fields": [{"name": "customer_id", "type": "ref", "ref": "customer"}],
    },
]

TRANSACTIONS: dict[str, dict[str, Any]] = {
    "one resource": {},
    "no callers": VARIANTS["no callers"],
    "a reference": {"auth": "oidc", "database": "sqlite", "resources": REFERRING},
    "two resources": {
        "auth": "none",
        "resources": [*REFERRING[:1], {**REFERRING[0], "name": "b", "plural": "bs"}],
    },
}


@pytest.mark.go
@pytest.mark.usefixtures("go_caches")
@pytest.mark.parametrize("answers", TRANSACTIONS.values(), ids=TRANSACTIONS)
def test_the_use_case_with_a_transaction_compiles(answers: dict[str, Any], rendered: Render) -> None:
    project = rendered(**answers)
    text = (project / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Change several items at once\n")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```go\n(.*?)```", section, re.S)
    module = read_project(project).answers["module_path"]
    packages = ("context", f"{module}/internal/models", f"{module}/internal/repository")
    imports = "".join(f'import "{path}"\n' for path in packages)
    file = project / "internal" / "services" / "together.go"
    file.write_text(f"package services\n\n{imports}\n{code}", encoding="utf-8")
    go = prepare(project, checks=["format"]).go
    for command in (
        [str(go.binary), "vet", "./internal/services"],
        [str(go.gofmt), "-d", "internal/services/together.go"],
    ):
        done = subprocess.run(
            command, cwd=project, env=go.environment(), capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, ""), done.stderr


#: The packages of npm that parse diagrams, installed once.
PACKAGES = ("mermaid@12", "jsdom@26")

#: A keyword of Mermaid, words of YAML, and the longest name.
NAMES = ["end", "graph", "null", "yes", "a1", f"{'x' * 24}-{'9' * 25}"]

DIAGRAMS: dict[str, dict[str, Any]] = {
    "Kubernetes": {},
    "a cloud": {"deploy": "none", "cloud": "gcp"},
    "an OpenID provider": {"auth": "oidc", "database": "mongodb", "tracing": "zipkin", "deploy": "none"},
    **{name: {"project_name": name} for name in NAMES},
}


@pytest.fixture(scope="session")
def node_packages() -> Path:
    folder = ROOT / "build" / "node"
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not on PATH")
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "mermaid").exists():
        install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *PACKAGES]
        if subprocess.run(install, env=USER_ENVIRONMENT, capture_output=True, check=False).returncode:
            pytest.skip(f"npm can't install {' and '.join(PACKAGES)}")
    return folder


def parse_diagrams(packages: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = ["node", ROOT / "tests" / "template" / "mermaid.mjs", packages, *files]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_mermaid_parses_the_diagrams(rendered: Render, node_packages: Path) -> None:
    files = [rendered(**answers) / "README.md" for answers in DIAGRAMS.values()]
    done = parse_diagrams(node_packages, *files)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split() == [word for file in files for word in (str(file), "flowchart-v2")]


@pytest.mark.slow
def test_mermaid_refuses_a_keyword_as_a_name(node_packages: Path, tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text("```mermaid\nflowchart LR\n  clients --> end\n```\n")
    assert parse_diagrams(node_packages, file).returncode == 1


def test_a_service_without_servers_has_no_diagram(rendered: Render) -> None:
    assert "mermaid" not in (rendered(**ALONE) / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "answers", [{}, ALONE, {**ALONE, "resources": []}, {"database": "mongodb", "auth": "oidc"}]
)
def test_the_structure_lists_what_exists(answers: dict[str, Any], rendered: Render) -> None:
    project = rendered(**answers)
    text = (project / "README.md").read_text(encoding="utf-8")
    table = text.partition("## Project structure\n")[2].partition("\n## ")[0]
    listed = [path for row in re.findall(r"^\|(.*?)\|", table, re.M) for path in re.findall(r"`(.+?)`", row)]
    assert [path for path in listed if not (project / path).exists()] == []
    folders = {each.name for each in project.iterdir() if each.is_dir() and not each.name.startswith(".")}
    assert folders == {path.partition("/")[0] for path in listed}
