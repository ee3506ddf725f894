"""Requests of all kinds, so that a service has something to report."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import httpx

from gowright.model.resources.resource import Resource
from gowright.verify.backends.auth.accounts import AUTH, Accounts
from gowright.verify.backends.auth.roles import ProviderBackend
from gowright.verify.harness.browser import CALLBACK, session_of
from gowright.verify.harness.client import Client
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.poison import POISON
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

_REJECTED = 20
_MAX_REQUESTS = 2000
#: What a service needs for the traffic: limits that one client exceeds, and addresses of clients that it believes.
ENVIRONMENT = {
    "HTTP_TRUSTED_PROXIES": "127.0.0.0/8",
    "RATE_LIMIT_REQUESTS": "100",
    "RATE_LIMIT_PERIOD": "10s",
}


class Traffic:
    """The clients of a service."""

    def __init__(self, harness: Harness, running: RunningService) -> None:
        self._harness = harness
        self._running = running
        self._rounds = itertools.count(1)

    def round(self, resources: Iterable[Resource] | None = None) -> None:
        """Send requests of all kinds once, successful and wrong.

        Args:
            resources: the resources to use; by default, all of them.
        """
        number = next(self._rounds)
        # Each round comes from another client, so that no rate limit applies.
        headers = {"X-Forwarded-For": f"198.51.{number // 250}.{number % 250}"}
        running = self._running
        for resource in running.resources if resources is None else resources:
            self._use(resource, running.caller(), headers)
        if running.backends.accounts:
            self._sign_in(running.backends.accounts, headers)
        if isinstance(running.backends.auth, ProviderBackend):
            session_of(self._harness, running, f"user-{number}")
            running.anonymous.call(
                "GET", CALLBACK, (400, 401), headers=headers, params={"state": "x", "code": "x"}
            )
        running.anonymous.call("GET", "/openapi.yaml", 200, headers=headers)
        running.anonymous.call("GET", f"/{uuid4()}", 404, headers=headers)
        running.anonymous.call("GET", "/livez", 200, headers=headers)
        running.anonymous.call("GET", "/readyz", (200, 503), headers=headers)

    def panic(self) -> None:
        """Send a request that fails because of a bug. Only for a program that has it."""
        for resource in self._running.resources:
            self._running.caller().call("GET", f"{resource.path}/{POISON}", 500)

    def exceed_limit(self) -> None:
        """Send requests from one client until the rate limit has rejected some.

        Raises:
            Failed: if it rejects none.
        """
        headers = {"X-Forwarded-For": "203.0.113.9"}
        rejected = 0
        for _ in range(_MAX_REQUESTS):
            response = self._running.anonymous.call("GET", "/openapi.yaml", (200, 429), headers=headers)
            rejected += response.status_code == 429
            if rejected == _REJECTED:
                return
        raise Failed(f"{rejected} of {_MAX_REQUESTS} requests of one client were rejected, not {_REJECTED}")

    def _use(self, resource: Resource, caller: Client, headers: dict[str, str]) -> None:
        running, path = self._running, resource.path
        body = running.samples.body(running.schema(resource))
        item = f"{path}/{caller.call('POST', path, 201, json=body, headers=headers).json()['id']}"
        if resource.unique:
            caller.call("POST", path, 409, json=body, headers=headers)
        for _ in range(2):
            # The second time from the cache, if there is one.
            caller.call("GET", item, 200, headers=headers)
        caller.call("GET", path, 200, headers=headers)
        caller.call("PUT", item, 200, json=running.samples.body(running.schema(resource)), headers=headers)
        caller.call("DELETE", item, 204, headers=headers)
        caller.call("GET", item, 404, headers=headers)
        caller.call("POST", path, 422, json={"no_such_field": 1}, headers=headers)
        caller.call("POST", path, 400, content=b"{", headers=headers | {"Content-Type": "application/json"})

    def _sign_in(self, accounts: Accounts, headers: dict[str, str]) -> None:
        client = _From(self._running.anonymous, headers)
        account = accounts.register(client)
        client.call("POST", f"{AUTH}/register", 409, json=account.credentials)
        session = accounts.login(client, account)
        client.call("POST", f"{AUTH}/login", 401, json=account.credentials | {"password": "Wrong-Password-1"})
        token = {"refresh_token": session.refresh_token}
        accounts.session(client.call("POST", f"{AUTH}/refresh", 200, json=token).json())
        client.call("POST", f"{AUTH}/refresh", 401, json={"refresh_token": "nonsense"})


class _From:
    """A client whose requests have more headers."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    def call(self, method: str, path: str, expect: int, /, *, json: Any = None) -> httpx.Response:
        return self._client.call(method, path, expect, json=json, headers=self._headers)
