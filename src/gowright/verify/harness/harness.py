"""The test harness that all checks share: the program, its servers, and running services."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from gowright.model.project import Project
from gowright.verify.backends.auth.roles import AccountsBackend, ProviderBackend
from gowright.verify.backends.base import (
    AuthBackend,
    Backend,
    CacheBackend,
    Context,
    DatabaseBackend,
    Progress,
    Secrets,
    TracingBackend,
)
from gowright.verify.backends.loaded import Backends
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.lazy import Lazy
from gowright.verify.children.processes import Finished, Processes
from gowright.verify.harness.client import Client
from gowright.verify.harness.manifests import Manifests
from gowright.verify.harness.openapi import OpenAPI
from gowright.verify.harness.poison import poison_flags
from gowright.verify.harness.rendering import render_manifests
from gowright.verify.harness.running import RunningService
from gowright.verify.harness.service import ServiceProcess
from gowright.verify.outcomes import Failed

B = TypeVar("B", bound=Backend)
ORIGIN = "https://app.example.com"
_BUILD_SECONDS = 900.0
_NO_LIMIT = "1000000"
_INHERITED = ("PATH", "HOME", "TMPDIR", "TZ", "LANG", "SYSTEMROOT")


class Harness:
    """Builds and starts everything that the checks need, once."""

    def __init__(
        self, project: Project, go: Go, processes: Processes, progress: Progress = lambda _what: None
    ) -> None:
        self.project = project
        self.go = go
        self.processes = processes
        self.secrets = Secrets()
        self.backends = Backends(Context(project, processes, self.secrets, progress))
        self.services: list[ServiceProcess] = []
        self._specs: dict[str, OpenAPI] = {}

    def command(
        self,
        *command: str | Path,
        seconds: float = _BUILD_SECONDS,
        env: Mapping[str, str] | None = None,
    ) -> Finished:
        """Run a program in the project, with Go on PATH."""
        return self.processes.run(
            command, env=env or self.go.environment(), cwd=self.project.root, seconds=seconds
        )

    @Lazy
    def program(self) -> Path:
        """The program of the service, built once."""
        return self.build("server")

    @Lazy
    def poisoned(self) -> Path:
        """The program that panics when it reads a certain ID, built once."""
        flags = poison_flags(
            self.project.root,
            self.processes.directory,
            lambda *arguments: self.command(self.go.binary, *arguments),
        )
        return self.build("server-that-panics", *flags)

    def build(self, name: str, *flags: str) -> Path:
        """Build the program, statically as `make build` and the Dockerfile do, and return its path.

        Args:
            name: the file name.
            flags: flags for go build.

        Raises:
            Failed: if it doesn't build.
        """
        target = self.processes.directory / name
        done = self.command(
            self.go.binary,
            "build",
            *flags,
            "-o",
            target,
            "./cmd/server",
            env=self.go.environment(CGO_ENABLED="0"),
        )
        if done.exit_code != 0:
            raise Failed(
                f"go build ./cmd/server:\n{done.output}",
                f"cd {self.project.root} && go build ./...",
            )
        return target

    @Lazy
    def manifests(self) -> Mapping[str, Manifests]:
        """The Kubernetes manifests of each environment. Only for checks that apply to projects with some."""
        return render_manifests(self.project, self.processes, self.go.environment())

    @property
    def database(self) -> DatabaseBackend:
        """The database. Only for checks that apply to projects with a database."""
        return _required(self.backends.database)

    @property
    def cache(self) -> CacheBackend:
        """The cache. Only for checks that apply to projects with a cache."""
        return _required(self.backends.cache)

    @property
    def tracing(self) -> TracingBackend:
        """The tracing backend. Only for checks that apply to projects with tracing."""
        return _required(self.backends.tracing)

    @property
    def auth(self) -> AuthBackend:
        """The backend of the callers. Only for checks that apply to projects with authentication."""
        return _required(self.backends.auth)

    @property
    def sets_roles(self) -> bool:
        """Whether `set-role` can make a user an administrator."""
        return self.backends.database is not None

    @property
    def accounts_backend(self) -> AccountsBackend:
        """The accounts. Only for checks that apply to projects with accounts."""
        return _required(self.backends.auth if isinstance(self.backends.auth, AccountsBackend) else None)

    @property
    def provider_backend(self) -> ProviderBackend:
        """The OpenID provider. Only for checks that apply to projects with a provider."""
        return _required(self.backends.auth if isinstance(self.backends.auth, ProviderBackend) else None)

    @Lazy
    def service(self) -> RunningService:
        """The service that most checks share. It uses all servers."""
        return self.processes.enter_context(self.run_service())

    @contextlib.contextmanager
    def run_service(
        self,
        changes: Mapping[str, str] | None = None,
        *,
        env: Mapping[str, str] | None = None,
        program: Path | None = None,
        arguments: Sequence[str] = (),
        spec: OpenAPI | None = None,
        narrow_log: bool = False,
    ) -> Iterator[RunningService]:
        """Run a service, and stop it after the block.

        Args:
            changes: variables to change in the environment.
            env: the environment; by default, the usual one with new databases.
            program: the program; by default, the shared one.
            arguments: its arguments.
            spec: the spec, if it's known; otherwise, it's fetched.
            narrow_log: whether only a few lines fit between the service and the reader of its log.
        """
        process = self.start(*arguments, changes=changes, env=env, program=program, narrow_log=narrow_log)
        try:
            process.wait_listening()
            running = RunningService(process, spec or self._spec(process.url), self.backends)
            with contextlib.closing(running):
                yield running
        finally:
            process.kill()

    def start(
        self,
        *arguments: str,
        changes: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        program: Path | None = None,
        narrow_log: bool = False,
    ) -> ServiceProcess:
        """Start the program with arguments, in the usual environment or in another one, with changes."""
        given = {**(self.environment() if env is None else env), **(changes or {})}
        service = ServiceProcess(self.processes, program or self.program, given, arguments, narrow_log)
        self.services.append(service)
        return service

    def environment(self) -> dict[str, str]:
        """The usual environment of a service: all servers, and no limits."""
        env = self.bare_environment() | {
            "LOG_LEVEL": "debug",
            "HTTP_REQUEST_TIMEOUT": "5s",
            "CORS_ALLOWED_ORIGINS": ORIGIN,
            "RATE_LIMIT_REQUESTS": _NO_LIMIT,
            "SHUTDOWN_DELAY": "0s",
        }
        if self.backends.auth:
            env |= {"AUTH_RATE_LIMIT_REQUESTS": _NO_LIMIT, "AUTH_ACCOUNT_LIMIT_REQUESTS": f"{_NO_LIMIT}0"}
        if self.backends.tracing:
            env |= {"OTEL_BSP_SCHEDULE_DELAY": "100", "TRACE_SAMPLE_RATIO": "1"}
            # The traces of other clients are not continued.
            env["HTTP_TRUSTED_PROXIES"] = "127.0.0.0/8"
        return env | self.backends.environment()

    def environment_of_new_clients(self) -> dict[str, str]:
        """The usual environment without a shared cache, which could know clients of an earlier run."""
        env = self.environment()
        cache = self.backends.cache
        if cache and cache.variable in env and not cache.server.owned:
            del env[cache.variable]
        return env

    def bare_environment(self) -> dict[str, str]:
        """An environment that only sets the addresses, to free ports."""
        kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return kept | {"HTTP_ADDR": "127.0.0.1:0", "ADMIN_ADDR": "127.0.0.1:0"}

    def _spec(self, url: str) -> OpenAPI:
        with Client(url) as client:
            text = client.call("GET", "/openapi.yaml", 200).text
        if text not in self._specs:
            self._specs[text] = OpenAPI.parse(text)
        return self._specs[text]


def _required(backend: B | None) -> B:
    if backend is None:
        raise TypeError("the check does not apply to this project")
    return backend
