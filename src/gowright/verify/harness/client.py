"""A client of the service that validates every response against the spec."""

from __future__ import annotations

import contextlib
import functools
import json as codec
import ssl
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import TracebackType
from typing import Any, TypeVar

import httpx

from gowright.verify.harness.openapi import OpenAPI, Response
from gowright.verify.outcomes import Failed

T = TypeVar("T")
MERGE_PATCH = "application/merge-patch+json"
PROBLEM = "application/problem+json"
_TYPES = "urn:problem:"
_TIMEOUT_SECONDS = 15.0
_MAX_EXCERPT = 600
_UNSET = object()


class Client:
    """Sends requests to one service, with or without a token."""

    def __init__(self, url: str, spec: OpenAPI | None = None, token: str = "") -> None:
        self.url = url
        self.spec = spec
        self.token = token
        self._others: list[Client] = []
        self._http = httpx.Client(
            base_url=url,
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
            verify=_any_certificate(),
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections of this client and of the clients made from it."""
        self._http.close()
        for other in self._others:
            other.close()

    def with_token(self, token: str) -> Client:
        """A client of the same service that sends a token."""
        other = Client(self.url, self.spec, token)
        self._others.append(other)
        return other

    def call(
        self,
        method: str,
        path: str,
        expect: int | Iterable[int],
        *,
        json: Any = _UNSET,
        content: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        why: str = "",
    ) -> httpx.Response:
        """Send one request, and check the response.

        Args:
            method: the method.
            path: the path.
            expect: the expected status codes.
            json: the body, as a JSON value.
            content: the body, as bytes.
            headers: the headers.
            params: the query parameters.
            why: a description of the request, for messages.

        Raises:
            Failed: if the status isn't expected, or the response violates the spec.
        """
        sent = dict(headers or {})
        if json is not _UNSET:
            content = codec.dumps(json).encode()
            sent = {"Content-Type": "application/json", **sent}
        label = f"{method} {path}{_query(params)}{f' ({why})' if why else ''}"
        try:
            response = self._http.request(
                method, path, content=content, headers=sent, params=dict(params) if params else None
            )
        except httpx.HTTPError as error:
            raise Failed(f"{label}: {type(error).__name__}: {error}") from error
        wanted = {expect} if isinstance(expect, int) else set(expect)
        if response.status_code not in wanted:
            names = " or ".join(str(status) for status in sorted(wanted))
            raise Failed(f"{label} returned {response.status_code}, not {names}{_excerpt(content, response)}")
        self._validate_response(method, path, response, label)
        return response

    def problem(self, method: str, path: str, expect: int, **more: Any) -> dict[str, Any]:
        """Send a request that must be rejected, and return the problem details (RFC 9457)."""
        response = self.call(method, path, expect, **more)
        return problem_of(response, f"{method} {path}")

    def _validate_response(self, method: str, path: str, response: httpx.Response, label: str) -> None:
        if self.spec is None:
            return
        described = Response(
            status=response.status_code,
            content_type=media_type(response),
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
            json=_json(response),
        )
        for violation in self.spec.violations(method, path, described):
            raise Failed(
                f"{label} returned {response.status_code}, which violates the spec: {violation}"
                f"{_excerpt(None, response)}"
            )


@functools.cache
def _any_certificate() -> ssl.SSLContext:
    """A context that accepts every certificate. It's cached because it's slow to create."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def media_type(response: httpx.Response) -> str:
    """The content type without parameters."""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip()


def problem_of(response: httpx.Response, label: str) -> dict[str, Any]:
    """Return the problem details of a response.

    Raises:
        Failed: if there are none, or their status is wrong.
    """
    body = _json(response)
    if media_type(response) != PROBLEM or not isinstance(body, dict):
        raise Failed(f"{label} returned {response.status_code} without {PROBLEM}{_excerpt(None, response)}")
    if body.get("status") != response.status_code or not body.get("title"):
        raise Failed(f"{label}: the problem has no matching status or no title{_excerpt(None, response)}")
    if not str(body.get("type")).startswith(_TYPES):
        raise Failed(f"{label}: the type of the problem is not {_TYPES}...{_excerpt(None, response)}")
    return body


def fields_of(problem: Mapping[str, Any]) -> set[str]:
    """The fields that the problem details name."""
    return {str(error.get("field")) for error in problem.get("errors") or ()}


def together(count: int, call: Callable[[int], T]) -> list[T]:
    """Run a function in several threads that start at the same moment, and return the results."""
    # With a timeout, in case an interrupt stops a thread early.
    barrier = Barrier(count, timeout=_TIMEOUT_SECONDS)

    def wait_and_call(number: int) -> T:
        barrier.wait()
        return call(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(wait_and_call, range(count)))


def _json(response: httpx.Response) -> Any:
    with contextlib.suppress(ValueError, RecursionError):
        return codec.loads(response.content)
    return None


def _query(params: Mapping[str, Any] | None) -> str:
    return f"?{httpx.QueryParams(dict(params))}" if params else ""


def _excerpt(content: object, response: httpx.Response) -> str:
    parts = []
    if isinstance(content, bytes):
        parts.append(f"\n  sent: {content[:_MAX_EXCERPT].decode(errors='replace')}")
    if response.content:
        parts.append(f"\n  got:  {response.content[:_MAX_EXCERPT].decode(errors='replace').rstrip()}")
    return "".join(parts)
