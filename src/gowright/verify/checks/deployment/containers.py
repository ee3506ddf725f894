"""The container image: how it's built, what it contains, and with which rights it runs."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from shlex import split

from gowright.verify.check import Reads, check
from gowright.verify.checks.conditions import provider
from gowright.verify.children.ports import wait_until
from gowright.verify.harness import settings
from gowright.verify.harness.dockerfile import DOCKERFILE, Dockerfile, Ignored, read_dockerfile
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.images import Builder, find_builder, require_download
from gowright.verify.harness.sandbox import sandboxes
from gowright.verify.harness.settings import read_settings
from gowright.verify.harness.tools import find_tool
from gowright.verify.outcomes import Failed, fail_on

#: Files that can contain secrets. None of them belongs in an image or in the cache of a builder.
_SECRETS = (
    ".env",
    ".git/config",
    "tls.pem",
    "deployments/.env",
    "deployments/terraform/terraform.tfstate",
    "deployments/terraform/environments/production.tfvars",
)
_LABELS = ("title", "description", "source", "version", "revision")
_START_SECONDS = 20.0


@check(
    "dockerfile",
    "hadolint finds nothing, and the image fits the service and the Go of go.mod",
    reads=Reads.DEPLOYMENT,
)
def dockerfile(harness: Harness) -> str:
    """The Dockerfile passes the linter, pins its images, and starts a static program without privileges."""
    root = harness.project.root
    file = read_dockerfile(root / DOCKERFILE)
    _go_version(root, file)
    problems = [
        f"{DOCKERFILE}: {each}" for each in (*_pinned(file), *_built(root, file), *_started(root, file))
    ]
    done = harness.command(find_tool("hadolint"), "--no-color", DOCKERFILE, seconds=60)
    if done.exit_code != 0:
        problems.insert(0, done.output.strip())
    fail_on(problems)
    return ""


def _go_version(root: Path, file: Dockerfile) -> None:
    required = re.search(r"^go (\d+)\.(\d+)", (root / "go.mod").read_text(encoding="utf-8"), re.M)
    for image in file.base_images:
        given = re.search(r"(?:^|/)golang:(\d+)\.(\d+)", image)
        if required and given and _numbers(given) < _numbers(required):
            raise Failed(f"{DOCKERFILE}: {image} is older than Go {'.'.join(required.groups())} in go.mod")


def _pinned(file: Dockerfile) -> Iterator[str]:
    """Two builds of a commit start from the same images."""
    for image in file.base_images:
        if "$" not in image and "@sha256:" not in image:
            yield f"{image} has no digest"


def _built(root: Path, file: Dockerfile) -> Iterator[str]:
    """The program is static, without the paths of the build, and with its version."""
    builds = [
        words for name, text in file.instructions if name == "RUN" and "build" in (words := split(text))
    ]
    for words in builds:
        flags = " ".join(words)
        if "CGO_ENABLED=0" not in words:
            yield "go build without CGO_ENABLED=0: the program can need a C library"
        if "-trimpath" not in words:
            yield "go build without -trimpath: the program contains the paths of the build"
        source = "\n".join(
            path.read_text(encoding="utf-8") for path in (root / "cmd" / "server").glob("*.go")
        )
        variables = re.findall(r"-X main\.(\w+)=", flags)
        if not variables:
            yield "go build sets no version with -X"
        for variable in variables:
            if not re.search(rf"^var {variable}\b", source, re.M):
                yield f"go build sets main.{variable}, which doesn't exist"


def _started(root: Path, file: Dockerfile) -> Iterator[str]:
    """The last stage contains the program that it starts, with the ports and a user that isn't root."""
    last = file.last_stage
    users = [text for name, text in last if name == "USER"]
    # A kubelet compares only numbers with runAsNonRoot.
    if not users or not re.match(r"[1-9]\d*(:|$)", users[-1]):
        yield f"the image runs as {users[-1] if users else 'the user of its base'}: set USER to a number other than 0"
    copied = {split(text)[-1] for name, text in last if name in ("COPY", "ADD")}
    for name, text in last:
        if name in ("ENTRYPOINT", "HEALTHCHECK") and (command := re.search(r"\[.*\]", text)):
            program = json.loads(command[0])[0]
            if program not in copied:
                yield f"{name} runs {program}, which the image does not contain"
    exposed = {int(port) for name, text in last if name == "EXPOSE" for port in re.findall(r"\d+", text)}
    listening = set(settings.ports(read_settings(root), {"APP_ENV": "production"}).values())
    if listening and exposed != listening:
        yield f"the image exposes {sorted(exposed)}, but the service listens on {sorted(listening)}"


def _numbers(match: re.Match[str]) -> tuple[int, ...]:
    return tuple(int(group) for group in match.groups())


