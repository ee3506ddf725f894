"""Container images: builds them with a tool of this machine, and runs them without privileges."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import httpx
from typing_extensions import override

from gowright.verify.children.ports import LOOPBACK, free_port
from gowright.verify.children.processes import Finished, Processes
from gowright.verify.harness.dockerfile import DOCKERFILE
from gowright.verify.outcomes import Failed, Skipped

_PULL_SECONDS = 300.0
_BUILD_SECONDS = 1200.0
_RUN_SECONDS = 60.0
_PROBE_SECONDS = 20.0
_DOWNLOAD_SECONDS = 10.0

#: Runs a command in a container.
Execute = Callable[[Sequence[str]], Finished]


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration of an image."""

    user: str
    entrypoint: tuple[str, ...]
    ports: frozenset[int]
    labels: Mapping[str, str]


class Builder(ABC):
    """A program that builds and runs images.

    Args:
        program: its path.
        processes: the processes of the run.
    """

    #: Commands that succeed if the program works on this machine.
    probes: ClassVar[tuple[str, ...]] = ("info",)

    def __init__(self, program: Path, processes: Processes) -> None:
        self.program = program
        self._processes = processes

    def unusable(self) -> str:
        """Return why it doesn't work on this machine, or an empty string."""
        for probe in self.probes:
            done = self.command(*probe.split(), seconds=_PROBE_SECONDS)
            if done.exit_code != 0:
                return _last_line(done)
        return ""

    @abstractmethod
    def has(self, image: str) -> bool:
        """Report whether an image is on this machine."""

    @abstractmethod
    def config(self, image: str) -> Config:
        """The configuration of an image on this machine."""

    @abstractmethod
    def run(self, image: str, *arguments: str, entrypoint: str = "") -> Finished:
        """Run an image once, without privileges."""

    @abstractmethod
    def serve(self, image: str, env: Mapping[str, str]) -> contextlib.AbstractContextManager[Execute]:
        """Run an image in the background. The value runs commands in its container."""

    @abstractmethod
    def remove(self, image: str) -> None:
        """Remove an image."""

    def pull(self, image: str) -> None:
        """Get an image, if it isn't on this machine.

        Raises:
            Skipped: if it can't be downloaded.
        """
        if not self.has(image):
            done = self.command("pull", image, seconds=_PULL_SECONDS)
            if done.exit_code != 0:
                raise Skipped(f"{self.program.name} cannot get {image}: {_last_line(done)}")

    def build(self, project: Path, tag: str, arguments: Mapping[str, str]) -> None:
        """Build the image of a project.

        Raises:
            Failed: if it doesn't build.
        """
        given = [f"--build-arg={name}={value}" for name, value in arguments.items()]
        done = self.command(
            "build", *given, f"--file={project / DOCKERFILE}", f"--tag={tag}", project, seconds=_BUILD_SECONDS
        )
        if done.exit_code != 0:
            raise Failed(f"{self.program.name} build:\n{done.output[-4000:]}")

    def command(self, *arguments: str | Path, seconds: float = _RUN_SECONDS) -> Finished:
        """Run the program."""
        return self._processes.run([self.program, *arguments], env=self._environment(), seconds=seconds)

    def _environment(self) -> dict[str, str]:
        return dict(os.environ)

    def inspect(self, *arguments: str) -> dict[str, Any]:
        """The JSON object, or the first one, that a command prints.

        Raises:
            Failed: if the command fails.
        """
        done = self.command(*arguments)
        if done.exit_code != 0:
            raise Failed(f"{self.program.name} {' '.join(arguments)}: {_last_line(done)}")
        # Warnings can precede it.
        start = re.search(r"^[\[{]", done.output, re.M)
        found = json.loads(done.output[start.start() :] if start else done.output)
        return dict(found[0] if isinstance(found, list) else found)


