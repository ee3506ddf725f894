"""Requests of all kinds, so that a service has something to report."""

from __future__ import annotations

import itertools
from uuid import uuid4

from gowright.model.resources.resource import Resource
from gowright.verify.backends.auth.accounts import AUTH
from gowright.verify.backends.auth.roles import ProviderBackend
from gowright.verify.harness.browser import CALLBACK, session_of
from gowright.verify.harness.client import Client
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.poison import POISON
from gowright.verify.harness.running import RunningService

_LIMIT = 100
#: What a service needs for the traffic: limits that one client exceeds, and addresses of clients that it believes.
ENVIRONMENT = {
    "HTTP_TRUSTED_PROXIES": "127.0.0.0/8",
    "RATE_LIMIT_REQUESTS": str(_LIMIT),
    "RATE_LIMIT_PERIOD": "10s",
}


class Traffic:
    """The clients of a service."""

    def __init__(self, harness: Harness, running: RunningService) -> None:
        self._harness = harness
        self._running = running
        self._rounds = itertools.count(1)

    def round(self) -> None:
        """Send requests of all kinds once: successful, wrong, and those that a bug makes fail."""
        number = next(self._rounds)
        # Each round comes from another client, so that no rate limit applies.
        headers = {"X-Forwarded-For": f"198.51.{number // 250}.{number % 250}"}
        running = self._running
        for resource in running.resources:
            self._use(resource, running.caller(), headers)
        if running.backends.accounts:
            self._sign_in(headers)
        if isinstance(running.backends.auth, ProviderBackend):
            session_of(self._harness, running, f"user-{number}")
            running.anonymous.call(
                "GET", CALLBACK, (400, 401), headers=headers, params={"state": "x", "code": "x"}
            )
        running.anonymous.call("GET", "/openapi.yaml", 200, headers=headers)
        running.anonymous.call("GET", f"/{uuid4()}", 404, headers=headers)
        running.anonymous.call("GET", "/livez", 200, headers=headers)
        running.anonymous.call("GET", "/readyz", (200, 503), headers=headers)

    def exceed_limit(self) -> None:
        """Send more requests from one client than the rate limit allows."""
        headers = {"X-Forwarded-For": "203.0.113.9"}
        for _ in range(_LIMIT + 20):
            self._running.anonymous.call("GET", "/openapi.yaml", (200, 429), headers=headers)

    def _use(self, resource: Resource, caller: Client, headers: dict[str, str]) -> None:
        running, path = self._running, resource.path
        item = f"{path}/{running.create(resource)['id']}"
        for _ in range(2):
            # The second time from the cache, if there is one.
            caller.call("GET", item, 200, headers=headers)
        caller.call("GET", path, 200, headers=headers)
        caller.call("PUT", item, 200, json=running.samples.body(running.schema(resource)), headers=headers)
        caller.call("DELETE", item, 204, headers=headers)
        caller.call("GET", item, 404, headers=headers)
        caller.call("POST", path, 422, json={"no_such_field": 1}, headers=headers)
        caller.call("POST", path, 400, content=b"{", headers=headers | {"Content-Type": "application/json"})
        caller.call("GET", f"{path}/{POISON}", (404, 500), headers=headers)

    def _sign_in(self, headers: dict[str, str]) -> None:
        account = self._running.register()
        session = self._running.login(account)
        wrong = account.credentials | {"password": "Wrong-Password-1234567"}
        self._running.anonymous.call("POST", f"{AUTH}/login", 401, json=wrong, headers=headers)
        token = {"refresh_token": session.refresh_token}
        response = self._running.anonymous.call("POST", f"{AUTH}/refresh", 200, json=token, headers=headers)
        self._running.session(response.json())
        self._running.anonymous.call("POST", f"{AUTH}/refresh", 401, json=token, headers=headers)
