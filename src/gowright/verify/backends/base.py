"""The interface between the checks and one choice of a feature.

A choice that stands on a server, or on accounts that a check has to create, has one module here:
`backends/<feature>/<choice>.py` with a class `Backend`. The harness and the checks see this interface only.
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

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

#: Reports a long step while it runs.
Progress = Callable[[str], None]


class Secrets:
    """The passwords and tokens of one run, which no log may contain. Safe for use by several threads."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._lock = threading.Lock()

    def keep(self, *values: str) -> None:
        """Remember values; empty ones are ignored."""
        with self._lock:
            self._values.update(value for value in values if value)

    @property
    def values(self) -> frozenset[str]:
        """Every value so far."""
        with self._lock:
            return frozenset(self._values)


@dataclass(frozen=True, slots=True)
class Context:
    """What a backend works with: the project, the run's processes and secrets, and the status line."""

    project: Project
    processes: Processes
    secrets: Secrets
    progress: Progress


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a backend can run on this machine, for `gowright doctor`.

    `found` says by what; `missing` why not, and `fix` what to do then.
    """

    name: str
    found: str = ""
    missing: str = ""
    fix: str = ""


def server_of(facts: Facts) -> facts_of.Server:
    """The server in the facts of a choice that needs one."""
    if facts.server is None:
        raise TypeError(f"the facts of {facts.name} have no server")
    return facts.server


class HttpClient(Protocol):
    """As much of harness.client.Client as backends use."""

    def call(self, method: str, path: str, expect: int, /, *, json: Any = ...) -> httpx.Response:
        """Send a request, and fail when the response has another status."""


class Backend(ABC):
    """How one choice is run for a service, and what the checks expect of it."""

    #: Whether a service works without it, and so do the checks that are not about it.
    optional: ClassVar[bool] = False

    def __init__(self, context: Context, facts: Facts) -> None:
        self.context = context
        self.facts = facts

    @classmethod
    def availability(cls, facts: Facts) -> Availability | None:  # noqa: ARG003 # overrides use it
        """Whether it can run on this machine; None when it needs nothing that can be missing."""
        return None

    @classmethod
    def refusal(cls, url: str) -> str:  # noqa: ARG003 # overrides use it
        """Why the external server of a URL cannot be used; empty when it can."""
        return ""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The variables that connect a new service to it.

        Raises:
            Skipped: when it is optional and cannot run on this machine.
            Failed: when it cannot run on this machine, and a service needs it.
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

    #: The values that no log may contain.
    secrets: tuple[str, ...]
    #: Whether nobody else uses it, so that its data may be dropped.
    owned: bool
    #: What it cannot do although the server that it stands for can; empty for the real one.
    missing_capabilities: str

    def new_url(self) -> str:
        """The URL of an empty database for one service."""

    def stop(self) -> None:
        """Make it refuse connections, or raise Skipped."""

    def freeze(self) -> None:
        """Make it accept connections and never respond, or raise Skipped."""

    def start(self) -> None:
        """Make it respond again."""


class ServerBackend(Backend):
    """A database or a cache: the server that a variable names, or one that is started for the run."""

    #: What a server that is started here cannot do although the real one can.
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
        """The server of a URL, which the variable holds."""

    @Lazy
    def server(self) -> Server:
        """The server."""
        url = os.environ.get(self.variable, "")
        try:
            server = self.external_server(url) if url else self.start_server()
        except Skipped as error:
            if self.optional:
                raise
            raise Failed(
                f"there is no {self.name} to verify the service on: {error}",
                f"name a server in {self.variable}",
            ) from error
        self.context.secrets.keep(*server.secrets)
        return server

    def environment(self) -> dict[str, str]:
        """See Backend."""
        return {self.variable: self.server.new_url()}


class DatabaseBackend(ServerBackend):
    """A database."""

    #: Whether migrations can be reverted.
    migrates_down: ClassVar[bool] = True

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
        """Whether any number of one owner's objects can lack a unique value."""
        return True

    def _variable_ending(self, end: str) -> str:
        return next(each.name for each in self.facts.variables if each.name.endswith(end))


class CacheBackend(ServerBackend):
    """A cache."""

    optional = True


class TracingBackend(Backend):
    """The server that spans are exported to."""

    optional = True

    @abstractmethod
    def wait(self, trace_id: str, kind: str, seconds: float) -> Sequence[Span]:
        """The spans of one trace, as soon as one of this kind is among them or the time is over."""

    def stored_name(self, name: str) -> str:
        """The name of a span or a service as the server stores it."""
        return name


class AuthBackend(Backend):
    """Where the callers of a service come from."""

    #: The routes of the API that need no token.
    public_routes: ClassVar[frozenset[str]]

    @property
    @abstractmethod
    def key(self) -> Ed25519Key | RsaKey:
        """The key that signs access tokens."""

    @abstractmethod
    def token(self, client: HttpClient) -> str:
        """An access token of a new caller; `client` reaches the service without a token."""

    @abstractmethod
    def other_tokens(self, client: HttpClient, genuine: Token) -> Iterator[tuple[str, str]]:
        """Tokens with another purpose, each with its description."""

    @abstractmethod
    def unknown_callers(self, genuine: Token) -> Iterator[tuple[str, str]]:
        """Correctly signed access tokens of callers who do not exist, each with a description."""
