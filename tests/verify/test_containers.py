"""The checks of the Dockerfile and of the image pass as generated, and find each fault."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gowright.model.project import read_project
from gowright.verify.checks.deployment import containers
from gowright.verify.children import go_toolchain
from gowright.verify.children.processes import Processes
from gowright.verify.harness import sandbox
from gowright.verify.harness.dockerfile import DOCKERFILE, Ignored, read_dockerfile
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.images import find_builder
from gowright.verify.outcomes import Failed, Skipped
from tests.conftest import USER_ENVIRONMENT, Render
from tests.helpers import build_tree

MINIMAL = {
    "database": "memory",
    "cache": "none",
    "auth": "none",
    "logger": "slog",
    "tracing": "none",
    "metrics": "none",
}
HOSTILE = 'It\'s "100 %" & <b>ready</b>: {{ x }} ${HOME} `id` # é \\n \\" end\\'


@pytest.fixture
def harness_of() -> Iterator[Callable[[Path], Harness]]:
    go = go_toolchain.find()
    if go is None:
        pytest.skip("no Go")
    with Processes() as processes:
        yield lambda project: Harness(read_project(project), go, processes)


@pytest.fixture
def shop(rendered: Render, tmp_path: Path) -> Path:
    """A small project, which a test may change."""
    return shutil.copytree(rendered(**MINIMAL), tmp_path / "shop")


def replace(file: Path, there: str, instead: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert re.search(there, text), there
    file.write_text(re.sub(there, instead, text, count=1), encoding="utf-8")


def finding(check: Any, harness: Harness) -> str:
    with pytest.raises(Failed) as failed:
        check.run(harness)
    return failed.value.detail


@pytest.mark.parametrize("description", ["A service.", HOSTILE])
def test_hadolint_finds_nothing(
    description: str, rendered: Render, harness_of: Callable[[Path], Harness]
) -> None:
    project = rendered(
        **MINIMAL, description=description, license="apache", module_path="github.com/a/shop/v2"
    )
    containers.dockerfile.run(harness_of(project))
    text = (project / DOCKERFILE).read_text(encoding="utf-8")
    assert 'source="https://github.com/a/shop" ' in text
    assert 'licenses="Apache-2.0" ' in text


@pytest.mark.parametrize(
    ("there", "instead", "expected"),
    [
        ("USER 65532:65532", "USER root", "DL3002"),
        ("USER 65532:65532", "USER nonroot", "runs as nonroot: set USER to a number"),
        ("USER 65532:65532", "USER 0:0", "runs as 0:0"),
        ("USER 65532:65532\n", "", "runs as the user of its base"),
        (r"CMD \[.*", "CMD /server", "DL3025"),
        (r"FROM gcr\S+", "FROM debian", "DL3006"),
        (r"nonroot@sha256:\w+", "nonroot", "nonroot has no digest"),
        ("CGO_ENABLED=0 ", "", "without CGO_ENABLED=0"),
        ("-trimpath ", "", "without -trimpath"),
        (r"main\.version=", "main.release=", "main.release, which doesn't exist"),
        (r" -X \S+\"", '"', "sets no version"),
        (r"ENTRYPOINT .*", 'ENTRYPOINT ["/shop"]', "ENTRYPOINT runs /shop, which the image does not contain"),
        (r"CMD \[\"/server", 'CMD ["/bin/server', "HEALTHCHECK runs /bin/server"),
        (r"EXPOSE 8080", "EXPOSE 80", "the image exposes"),
        (r"golang:1\.\d+", "golang:1.25", "is older than Go 1.26 in go.mod"),
        ("FROM gcr", "FRM gcr", "unexpected"),
    ],
)
def test_a_fault_in_the_dockerfile_is_found(
    there: str, instead: str, expected: str, shop: Path, harness_of: Callable[[Path], Harness]
) -> None:
    replace(shop / DOCKERFILE, there, instead)
    assert expected in finding(containers.dockerfile, harness_of(shop))


def test_the_stages_and_arguments_of_a_dockerfile_are_read(tmp_path: Path) -> None:
    text = """\
# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM golang:1.26@sha256:0 AS build
ARG A B=2
RUN one \\
    # a comment
    two
FROM build AS more
FROM scratch
ADD --chmod=444 https://example.com/more.pem local.pem /
FROM debian:13
"""
    file = read_dockerfile(build_tree(tmp_path, {"Dockerfile": text}) / "Dockerfile")
    assert file.base_images == ("golang:1.26@sha256:0", "debian:13")
    assert file.arguments == {"A", "B"}
    assert file.downloads == ("https://example.com/more.pem",)
    assert ("RUN", "one two") in file.instructions


@pytest.mark.go
@pytest.mark.usefixtures("go_caches")
@pytest.mark.parametrize("answers", [MINIMAL, {}])
def test_the_build_gets_what_it_needs_and_no_secrets(
    answers: dict[str, Any], rendered: Render, harness_of: Callable[[Path], Harness]
) -> None:
    assert containers.build_context.run(harness_of(rendered(**answers))).endswith("files")


@pytest.mark.go
@pytest.mark.usefixtures("go_caches")
@pytest.mark.parametrize(
    ("there", "instead", "expected"),
    [
        ("!internal/\n", "", "the program needs internal/"),
        ("!api/\n", "", "api/openapi.yaml"),
        ("!go.sum\n", "", "needs go.sum"),
        (r"\*\n", "docs\n", "a build gets tls.pem"),
        (r"!api/\n", "!api/\n!deployments/\n", "a build gets deployments/terraform/terraform.tfstate"),
    ],
)
def test_a_fault_in_the_build_context_is_found(
    there: str, instead: str, expected: str, shop: Path, harness_of: Callable[[Path], Harness]
) -> None:
    replace(shop / ".dockerignore", f"(?m)^{there}", instead)
    assert expected in finding(containers.build_context, harness_of(shop))


def test_a_project_without_dockerignore_is_refused(shop: Path, harness_of: Callable[[Path], Harness]) -> None:
    (shop / ".dockerignore").unlink()
    assert "gets all files" in finding(containers.build_context, harness_of(shop))


def test_the_last_pattern_of_a_dockerignore_decides() -> None:
    ignored = Ignored(
        "# a comment\n\n*\n!cmd/\n!go.*\n/pkg\n**/*_test.go\n!keep_test.go\n**/.?nv\na/**/z\n!a\n"
    )
    assert "README.md" in ignored
    assert "docs/x" in ignored
    assert "cmd/server/main.go" not in ignored
    assert "go.mod" not in ignored
    assert "cmd/server/main_test.go" in ignored
    assert "keep_test.go" not in ignored
    assert "cmd/.env" in ignored
    assert "a/b/c" not in ignored


@pytest.mark.go
@pytest.mark.usefixtures("go_caches")
def test_a_service_that_needs_no_rights_passes(shop: Path, harness_of: Callable[[Path], Harness]) -> None:
    assert containers.unprivileged.run(harness_of(shop))


@pytest.mark.go
@pytest.mark.usefixtures("go_caches")
def test_each_sandbox_that_works_refuses_to_write(shop: Path, harness_of: Callable[[Path], Harness]) -> None:
    harness = harness_of(shop)
    build_tree(
        shop, {"cmd/server/main.go": 'package main\n\nimport "os"\n\nfunc main() {\n' + WRITES + "}\n"}
    )
    for other in (shop / "cmd/server").glob("*.go"):
        if other.name != "main.go":
            other.unlink()
    program = harness.build("writes")
    tried = list(sandbox.sandboxes(harness.processes, program))
    for each in (each for each in tried[:-1] if each.works()):
        done = harness.processes.run([each.program, *each.arguments, "try"], env={})
        assert (done.exit_code, done.output.strip()) == (0, "refused refused"), each.description


WRITES = """\
	for _, name := range []string{"file", os.TempDir() + "/file"} {
		if _, err := os.Create(name); err == nil {
			os.Exit(3)
		}
	}
	if len(os.Args) > 1 && os.Args[1] == "try" {
		os.Stdout.WriteString("refused refused\\n")
	}
