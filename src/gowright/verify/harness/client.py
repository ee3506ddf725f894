"""A client of the service that believes nothing: every answer is held against the document."""

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

from gowright.verify.harness.openapi import Answer, OpenAPI
from gowright.verify.outcomes import Failed

T = TypeVar("T")
PROBLEM = "application/problem+json"
_SECONDS = 15.0
_SHOWN = 600
_UNSET = object()


class Client:
    """Calls one service, with or without a caller's token."""

    def __init__(self, url: str, document: OpenAPI | None = None, token: str = "") -> None:
        self.url = url
        self.document = document
        self.token = token
        self._others: list[Client] = []
        self._http = httpx.Client(
            base_url=url,
            timeout=_SECONDS,
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
        """Close its connections, and those of the clients made from it."""
        self._http.close()
        for other in self._others:
            other.close()

    def with_token(self, token: str) -> Client:
        """The same service, called by the bearer of a token."""
        other = Client(self.url, self.document, token)
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
        """Make one call.

        Raises:
            Failed: when the status is not an expected one, or the document has no such answer.
        """
        sent = dict(headers or {})
        if json is not _UNSET:
            content = codec.dumps(json).encode()
            sent = {"Content-Type": "application/json", **sent}
        said = f"{method} {path}{_query(params)}{f' ({why})' if why else ''}"
        try:
            response = self._http.request(
                method, path, content=content, headers=sent, params=dict(params) if params else None
            )
        except httpx.HTTPError as error:
            raise Failed(f"{said}: {type(error).__name__}: {error}") from error
        wanted = {expect} if isinstance(expect, int) else set(expect)
        if response.status_code not in wanted:
            names = " or ".join(str(status) for status in sorted(wanted))
            raise Failed(f"{said} answered {response.status_code}, not {names}{_shown(content, response)}")
        self._validate_response(method, path, response, said)
        return response

    def problem(self, method: str, path: str, expect: int, **more: Any) -> dict[str, Any]:
        """Make a call that is refused; the answer is a problem (RFC 9457)."""
        response = self.call(method, path, expect, **more)
        return problem_of(response, f"{method} {path}")

    def _validate_response(self, method: str, path: str, response: httpx.Response, said: str) -> None:
        if self.document is None:
            return
        answer = Answer(
            status=response.status_code,
            content_type=media_type(response),
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
            json=_json(response),
        )
        for violation in self.document.violations(method, path, answer):
            raise Failed(
                f"{said} answered {response.status_code}, against its own document: {violation}"
                f"{_shown(None, response)}"
            )


@functools.cache
def _any_certificate() -> ssl.SSLContext:
    """Takes every certificate: the services of a proof sign their own. Slow to make, so made once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def media_type(response: httpx.Response) -> str:
    """The content type without its parameters."""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip()


def problem_of(response: httpx.Response, said: str) -> dict[str, Any]:
    """The problem that an answer holds.

    Raises:
        Failed: when it holds none, or one about another status.
    """
    body = _json(response)
    if media_type(response) != PROBLEM or not isinstance(body, dict):
        raise Failed(f"{said} answered {response.status_code} without {PROBLEM}{_shown(None, response)}")
    if body.get("status") != response.status_code or not body.get("title"):
        raise Failed(f"{said}: the problem does not tell status and title{_shown(None, response)}")
    return body


def fields_of(problem: Mapping[str, Any]) -> set[str]:
    """The fields that a problem names."""
    return {str(error.get("field")) for error in problem.get("errors") or ()}


def together(count: int, call: Callable[[int], T]) -> list[T]:
    """Make calls from several threads that start at the same moment."""
    # An interrupt may come before all of them are there.
    barrier = Barrier(count, timeout=_SECONDS)

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


def _shown(content: object, response: httpx.Response) -> str:
    parts = []
    if isinstance(content, bytes):
        parts.append(f"\n  sent: {content[:_SHOWN].decode(errors='replace')}")
    if response.content:
        parts.append(f"\n  got:  {response.content[:_SHOWN].decode(errors='replace').rstrip()}")
    return "".join(parts)
