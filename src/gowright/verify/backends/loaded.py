"""The backends of a project."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TypeVar

from gowright.verify.backends import backends_of
from gowright.verify.backends.auth.accounts import Accounts
from gowright.verify.backends.auth.roles import AccountsBackend
from gowright.verify.backends.base import (
    AuthBackend,
    Backend,
    CacheBackend,
    Context,
    DatabaseBackend,
    ServerBackend,
    TracingBackend,
)
from gowright.verify.outcomes import Skipped

B = TypeVar("B", bound=Backend)


class Backends:
    """The backends of a project by role. A role without a backend is None."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._all = tuple(backend(context, facts) for backend, facts in backends_of(context.project))
        self.database = self._one(DatabaseBackend)  # type: ignore[type-abstract]
        self.cache = self._one(CacheBackend)  # type: ignore[type-abstract]
        self.tracing = self._one(TracingBackend)  # type: ignore[type-abstract]
        self.auth = self._one(AuthBackend)  # type: ignore[type-abstract]

    def __iter__(self) -> Iterator[Backend]:
        return iter(self._all)

    @property
    def servers(self) -> tuple[ServerBackend, ...]:
        """The databases and caches."""
        return tuple(each for each in self._all if isinstance(each, ServerBackend))

    @property
    def accounts(self) -> Accounts | None:
        """The accounts of the service, or None."""
        return self.auth.accounts if isinstance(self.auth, AccountsBackend) else None

    @property
    def unique_can_be_absent(self) -> bool:
        """Report whether several objects of one owner can lack a unique value."""
        return self.database is None or self.database.unique_can_be_absent

    def environment(self) -> dict[str, str]:
        """Return the variables that connect a new service to all backends.

        Optional backends that can't run here are left out.
        """
        env: dict[str, str] = {}
        for backend in self._all:
            with contextlib.suppress(Skipped) if backend.optional else contextlib.nullcontext():
                env |= backend.environment()
        return env

    def _one(self, role: type[B]) -> B | None:
        return next((each for each in self._all if isinstance(each, role)), None)
