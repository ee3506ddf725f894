"""The bench that the checks share: the program, the servers it needs, and running services."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from gowright.verify.harness.auth import Callers, callers_of
from gowright.verify.harness.client import Client
from gowright.verify.harness.openapi import Document
from gowright.verify.backends.auth.tokens import Ed25519Key
from gowright.verify.children.processes import Finished, Processes
from gowright.verify.result import Failed, Skipped
from gowright.verify.backends.database import kinds as databases
from gowright.verify.backends.database.kinds import Database
from gowright.verify.backends.external import Given
from gowright.verify.children.go_toolchain import Go
from gowright.verify.children.java import Tell
from gowright.verify.backends.tracing.otlp import Receiver
from gowright.verify.backends.cache.redis import Cache, Redis
from gowright.verify.backends.tracing.spans import Traces
from gowright.verify.backends.tracing.zipkin import Zipkin
from gowright.verify.harness.service import Service
from gowright.verify.children.lazy import Shared
from gowright.verify.harness.running import Site
from gowright.model.project import Subject

ORIGIN = "https://app.example.com"
_BUILD_SECONDS = 900.0
_NO_LIMIT = "1000000"
_INHERITED = ("PATH", "HOME", "TMPDIR", "TZ", "LANG", "SYSTEMROOT")


class Lab:
    """Makes what a check asks for, once."""

    def __init__(
        self, subject: Subject, go: Go, processes: Processes, tell: Tell = lambda _what: None
    ) -> None:
        self.subject = subject
        self._tell = tell
        self.go = go
        self.processes = processes
        self.key = Ed25519Key()
        self.services: list[Service] = []
        self._secrets: set[str] = set()
        self._secrets_lock = threading.Lock()
        self._documents: dict[str, Document] = {}

    @property
    def secrets(self) -> frozenset[str]:
        """Every password and token that a service was given or has given."""
        with self._secrets_lock:
            return frozenset(self._secrets)

    def keep_secret(self, *values: str) -> None:
        """Remember values that no log may hold."""
        with self._secrets_lock:
            self._secrets.update(value for value in values if value)

    def command(
        self,
        *command: str | Path,
        seconds: float = _BUILD_SECONDS,
        env: Mapping[str, str] | None = None,
    ) -> Finished:
        """Run a program in the project, with Go on its PATH."""
        return self.processes.run(
            command, env=env or self.go.environment(), cwd=self.subject.root, seconds=seconds
        )

    @Shared
    def program(self) -> Path:
        """The service's program, built once."""
        return self.build("server")

    def build(self, name: str, *flags: str) -> Path:
        """Build the program under a name."""
        target = self.processes.directory / name
        done = self.command(self.go.binary, "build", *flags, "-o", target, "./cmd/server")
        if done.exit_code != 0:
            raise Failed(
                f"go build ./cmd/server:\n{done.output}",
                f"cd {self.subject.root} && go build ./...",
            )
        return target

    @Shared
    def database(self) -> Database:
        """The database server."""
        kind = self.database_kind
        if kind is None:
            raise Skipped("the service keeps its data in memory")
        try:
            server = kind.server(self.processes, self._tell)
        except Skipped as error:
            # Without its database nothing of a service is proved.
            raise Failed(
                f"there is no {kind.name} to prove the service on: {error}", f"name one in {kind.variable}"
            ) from error
        self.keep_secret(*server.secrets)
        return server

    @property
    def database_kind(self) -> databases.Kind | None:
        """The kind of database server that the service needs; None when it needs none."""
        return databases.kind(self.subject)

    @property
    def unique_can_be_absent(self) -> bool:
        """Whether any number of an owner's objects can be without a unique value.

        MongoDB has partial indexes for that, and what stands in for it here has not.
        """
        if self.database_kind is None or not self.subject.has("auth"):
            return True
        return "partial indexes" not in self.database.lacks

    @Shared
    def cache(self) -> Cache:
        """The Redis server."""
        url = os.environ.get("REDIS_URL", "")
        server: Cache
        server = Given(url, "REDIS_URL") if url else Redis(self.processes)
        self.keep_secret(*server.secrets)
        return server

    @Shared
    def traces(self) -> Traces:
        """Where the service's spans go."""
        if self.subject.has("tracing", "zipkin"):
            return Zipkin(self.processes, self._tell)
        receiver = Receiver()
        self.processes.callback(receiver.close)
        return receiver

    @Shared
    def callers(self) -> Callers:
        """Where the services' callers come from."""
        return callers_of(self)

    @Shared
    def service(self) -> Site:
        """The service with everything that it can use: most checks call this one."""
        return self.processes.enter_context(self.site())

    @contextlib.contextmanager
    def site(
        self,
        changes: Mapping[str, str] | None = None,
        *,
        env: Mapping[str, str] | None = None,
        program: Path | None = None,
        document: Document | None = None,
    ) -> Iterator[Site]:
        """Another service: in an environment, or in the usual one with data of its own.

        A document that is known already is not fetched.
        """
        service = self.start(changes=changes, env=env, program=program)
        try:
            service.wait_listening()
            with contextlib.closing(Site(self, service, document or self._document(service.url))) as site:
                yield site
        finally:
            service.kill()

    def start(
        self,
        *arguments: str,
        changes: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        program: Path | None = None,
    ) -> Service:
        """Start the program in an environment, or in the usual one, with some variables changed."""
        given = {**(self.environment() if env is None else env), **(changes or {})}
        service = Service(self.processes, program or self.program, given, arguments)
        self.services.append(service)
        return service

    def environment(self) -> dict[str, str]:
        """The usual environment of a service: every server that it can use, and no limits."""
        env = self.bare_environment() | {
            "LOG_LEVEL": "debug",
            "HTTP_REQUEST_TIMEOUT": "5s",
            "CORS_ALLOWED_ORIGINS": ORIGIN,
            "RATE_LIMIT_REQUESTS": _NO_LIMIT,
            "SHUTDOWN_DELAY": "0s",
        }
        if self.database_kind:
            env[self.database_kind.variable] = self.database.new_url()
        if self.subject.has("cache", "redis"):
            # The service does without a cache, and so do the checks that are not about it.
            with contextlib.suppress(Skipped):
                env["REDIS_URL"] = self.cache.new_url()
        if self.subject.has("auth"):
            env |= {"AUTH_RATE_LIMIT_REQUESTS": _NO_LIMIT, "AUTH_ACCOUNT_LIMIT_REQUESTS": f"{_NO_LIMIT}0"}
            env |= self.callers.environment()
        if self.subject.has("tracing"):
            env |= {"OTEL_BSP_SCHEDULE_DELAY": "100", "TRACE_SAMPLE_RATIO": "1"}
            # The service does without, and so do the checks that are not about spans.
            with contextlib.suppress(Skipped):
                env |= self.traces.environment()
        return env

    def bare_environment(self) -> dict[str, str]:
        """An environment that says nothing but where to listen: on free ports."""
        kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return kept | {"HTTP_ADDR": "127.0.0.1:0", "ADMIN_ADDR": "127.0.0.1:0"}

    def _document(self, url: str) -> Document:
        with Client(url) as client:
            text = client.call("GET", "/openapi.yaml", 200).text
        if text not in self._documents:
            self._documents[text] = Document.parse(text)
        return self._documents[text]
