"""The targets of a generated Makefile, with fake programs that print how they were called."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Render
from tests.helpers import build_tree

VARIANTS: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "mongodb and an OpenID provider": {"database": "mongodb", "auth": "oidc", "tracing": "zipkin"},
    "GORM without a cache": {"database": "postgres-gorm", "cache": "none", "tracing": "none"},
    "nothing else": {"database": "memory", "cache": "none", "auth": "none", "tracing": "none"},
}

#: Prints its arguments and a few environment variables.
PROGRAM = """\
#!/bin/sh
echo "$(basename "$0") $*"
for name in DATABASE_URL LOG_LEVEL VERSION REVISION; do eval "echo \\"$name=\\${$name-}\\""; done
"""


def copy_of(project: Path, into: Path) -> Path:
    """A project that a test may change, without its Go packages."""
    packages = shutil.ignore_patterns("api", "cmd", "internal", "migrations", "pkg", "test")
    return shutil.copytree(project, into / "shop", ignore=packages)


@pytest.fixture(params=VARIANTS)
def project(request: pytest.FixtureRequest, rendered: Render, tmp_path: Path) -> Path:
    return copy_of(rendered(**VARIANTS[request.param]), tmp_path)


@pytest.fixture
def shop(rendered: Render, tmp_path: Path) -> Path:
    """A project with the defaults."""
    return copy_of(rendered(), tmp_path)


def make(project: Path, *arguments: str, **environment: str) -> str:
    """The output of a target of the project, with fake go and docker programs."""
    programs = build_tree(project.parent / "bin", {"go": PROGRAM, "docker": PROGRAM})
    for program in programs.iterdir():
        program.chmod(0o755)
    kept = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": os.environ["HOME"]}
    done = subprocess.run(
        ["make", *arguments], cwd=project, env=kept | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def targets(project: Path) -> set[str]:
    return set(re.findall(r"^  ([a-z0-9-]+) ", make(project, "help"), re.M))


def services(project: Path) -> dict[str, Any]:
    text = (project / "deployments" / "compose.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text)["services"])


@pytest.mark.parametrize("target", ["run", "debug", "migrate", "migrate-status", "migrate-down"])
def test_targets_that_start_the_program_read_the_local_settings(shop: Path, target: str) -> None:
    url = "postgres://a:$b@c/d?sslmode=disable&pool_max_conns=3"
    build_tree(shop, {".env": f"DATABASE_URL='{url}'\nLOG_LEVEL=debug\n"})
    output = make(shop, target)
    assert output.startswith("go run ")
    assert f"DATABASE_URL={url}\n" in output
    assert "LOG_LEVEL=debug\n" in output


@pytest.mark.parametrize("value", ["postgres://given", 'it\'s "$1" & more\nthan a line', ""])
def test_the_environment_overrides_the_local_settings(shop: Path, value: str) -> None:
    build_tree(shop, {".env": "DATABASE_URL=postgres://local\nLOG_LEVEL=debug\n"})
    output = make(shop, "run", DATABASE_URL=value)
    assert f"DATABASE_URL={value}\n" in output
    assert "LOG_LEVEL=debug\n" in output


def test_without_local_settings_the_program_starts(shop: Path) -> None:
    assert make(shop, "run").startswith("go run ./cmd/server\n")


@pytest.mark.parametrize("target", ["up", "docker-build", "image"])
def test_an_image_has_a_version_and_a_revision(shop: Path, target: str) -> None:
    output = make(shop, target, VERSION="v5", REVISION="abc")
    assert services(shop)["server"]["build"]["args"] == ["VERSION", "REVISION"]
    for variable in ("VERSION=v5", "REVISION=abc"):
        assert re.search(rf"\b{variable}\b", output)


def test_the_image_for_all_platforms_has_an_sbom_and_provenance(shop: Path) -> None:
    words = re.findall(r"^docker (.*)", make(shop, "image", IMAGE_OUTPUT="type=registry"), re.M)[-1].split()
    assert words[:2] == ["buildx", "build"]
    assert {
        "--platform=linux/amd64,linux/arm64",
        "--sbom=true",
        "--provenance=mode=max",
        "--output=type=registry",
    } <= set(words)


def test_an_installed_hadolint_goes_before_its_image(shop: Path, tmp_path: Path) -> None:
    build_tree(tmp_path / "bin", {"hadolint": PROGRAM})
    assert "\nhadolint -\n" in make(shop, "docker-lint")


def test_the_dependencies_start_without_the_service(project: Path) -> None:
    there = services(project)
    if not there.keys() - {"server", "prometheus", "grafana"}:
        assert "deps" not in targets(project)
        return
    words = re.findall(r"^docker (.*)", make(project, "deps"), re.M)[-1].split()
    asked = set(words) & there.keys()
    started: set[str] = set()
    while asked:
        name = asked.pop()
        started.add(name)
        shared = there[name].get("network_mode", "").partition("service:")[2]
        asked |= ({*there[name].get("depends_on", {}), shared} & there.keys()) - started
    assert "server" not in started
    assert there["server"].get("depends_on", {}).keys() <= started

    readme = (project / "README.md").read_text(encoding="utf-8")
    block = re.search(r"`make deps`.*?```sh\n(.*?)```", readme, re.S)
    assert block is not None
    wanted = set(re.findall(r"(?:localhost):(\d+)", block[1]))
    published = {port.split(":")[1] for name in started for port in there[name]["ports"]}
    assert wanted <= published
    assert not published & {"8080", "9090"}, "the service on the same machine needs these"


def test_the_settings_of_the_example_are_shell(project: Path) -> None:
    text = (project / ".env.example").read_text(encoding="utf-8")
    build_tree(project, {".env": re.sub(r"^#(?=[A-Z_]+=)", "", text, flags=re.M)})
    assert "LOG_LEVEL=info\n" in make(project, "run")


def test_every_target_has_help(project: Path) -> None:
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    assert targets(project) == set(re.findall(r"^\.PHONY: (.*)", makefile, re.M))
    assert "help" in targets(project)