@check(
    "build-context",
    "the image builds from all files that it needs, and gets no secrets",
    reads=Reads.DEPLOYMENT,
)
def build_context(harness: Harness) -> str:
    """.dockerignore lets through all files that the program is compiled from, and no file with secrets."""
    path = harness.project.root / ".dockerignore"
    if not path.exists():
        raise Failed("without .dockerignore, a build gets all files, including .env and .git")
    ignored = Ignored(path.read_text(encoding="utf-8"))
    if leaked := [name for name in _SECRETS if name not in ignored]:
        raise Failed(f".dockerignore: a build gets {', '.join(leaked)}")
    needed = sorted(_compiled(harness))
    if missing := [name for name in needed if name in ignored]:
        raise Failed(f".dockerignore: the program needs {', '.join(missing)}, which a build does not get")
    return f"{len(needed)} files"


def _compiled(harness: Harness) -> Iterator[str]:
    """The files of the project that the program is compiled from."""
    yield from ("go.mod", "go.sum")
    fields = "Dir,GoFiles,EmbedFiles,Module"
    done = harness.command(harness.go.binary, "list", "-deps", f"-json={fields}", "./cmd/server")
    if done.exit_code != 0:
        raise Failed(f"go list:\n{done.output}")
    # Go writes about downloads before.
    decoder, text = json.JSONDecoder(), done.output[done.output.find("{") :]
    while text:
        package, end = decoder.raw_decode(text)
        text = text[end:].lstrip()
        if package.get("Module", {}).get("Main"):
            folder = Path(package["Dir"]).relative_to(harness.project.root)
            for name in (*package.get("GoFiles", ()), *package.get("EmbedFiles", ())):
                yield (folder / name).as_posix()


@check("unprivileged", "the service runs as an unprivileged user that can't write any file")
def unprivileged(harness: Harness) -> str:
    """As in the image: a static program, without other files, temporary folders, and write permission."""
    sandbox = next(each for each in sandboxes(harness.processes, harness.program) if each.works())
    env = {"HTTP_ADDR": "127.0.0.1:0", "ADMIN_ADDR": "127.0.0.1:0"}
    with harness.run_service(env=env, program=sandbox.program, arguments=sandbox.arguments) as running:
        running.anonymous.call("GET", "/livez", 200)
        # Without a provider, nobody can sign in.
        for resource in () if provider(harness.project) else running.resources:
            running.create(resource)
        code = running.process.stop()
    if code != 0:
        raise Failed(f"the service exited with code {code}:\n{running.process.tail()}")
    return sandbox.description


@check(
    "image", "the container image builds and runs without privileges", reads=Reads.DEPLOYMENT, optional=True
)
def image(harness: Harness) -> str:
    """The image is built by the builder of this machine, and serves without privileges."""
    root = harness.project.root
    builder = find_builder(harness.processes)
    file = read_dockerfile(root / DOCKERFILE)
    for url in file.downloads:
        require_download(url)
    for base in file.base_images:
        if "$" not in base:
            builder.pull(base)
    version = f"v0.0.0-{secrets.token_hex(4)}"
    tag = f"localhost/{harness.project.name}:{version}"
    builder.build(root, tag, {"VERSION": version, "REVISION": version})
    try:
        _configured(builder, tag, root, version)
        done = builder.run(tag, "version")
        if done.exit_code != 0 or version not in done.output:
            raise Failed(f"server version does not print {version}: {done.output}")
        if builder.run(tag, "-c", "true", entrypoint="/bin/sh").exit_code == 0:
            raise Failed("the image contains a shell")
        _serves(builder, tag)
    finally:
        builder.remove(tag)
    return f"built by {builder.program.name}"


def _configured(builder: Builder, tag: str, root: Path, version: str) -> None:
    """The configuration of the image is complete and fits the service."""
    config = builder.config(tag)
    # A kubelet compares only numbers with runAsNonRoot.
    if not re.match(r"[1-9]\d*", config.user):
        raise Failed(f"the image runs as {config.user or 'root'}: set USER to a number other than 0")
    listening = set(settings.ports(read_settings(root), {"APP_ENV": "production"}).values())
    if listening and config.ports != listening:
        raise Failed(
            f"the image exposes {sorted(config.ports)}, but the service listens on {sorted(listening)}"
        )
    prefix = "org.opencontainers.image."
    if missing := [name for name in _LABELS if not config.labels.get(prefix + name)]:
        raise Failed(f"the image has no label {prefix}{missing[0]}")
    if config.labels[f"{prefix}version"] != version:
        raise Failed(f"the label {prefix}version is {config.labels[f'{prefix}version']}, not {version}")


def _serves(builder: Builder, tag: str) -> None:
    """The service in the container answers its own health check."""
    healthcheck = [*builder.config(tag).entrypoint, "healthcheck"]
    with builder.serve(tag, {"APP_ENV": "development"}) as execute:
        if not wait_until(lambda: execute(healthcheck).exit_code == 0, _START_SECONDS, 0.2):
            raise Failed(f"the container is not healthy: {execute(healthcheck).output}")
