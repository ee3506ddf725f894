"""The interface between the checks and one choice of a feature.

A choice that needs a server, or accounts that a check creates, has a module `backends/<feature>/<choice>.py`
with a class `Backend`. The harness and the checks use only this interface.
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from typing_extensions import override

from gowright.model import facts as facts_of
from gowright.model.facts import Facts
from gowright.model.project import Project
from gowright.verify.children.lazy import Lazy
from gowright.verify.children.processes import Processes
from gowright.verify.outcomes import Failed, Skipped

if TYPE_CHECKING:
    import httpx

    from gowright.verify.backends.auth.tokens import Ed25519Key, RsaKey, Token
    from gowright.verify.backends.tracing.spans import Span

#: The secret in the values of choices/*/*/facts.yml.
_SECRET = "hunter2"

#: Reports a long step on the status line.
Progress = Callable[[str], None]


class Secrets:
    """The passwords and tokens of one run, which must not appear in a log. Thread-safe."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._lock = threading.Lock()

    def keep(self, *values: str) -> None:
        """Record values; empty ones are ignored."""
        with self._lock:
            self._values.update(value for value in values if value)

    @property
    def values(self) -> frozenset[str]:
        """All recorded values."""
        with self._lock:
            return frozenset(self._values)


@dataclass(frozen=True, slots=True)
class Context:
    """What a backend needs: the project, the processes and secrets of the run, and the status line."""

    project: Project
    processes: Processes
    secrets: Secrets
    progress: Progress


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a backend can run on this machine, for `gowright doctor`.

    Attributes:
        name: the name of the product.
        found: what provides it.
        missing: why it isn't available.
        fix: how to make it available.
        effect: what verify does without it.
    """

    name: str
    found: str = ""
    missing: str = ""
    fix: str = ""
    effect: str = "verify skips its checks"


def server_of(facts: Facts) -> facts_of.Server:
    """The server in the facts of a choice that needs one."""
    if facts.server is None:
        raise TypeError(f"the facts of {facts.name} have no server")
    return facts.server


class HttpClient(Protocol):
    """The part of harness.client.Client that backends use."""

    def call(self, method: str, path: str, expect: int, /, *, json: Any = ...) -> httpx.Response:
        """Send a request, and fail if the response has another status."""


class Backend(ABC):
    """One choice, as the service and the checks use it."""

    #: Whether a service works without it, and checks of other features can run without it.
    optional: ClassVar[bool] = False

    def __init__(self, context: Context, facts: Facts) -> None:
        self.context = context
        self.facts = facts

    @classmethod
    def availability(cls, facts: Facts) -> Availability | None:  # noqa: ARG003 # overrides use it
        """Whether the backend can run on this machine; None if it needs nothing that can be missing."""
        return None

    @classmethod
    def refusal(cls, url: str) -> str:  # noqa: ARG003 # overrides use it
        """Why the external server of a URL cannot be used; empty when it can."""
        return ""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Return the variables that connect a new service to the server.

        Raises:
            Skipped: if it's optional and can't run on this machine.
            Failed: if it's required and can't run on this machine.
        """

    def wrong_environment(self, hidden: str) -> dict[str, str]:
        """Variables with values that a service must refuse; `hidden` is the secret in some of them."""
        wrong = {each.name: each.wrong for each in self.facts.variables if each.wrong}
        return {name: value.replace(_SECRET, hidden) for name, value in wrong.items()}

    @property
    def secret_variables(self) -> tuple[str, ...]:
        """The variables that a service can read from files instead (`<NAME>_FILE`)."""
        return tuple(each.name for each in self.facts.variables if each.secret)

    @property
    def required_variables(self) -> tuple[str, ...]:
        """The variables without which a service refuses to start in production."""
        return tuple(each.name for each in self.facts.variables if each.required)


