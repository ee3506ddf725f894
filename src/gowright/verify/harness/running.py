"""A running service with its document, and the callers that it knows."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gowright.verify.harness.client import Client
from gowright.verify.harness.openapi import Document, Operation, Schema
from gowright.verify.result import Failed
from gowright.verify.harness.samples import Samples
from gowright.verify.harness.service import Service
from gowright.model.project import Resource

if TYPE_CHECKING:
    from gowright.verify.harness.harness import Lab

AUTH = "/api/v1/auth"


@dataclass(frozen=True, slots=True)
class Session:
    """What a login gives."""

    access_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who may log in."""

    email: str
    password: str


class Site:
    """One service, ready to be called."""

    def __init__(self, lab: Lab, service: Service, document: Document) -> None:
        self.lab = lab
        self.service = service
        self.document = document
        self.samples = Samples(document)
        self.anonymous = Client(service.url, document)
        self.undocumented = Client(service.url)
        self.admin = Client(service.admin_url)
        self._numbers = itertools.count(1)
        self._caller: Client | None = None

    def close(self) -> None:
        """Close the connections of all its clients."""
        for client in (self.anonymous, self.undocumented, self.admin):
            client.close()

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The resources that it serves."""
        return self.lab.subject.resources

    def ready(self) -> bool:
        """Whether it says that it can take requests."""
        return self.anonymous.call("GET", "/readyz", (200, 503)).status_code == 200

    def operation(self, method: str, path: str) -> Operation:
        """The operation of a method and a path.

        Raises:
            Failed: when the document has none.
        """
        found = self.document.find(method, path)
        if found is None:
            raise Failed(f"the document has no {method} {path}")
        return found

    def schema(self, resource: Resource) -> Schema:
        """What a client sends to create an object."""
        schema = self.document.request_schema(self.operation("POST", resource.path))
        if schema is None:
            raise Failed(f"the document has no JSON body for POST {resource.path}")
        return schema

    def caller(self) -> Client:
        """A client that may use the resources: the same each time."""
        if self._caller is None:
            self._caller = self.new_caller()
        return self._caller

    def new_caller(self) -> Client:
        """A client that may use the resources: someone new where the service tells callers apart."""
        if not self.lab.subject.has("auth"):
            return self.anonymous.with_token("")
        return self.anonymous.with_token(self.lab.callers.token(self))

    def register(self) -> Account:
        """A new account."""
        number = next(self._numbers)
        account = Account(
            f"user-{number}-{secrets.token_hex(4)}@example.com", f"Pass-{secrets.token_urlsafe(18)}"
        )
        self.lab.keep_secret(account.password)
        self.anonymous.call("POST", f"{AUTH}/register", 201, json=vars_of(account))
        return account

    def login(self, account: Account) -> Session:
        """The tokens of a new session."""
        return self.session(self.anonymous.call("POST", f"{AUTH}/login", 200, json=vars_of(account)).json())

    def session(self, answer: Any) -> Session:
        """The tokens of an answer."""
        session = Session(answer["access_token"], answer["refresh_token"])
        self.lab.keep_secret(session.access_token, session.refresh_token)
        return session

    def create(self, resource: Resource, caller: Client | None = None, **values: Any) -> dict[str, Any]:
        """A new object, as the service answers it."""
        body = self.samples.body(self.schema(resource)) | values
        answer: dict[str, Any] = (caller or self.caller()).call("POST", resource.path, 201, json=body).json()
        return answer


def vars_of(account: Account) -> dict[str, str]:
    """The account as the service's routes take it."""
    return {"email": account.email, "password": account.password}