"""


@pytest.mark.go
@pytest.mark.usefixtures("go_caches")
def test_a_service_that_writes_a_file_is_found(shop: Path, harness_of: Callable[[Path], Harness]) -> None:
    replace(
        shop / "cmd/server/command.go",
        r"(log := p\.logger\(cfg\.Log\))\n",
        r'\1\n\tif file, err := os.CreateTemp("", "x"); err != nil {\n\t\treturn err\n\t} else {\n\t\t_ = file.Close()\n\t}\n',
    )
    replace(shop / "cmd/server/command.go", r'\t"context"\n', '\t"context"\n\t"os"\n')
    if not next(sandboxes_of(harness_of(shop))).works():
        pytest.skip("this machine has neither root rights nor user namespaces")
    assert "the service exited with code 1" in finding(containers.unprivileged, harness_of(shop))


def sandboxes_of(harness: Harness) -> Iterator[sandbox.Sandbox]:
    return sandbox.sandboxes(harness.processes, harness.build("probe"))


def test_without_a_builder_the_image_is_not_built(
    shop: Path, harness_of: Callable[[Path], Harness], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    harness = harness_of(shop)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Skipped, match="docker, podman and buildah are not on PATH"):
        containers.image.run(harness)
    programs = build_tree(tmp_path / "bin", {"docker": "#!/bin/sh\necho no daemon\nexit 1\n"})
    (programs / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(Skipped, match="docker: no daemon"):
        containers.image.run(harness)


#: What is replaced in the Dockerfile, and the finding.
IMAGE_FAULTS = {
    "the root user": ("USER 65532:65532", "USER 0", "runs as 0"),
    "a user by name": ("USER 65532:65532", "USER nonroot", "runs as nonroot"),
    "a missing port": ("EXPOSE 8080 9090", "EXPOSE 8080", "exposes [8080], but"),
    "no description": (
        "image.description=",
        "image.documentation=",
        "no label org.opencontainers.image.desc",
    ),
    "a fixed version": ('image.version="[^"]*"', 'image.version="v1"', "is v1, not"),
    "another variable for the version": ("main.version=", "main.Version=", "does not print"),
    "a shell": (r"FROM gcr.io\S+", "FROM golang:1.26.8", "contains a shell"),
    "a service that does not start": (
        "ENV APP_ENV=production",
        "ENV APP_ENV=production TLS_CERT_FILE=x",
        "not healthy",
    ),
    "a command that fails": ("RUN (.*)go mod download", r"RUN \1go mod nothing", "unknown command"),
}


#: The stand-in for the image of Go. The toolchain and its caches are mounted.
GO_IMAGE = """\
FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
ENV PATH=/usr/local/go/bin:/bin GOTOOLCHAIN=local GOMODCACHE=/modules GOCACHE=/cache GOFLAGS=-mod=mod TMPDIR=/
"""

CONFIGURATION = """\
[containers]
volumes = ["{root}:/usr/local/go:ro", "{GOMODCACHE}:/modules", "{GOCACHE}:/cache", "/etc/ssl/certs:/etc/ssl/certs:ro"]
"""

STORAGE = """\
[storage]
driver = "vfs"
runroot = "{folder}/run"
graphroot = "{folder}/graph"
"""


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Local images with the names of the base images: one with the Go of this machine, and an empty one."""
    if missing := [name for name in ("buildah", "busybox") if shutil.which(name) is None]:
        pytest.skip(f"{missing[0]} is not on PATH")
    go = go_toolchain.find()
    assert go is not None
    asked = subprocess.run(
        [go.binary, "env", "-json", "GOMODCACHE", "GOCACHE"],
        env=USER_ENVIRONMENT,
        capture_output=True,
        check=True,
    )
    folder = tmp_path_factory.mktemp("buildah")
    files = {
        "storage.conf": STORAGE.format(folder=folder),
        "containers.conf": CONFIGURATION.format(root=go.root, **json.loads(asked.stdout)),
        "go/Dockerfile": GO_IMAGE,
        "runtime/Dockerfile": "FROM scratch\nUSER 65532\n",
        "bin/empty": "",
    }
    build_tree(folder, files)
    shutil.copy(str(shutil.which("busybox")), folder / "go")
    # Only buildah, even if Docker works here.
    (folder / "bin" / "buildah").symlink_to(str(shutil.which("buildah")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTAINERS_STORAGE_CONF", str(folder / "storage.conf"))
        patch.setenv("CONTAINERS_CONF", str(folder / "containers.conf"))
        patch.setenv("BUILDAH_ISOLATION", "chroot")
        patch.setenv("PATH", str(folder / "bin"))
        for name, context in (
            ("golang:1.26.8", "go"),
            ("gcr.io/distroless/static-debian13:nonroot", "runtime"),
        ):
            command = ["buildah", "build", "--quiet", f"--tag={name}", str(folder / context)]
            subprocess.run(command, capture_output=True, check=True)
        yield


def unpinned(project: Path) -> Path:
    """The project with base images by tag: nothing local has the digests of the real ones."""
    file = project / DOCKERFILE
    file.write_text(re.sub(r"(?m)^(FROM .*)@sha256:\w+", r"\1", file.read_text(encoding="utf-8")))
    return project


@pytest.mark.proof
@pytest.mark.usefixtures("stand_ins")
def test_the_image_is_built_and_serves(
    rendered: Render, tmp_path: Path, harness_of: Callable[[Path], Harness]
) -> None:
    project = shutil.copytree(rendered(**MINIMAL, description=HOSTILE), tmp_path / "shop")
    assert containers.image.run(harness_of(unpinned(project))) == "built by buildah"


@pytest.mark.proof
@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize("fault", IMAGE_FAULTS)
def test_a_fault_in_the_image_is_found(
    fault: str, shop: Path, harness_of: Callable[[Path], Harness], monkeypatch: pytest.MonkeyPatch
) -> None:
    there, instead, expected = IMAGE_FAULTS[fault]
    monkeypatch.setattr(containers, "_START_SECONDS", 2.0)
    replace(unpinned(shop) / DOCKERFILE, there, instead)
    assert expected in finding(containers.image, harness_of(shop))


@pytest.mark.proof
@pytest.mark.usefixtures("stand_ins")
def test_a_base_image_that_cannot_be_downloaded_skips_the_check(
    shop: Path, harness_of: Callable[[Path], Harness]
) -> None:
    replace(unpinned(shop) / DOCKERFILE, "FROM gcr.io", "FROM registry.invalid")
    with pytest.raises(Skipped, match=r"buildah cannot get registry\.invalid"):
        containers.image.run(harness_of(shop))


@pytest.mark.proof
@pytest.mark.usefixtures("stand_ins")
def test_a_file_that_cannot_be_downloaded_skips_the_check(
    shop: Path, harness_of: Callable[[Path], Harness]
) -> None:
    replace(unpinned(shop) / DOCKERFILE, "FROM gcr.io", "ADD https://registry.invalid/x.pem /\nFROM gcr.io")
    with pytest.raises(Skipped, match=r"cannot get https://registry\.invalid/x\.pem"):
        containers.image.run(harness_of(shop))


@pytest.mark.proof
@pytest.mark.usefixtures("stand_ins")
def test_images_are_removed(shop: Path, harness_of: Callable[[Path], Harness]) -> None:
    harness = harness_of(unpinned(shop))
    containers.image.run(harness)
    listed = find_builder(harness.processes).command("images", "--format={{.Name}}")
    assert "localhost/shop" not in listed.output