class Podman(Builder):
    """Podman, whose commands are those of Docker."""

    @override
    def has(self, image: str) -> bool:
        return self.command("image", "inspect", image).exit_code == 0

    @override
    def config(self, image: str) -> Config:
        return _config(self.inspect("image", "inspect", image)["Config"])

    @override
    def run(self, image: str, *arguments: str, entrypoint: str = "") -> Finished:
        more = [f"--entrypoint={entrypoint}"] if entrypoint else []
        return self.command("run", "--rm", *_UNPRIVILEGED, *more, image, *arguments)

    @override
    @contextlib.contextmanager
    def serve(self, image: str, env: Mapping[str, str]) -> Iterator[Execute]:
        variables = [f"--env={name}={value}" for name, value in env.items()]
        started = self.command("run", "--detach", *_UNPRIVILEGED, *variables, image)
        if started.exit_code != 0:
            raise Failed(f"{self.program.name} run: {started.output}")
        container = started.output.split()[-1]
        try:
            yield lambda command: self.command("exec", container, *command)
        finally:
            self.command("rm", "--force", container)

    @override
    def remove(self, image: str) -> None:
        self.command("image", "rm", "--force", image)


class Docker(Podman):
    """Docker with BuildKit, which the cache mounts of the Dockerfile need."""

    probes = ("info", "buildx version")


class Buildah(Builder):
    """Buildah, which needs neither a daemon nor namespaces."""

    @override
    def has(self, image: str) -> bool:
        return self.command("inspect", "--type=image", image).exit_code == 0

    @override
    def config(self, image: str) -> Config:
        return _config(self.inspect("inspect", "--type=image", image)["OCIv1"]["config"])

    @override
    def run(self, image: str, *arguments: str, entrypoint: str = "") -> Finished:
        with self._container(image) as container:
            program = [entrypoint] if entrypoint else self.config(image).entrypoint
            return self.command("run", *self._flags(image), container, "--", *program, *arguments)

    @override
    @contextlib.contextmanager
    def serve(self, image: str, env: Mapping[str, str]) -> Iterator[Execute]:
        # The container has the network of the machine.
        variables = {
            **env,
            "HTTP_ADDR": f"{LOOPBACK}:{free_port()}",
            "ADMIN_ADDR": f"{LOOPBACK}:{free_port()}",
        }
        flags = [*self._flags(image), *(f"--env={name}={value}" for name, value in variables.items())]
        with self._container(image) as container:
            process = self._processes.start(
                [self.program, "run", *flags, container, "--", *self.config(image).entrypoint],
                env=self._environment(),
            )
            try:
                yield lambda command: self.command("run", *flags, container, "--", *command)
            finally:
                process.end()

    @override
    def remove(self, image: str) -> None:
        self.command("rmi", "--force", image)

    @contextlib.contextmanager
    def _container(self, image: str) -> Iterator[str]:
        made = self.command("from", "--pull-never", image)
        if made.exit_code != 0:
            raise Failed(f"buildah from {image}: {made.output}")
        container = made.output.split()[-1]
        try:
            yield container
        finally:
            self.command("rm", container)

    def _flags(self, image: str) -> list[str]:
        return ["--cap-drop=all", f"--user={self.config(image).user}"]

    @override
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "BUILDAH_ISOLATION": "chroot"}


#: A container that can't write, and has no privileges.
_UNPRIVILEGED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")

_BUILDERS: tuple[tuple[str, type[Builder]], ...] = (
    ("docker", Docker),
    ("podman", Podman),
    ("buildah", Buildah),
)


def require_download(url: str) -> None:
    """Make sure that a build can download a file.

    Raises:
        Skipped: if its host can't be reached.
    """
    try:
        httpx.head(url, timeout=_DOWNLOAD_SECONDS)
    except httpx.TransportError as error:
        raise Skipped(f"the build cannot get {url}: {error}") from error


def find_builder(processes: Processes) -> Builder:
    """Return the first builder that works on this machine.

    Raises:
        Skipped: if there's none.
    """
    reasons = []
    for name, kind in _BUILDERS:
        if found := shutil.which(name):
            builder = kind(Path(found), processes)
            if not (reason := builder.unusable()):
                return builder
            reasons.append(f"{name}: {reason}")
    raise Skipped("; ".join(reasons) or "docker, podman and buildah are not on PATH")


def _config(found: Mapping[str, Any]) -> Config:
    return Config(
        user=found.get("User", ""),
        entrypoint=tuple(found.get("Entrypoint") or ()),
        ports=frozenset(int(port.partition("/")[0]) for port in found.get("ExposedPorts") or ()),
        labels=found.get("Labels") or {},
    )


def _last_line(done: Finished) -> str:
    return (done.output.strip().splitlines() or ["no output"])[-1]
