"""The settings of editors and of the development container: valid, and consistent with the project."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Render

VARIANTS: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "everything": {
        "auth": "oidc",
        "tracing": "zipkin",
        "deploy": "helm",
        "cloud": "gcp",
        "hooks": "pre-commit",
    },
    "nothing else": {
        "database": "memory",
        "cache": "none",
        "auth": "none",
        "tracing": "none",
        "metrics": "none",
        "deploy": "none",
        "ci": "none",
        "hooks": "none",
    },
}

#: What .editorconfig can't apply to: files of other programs, and texts that show tabs.
GENERATED = ("go.sum", ".json", "LICENSE")


@pytest.fixture(params=VARIANTS)
def project(request: pytest.FixtureRequest, rendered: Render) -> Path:
    return rendered(**VARIANTS[request.param], description='It\'s "100 %" {{ x }} \\n')


def with_comments(path: Path) -> Any:
    """The content of a JSON file whose comments are on lines of their own."""
    return json.loads(re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.M))


def targets(project: Path) -> set[str]:
    text = (project / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^\.PHONY: (.*)", text, re.M))


def made(command: str) -> list[str]:
    """The targets that a command makes."""
    return re.findall(r"\bmake ([a-z-]+)", command)


def test_tasks_make_targets_that_exist(project: Path) -> None:
    tasks = with_comments(project / ".vscode/tasks.json")["tasks"]
    assert {target for task in tasks for target in made(task["command"])} <= targets(project)
    assert sum(isinstance(task.get("group"), dict) for task in tasks) == 2


def test_the_debugger_starts_the_program(project: Path) -> None:
    for each in with_comments(project / ".vscode/launch.json")["configurations"]:
        program = each.get("program", "").replace("${workspaceFolder}", str(project))
        assert "${" in program or Path(program).is_dir()
        if each["request"] == "attach":
            assert f"127.0.0.1:{each['port']}" in (project / "Makefile").read_text(encoding="utf-8")


def test_the_editor_groups_imports_as_the_linter_does(project: Path) -> None:
    settings = with_comments(project / ".vscode/settings.json")
    formatters = yaml.safe_load((project / ".golangci.yml").read_text(encoding="utf-8"))["formatters"]
    assert formatters["settings"]["goimports"]["local-prefixes"] == [settings["gopls"]["formatting.local"]]
    assert ("gofumpt" in formatters["enable"]) == settings["gopls"].get("formatting.gofumpt", False)


def test_the_container_has_the_extensions_that_are_recommended(project: Path) -> None:
    container = with_comments(project / ".devcontainer/devcontainer.json")
    recommended = with_comments(project / ".vscode/extensions.json")["recommendations"]
    assert container["customizations"]["vscode"]["extensions"] == recommended
    assert all(re.fullmatch(r"[a-z-]+\.[a-z-]+", name) for name in recommended)


def test_the_container_prepares_what_make_needs(project: Path) -> None:
    container = with_comments(project / ".devcontainer/devcontainer.json")
    commands = container["postCreateCommand"].values()
    assert {target for command in commands for target in made(command)} <= targets(project)
    assert ("hooks" in targets(project)) == ("hooks" in container["postCreateCommand"])
    assert all(re.search(r":\d+\.\d+\.\d+$", feature) for feature in container["features"])


def test_the_container_forwards_the_ports_of_compose(project: Path) -> None:
    container = with_comments(project / ".devcontainer/devcontainer.json")
    compose = yaml.safe_load((project / "deployments/compose.yaml").read_text(encoding="utf-8"))
    published = {
        int(port.split(":")[1])
        for service in compose["services"].values()
        for port in service.get("ports", ())
    }
    assert set(container["forwardPorts"]) <= published
    assert [str(port) for port in container["forwardPorts"]] == list(container["portsAttributes"])


def test_the_image_of_the_container_has_the_go_of_the_module(project: Path) -> None:
    image = with_comments(project / ".devcontainer/devcontainer.json")["image"]
    version = re.search(r"^go (\d+\.\d+)", (project / "go.mod").read_text(encoding="utf-8"), re.M)
    assert version is not None
    assert f"-{version[1]}-" in image


def test_files_follow_the_settings_of_the_editor(project: Path) -> None:
    for path in (each for each in project.rglob("*") if each.is_file()):
        name, text = path.relative_to(project).as_posix(), path.read_bytes().decode("utf-8")
        assert "\r" not in text, name
        assert text == "" or text.endswith("\n"), name
        if path.suffix != ".md":
            assert re.search(r"[ \t]$", text, re.M) is None, name
        lines = text.splitlines()
        if path.suffix == ".go" or path.name in {"go.mod", "Makefile"}:
            # Comments and raw strings can start with spaces.
            assert not any(re.match(r" +[^ *]", line) for line in lines) or "`" in text, name
        elif not name.endswith(GENERATED):
            # Go in documents is formatted like Go elsewhere.
            rest = re.sub(r"^```go\n.*?^```$", "", text, flags=re.M | re.S)
            assert not any(line.startswith("\t") for line in rest.splitlines()), name
