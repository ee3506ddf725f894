"""The check of the Compose file passes as generated, and finds each inconsistency."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gowright.model.project import read_project
from gowright.verify.checks.deployment.compose import compose
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.processes import Processes
from gowright.verify.harness.compose import COMPOSE_FILE, Mount, Port, Service
from gowright.verify.harness.harness import Harness
from gowright.verify.outcomes import Failed
from tests.conftest import Render

pytestmark = pytest.mark.slow

VARIANTS: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "mongodb, an OpenID provider, and Zipkin": {"database": "mongodb", "auth": "oidc", "tracing": "zipkin"},
    "nothing else": {"database": "memory", "cache": "none", "auth": "none", "tracing": "none"},
}

#: What is replaced in the file of the defaults by what, and the finding.
FAULTS = {
    "an unknown key": ("mem_limit: 512m", "memory_limit: 512m", "memory_limit"),
    "no YAML": ("services:", "services: [", "parse"),
    "a variable that nothing reads": ("DATABASE_URL:", "DATABASE_URI:", "sets DATABASE_URI, which the service"),
    "another listener": ('":9090"', '":9099"', "publishes port 9090, but the service listens on"),
    "another port": (":8080:8080", ":8080:8081", "publishes port 8081, but"),
    "a host that is no service": ("@postgres:", "@postgresql:", "DATABASE_URL: postgresql is no service"),
    "a port that its host doesn't have": ("redis:6379/", "redis:6380/", "redis does not publish port 6380"),
    "a host that is the container": ("//jaeger:", "//localhost:", "no service shares its network"),
    "a missing dependency": ("      redis:\n", "      cache:\n", "depends_on names cache"),
    "a dependency without a health check": (
        'healthcheck:\n      test: ["CMD", "redis-cli", "ping"]',
        'x-healthcheck:\n      test: ["CMD", "redis-cli", "ping"]',
        "waits until redis is healthy, but redis has no healthcheck",
    ),
    "a port for all networks": ("127.0.0.1:6379:6379", "6379:6379", "redis: publishes port 6379 on all networks"),
    "a dependency that only starts": ("redis:\n        condition: service_healthy", "redis:\n        condition: service_started", "doesn't wait until redis is healthy"),
    "another password": ("//app:app@postgres", "//app:secret@postgres", "the password is secret, and postgres has app"),
    "an undeclared volume": ("- postgres:/var", "- data:/var", "mounts the volume data, which is not declared"),
    "an unused volume": ("volumes:\n  postgres:", "volumes:\n  postgres:\n  data:", "no service mounts data"),
    "a port of two services": (":6379:6379", ":5432:6379", "publishes port 5432, as postgres does"),
    "a moving image": ("image: redis:8.10.2@sha256", "image: redis # ", "redis: the image has no tag"),
    "an unknown build argument": ("[VERSION, REVISION]", "[VERSION, COMMIT]", "COMMIT is not an ARG"),
    "a writable filesystem": ("read_only: true", "read_only: false", "set read_only"),
    "capabilities": ("cap_drop: [ALL]", "cap_drop: [NET_RAW]", "set cap_drop"),
    "new privileges": ('["no-new-privileges:true"]\n    mem_limit: 512m\n    # SHUT', "[]\n    # SHUT", "security_opt"),
    "too little time to stop": ("stop_grace_period: 35s", "stop_grace_period: 15s", "can take 20 s"),
}  # fmt: skip


@pytest.fixture
def harness_of(tmp_path: Path) -> Iterator[Callable[..., Harness]]:
    """Make a harness for a project whose program exits with a code."""
    with Processes() as processes:

        def make(project: Path, exit_code: int = 1, says: str = "") -> Harness:
            program = tmp_path / "program"
            program.write_text(f"#!/bin/sh\necho '{says}' $HTTP_ADDR $ADMIN_ADDR\nexit {exit_code}\n")
            program.chmod(0o755)
            harness = Harness(read_project(project), Go(Path("/usr"), (1, 26)), processes)
            harness.__dict__["_made"] = {"program": program}
            return harness

        yield make


@pytest.fixture
def shop(rendered: Render, tmp_path: Path) -> Path:
    """A project with the defaults, which a test may change."""
    return shutil.copytree(rendered(), tmp_path / "shop")


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_generated_file_is_consistent(
    variant: str, rendered: Render, harness_of: Callable[..., Harness]
) -> None:
    assert compose.run(harness_of(rendered(**VARIANTS[variant]))).endswith("services")


@pytest.mark.parametrize("name", ["yes", "null", "a1", "x" * 50])
def test_the_file_is_valid_for_any_project_name(
    name: str, rendered: Render, harness_of: Callable[..., Harness]
) -> None:
    compose.run(harness_of(rendered(project_name=name, auth="oidc", tracing="zipkin")))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str, shop: Path, harness_of: Callable[..., Harness]) -> None:
    there, instead, finding = FAULTS[fault]
    file = shop / COMPOSE_FILE
    text = file.read_text(encoding="utf-8")
    assert there in text
    file.write_text(text.replace(there, instead, 1), encoding="utf-8")
    with pytest.raises(Failed) as failed:
        compose.run(harness_of(shop))
    assert finding in failed.value.detail


def test_a_missing_file_is_found(shop: Path, harness_of: Callable[..., Harness]) -> None:
    (shop / "deployments" / "Dockerfile").rename(shop / "Dockerfile")
    with pytest.raises(Failed, match="Dockerfile: No such file"):
        compose.run(harness_of(shop))


def test_a_missing_mount_is_found(
    rendered: Render, tmp_path: Path, harness_of: Callable[..., Harness]
) -> None:
    shop = shutil.copytree(rendered(auth="oidc"), tmp_path / "shop")
    (shop / "deployments" / "keycloak.json").unlink()
    with pytest.raises(Failed, match=r"keycloak: mounts ./keycloak.json, which does not exist"):
        compose.run(harness_of(shop))


def test_a_file_without_a_volume_is_found(
    rendered: Render, tmp_path: Path, harness_of: Callable[..., Harness]
) -> None:
    shop = shutil.copytree(rendered(database="sqlite", cache="none", tracing="none"), tmp_path / "shop")
    compose.run(harness_of(shop))
    file = shop / COMPOSE_FILE
    file.write_text(
        file.read_text(encoding="utf-8").replace("data:/data", "data:/database"), encoding="utf-8"
    )
    with pytest.raises(Failed, match=r"SQLITE_PATH: no volume is mounted at /data/shop\.db"):
        compose.run(harness_of(shop))


def test_values_that_the_service_refuses_are_found(shop: Path, harness_of: Callable[..., Harness]) -> None:
    with pytest.raises(Failed, match="server: REDIS_URL: must look like"):
        compose.run(harness_of(shop, exit_code=2, says="REDIS_URL: must look like"))


def test_the_service_gets_the_environment_of_the_file(shop: Path, harness_of: Callable[..., Harness]) -> None:
    with pytest.raises(Failed, match=r":9090$"):
        compose.run(harness_of(shop, exit_code=2))


def test_the_short_and_the_long_syntax_are_read() -> None:
    service = Service(
        "web",
        {
            "build": ".",
            "environment": ["A=b=c", "D"],
            "ports": ["80", "8080:80/udp", "127.0.0.1:1:2", {"target": 3, "published": 4, "host_ip": "::1"}],
            "volumes": [
                "/anonymous",
                "data:/data:ro",
                "./x:/x",
                {"type": "bind", "source": "../y", "target": "/y"},
                {"type": "tmpfs", "target": "/z"},
            ],
            "depends_on": ["db"],
            "network_mode": "service:proxy",
        },
    )
    assert service.build == {"context": "."}
    assert service.environment == {"A": "b=c", "D": ""}
    assert service.ports == (Port(80), Port(80, "8080"), Port(2, "1", "127.0.0.1"), Port(3, "4", "::1"))
    assert service.mounts == (Mount("data", "/data"), Mount("./x", "/x"), Mount("../y", "/y"))
    assert [mount.is_path for mount in service.mounts] == [False, True, True]
    assert service.dependencies == {"db": "service_started"}
    assert service.shares_network_of == "proxy"