class Server(Protocol):
    """A server of a database or a cache."""

    #: Values that must not appear in a log.
    secrets: tuple[str, ...]
    #: Whether only this run uses it, so that its data can be dropped.
    owned: bool
    #: What it can't do, unlike the real server; empty for the real server.
    missing_capabilities: str

    def new_url(self) -> str:
        """The URL of an empty database for one service."""

    def stop(self) -> None:
        """Stop it, so that it refuses connections, or raise Skipped."""

    def freeze(self) -> None:
        """Freeze it, so that it accepts connections and never responds, or raise Skipped."""

    def start(self) -> None:
        """Make it respond again."""


class ServerBackend(Backend):
    """A database or a cache: an external server, or one that is started for the run."""

    #: What the server that verify starts can't do, unlike the real one.
    managed_lacks: ClassVar[str] = ""

    @property
    def name(self) -> str:
        """The product's name."""
        return self.facts.name

    @property
    def variable(self) -> str:
        """The variable that holds the server's URL."""
        return server_of(self.facts).variable

    @property
    def system(self) -> str:
        """The value of db.system.name in the spans of calls to it."""
        return server_of(self.facts).system

    @abstractmethod
    def start_server(self) -> Server:
        """Start a server for this run."""

    @abstractmethod
    def external_server(self, url: str) -> Server:
        """The external server of a URL."""

    @Lazy
    def server(self) -> Server:
        """The server, started on first use."""
        url = os.environ.get(self.variable, "")
        try:
            server = self.external_server(url) if url else self.start_server()
        except Skipped as error:
            if self.optional:
                raise
            raise Failed(
                f"no {self.name} server is available: {error}",
                f"set {self.variable} to the URL of a server",
            ) from error
        self.context.secrets.keep(*server.secrets)
        return server

    @override
    def environment(self) -> dict[str, str]:
        return {self.variable: self.server.new_url()}


class DatabaseBackend(ServerBackend):
    """A database."""

    #: Whether nothing can be stored before the migrations.
    needs_schema: ClassVar[bool] = True

    @property
    def migrate_variable(self) -> str:
        """The variable that turns migrations at startup on and off."""
        return self._variable_ending("_MIGRATE")

    @property
    def connections_variable(self) -> str:
        """The variable that limits the connections of a service."""
        return self._variable_ending("_MAX_CONNS")

    @property
    def unique_can_be_absent(self) -> bool:
        """Report whether several objects of one owner can lack a unique value."""
        return True

    @property
    def survives_restart(self) -> bool:
        """Report whether the data of this project survives a restart of the server."""
        return True

    def _variable_ending(self, end: str) -> str:
        return next(each.name for each in self.facts.variables if each.name.endswith(end))


class CacheBackend(ServerBackend):
    """A cache."""

    optional = True


class TracingBackend(Backend):
    """The server that spans are exported to."""

    optional = True

    @property
    @abstractmethod
    def source(self) -> str:
        """Where the spans are read from, in prose."""

    @abstractmethod
    def wait(self, trace_id: str, kind: str, seconds: float) -> Sequence[Span]:
        """The spans of a trace. Waits at most `seconds` until one of this kind is among them."""

    def stored_name(self, name: str) -> str:
        """The name of a span or a service as the server stores it."""
        return name


class AuthBackend(Backend):
    """The callers of a service."""

    #: The API routes that need no token.
    public_routes: ClassVar[frozenset[str]]

    @property
    @abstractmethod
    def key(self) -> Ed25519Key | RsaKey:
        """The key that signs access tokens."""

    @abstractmethod
    def token(self, client: HttpClient) -> str:
        """An access token of a new caller. `client` sends requests without a token."""

    @abstractmethod
    def other_tokens(self, client: HttpClient, genuine: Token) -> Iterator[tuple[str, str]]:
        """Tokens for other purposes, each with a description."""

    @abstractmethod
    def unknown_callers(self, genuine: Token) -> Iterator[tuple[str, str]]:
        """Correctly signed access tokens of unknown callers, each with a description."""
