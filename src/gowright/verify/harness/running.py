"""A running service, its spec, and clients for it."""

from __future__ import annotations

from typing import Any

from gowright.model.project import Project
from gowright.model.resources.resource import Resource
from gowright.verify.backends.auth.accounts import Account, Accounts, Session
from gowright.verify.backends.loaded import Backends
from gowright.verify.harness.client import Client
from gowright.verify.harness.openapi import OpenAPI, Operation, Schema
from gowright.verify.harness.samples import Samples
from gowright.verify.harness.service import ServiceProcess
from gowright.verify.outcomes import Failed


class RunningService:
    """A service that is ready for requests."""

    def __init__(self, process: ServiceProcess, spec: OpenAPI, backends: Backends) -> None:
        self.process = process
        self.spec = spec
        self.backends = backends
        self.samples = Samples(spec, self._create_in)
        self.anonymous = Client(process.url, spec)
        self.unchecked = Client(process.url)
        self.admin = Client(process.admin_url)
        self._caller: Client | None = None
        self._owner: Client | None = None

    @property
    def project(self) -> Project:
        """The project of the service."""
        return self.backends.context.project

    def close(self) -> None:
        """Close the connections of all clients."""
        for client in (self.anonymous, self.unchecked, self.admin):
            client.close()

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The resources of the service."""
        return self.project.resources

    def ready(self) -> bool:
        """Report whether the service is ready."""
        return self.anonymous.call("GET", "/readyz", (200, 503)).status_code == 200

    def operation(self, method: str, path: str) -> Operation:
        """Return the operation of a method and a path.

        Raises:
            Failed: if the spec has none.
        """
        found = self.spec.find(method, path)
        if found is None:
            raise Failed(f"the spec has no operation {method} {path}")
        return found

    def schema(self, resource: Resource) -> Schema:
        """The schema of the request body that creates an object."""
        schema = self.spec.request_schema(self.operation("POST", resource.path))
        if schema is None:
            raise Failed(f"the spec has no JSON body for POST {resource.path}")
        return schema

    def caller(self) -> Client:
        """A client with access to the resources, the same each time."""
        if self._caller is None:
            self._caller = self.new_caller()
        return self._caller

    def new_caller(self) -> Client:
        """A client with access to the resources. If the service has authentication, it's a new user."""
        auth = self.backends.auth
        return self.anonymous.with_token(auth.token(self.anonymous) if auth else "")

    def register(self) -> Account:
        """Register an account. Only for services with accounts."""
        return self._accounts.register(self.anonymous)

    def login(self, account: Account) -> Session:
        """Log in, and return the new session."""
        return self._accounts.login(self.anonymous, account)

    def session(self, body: Any) -> Session:
        """The session in the body of a response."""
        return self._accounts.session(body)

    @property
    def _accounts(self) -> Accounts:
        if self.backends.accounts is None:
            raise TypeError("the service has no accounts")
        return self.backends.accounts

    def body(self, resource: Resource, caller: Client | None = None) -> dict[str, Any]:
        """A valid request body. What it refers to belongs to the caller."""
        before, self._owner = self._owner, caller or self.caller()
        try:
            return self.samples.body(self.schema(resource))
        finally:
            self._owner = before

    def _create_in(self, path: str) -> str:
        """Create an object of the resource with this path, and return its ID."""
        resource = next(each for each in self.resources if each.path == path)
        # Only the required values: a resource can refer to itself.
        body = self.samples.body(self.schema(resource), full=False)
        return str((self._owner or self.caller()).call("POST", path, 201, json=body).json()["id"])

    def create(self, resource: Resource, caller: Client | None = None, **values: Any) -> dict[str, Any]:
        """Create an object, and return it as in the response."""
        body = self.body(resource, caller) | values
        response: dict[str, Any] = (
            (caller or self.caller()).call("POST", resource.path, 201, json=body).json()
        )
        return response
