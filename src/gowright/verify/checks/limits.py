"""Rate limits: enough is enough, for everyone and whatever the headers claim."""

from __future__ import annotations

import time

import httpx

from gowright.verify.client import Client, problem_of
from gowright.verify.lab import Lab
from gowright.verify.report import Failed, Skipped
from gowright.verify.site import AUTH, Site, vars_of

_REQUESTS = 10
_PERIOD = "10s"
_STRICT = {"RATE_LIMIT_REQUESTS": str(_REQUESTS), "RATE_LIMIT_PERIOD": _PERIOD}
_STRICT_LOGIN = {"AUTH_RATE_LIMIT_REQUESTS": str(_REQUESTS), "AUTH_RATE_LIMIT_PERIOD": "60s"}
_BEHIND_PROXY = {"HTTP_TRUSTED_PROXIES": "127.0.0.0/8"}
_GUESSES = _REQUESTS + 5
_TRIES = 3 * _REQUESTS


def rate_limit(lab: Lab) -> str:
    """Whoever calls too often is told to wait, and served again afterwards."""
    document = lab.service.document
    with lab.site(_STRICT, document=document) as site:
        path = _path(site)
        answers = [site.anonymous.call("GET", path, (200, 401, 429)) for _ in range(_TRIES)]
        _limited(answers, "one client")
        wait = int(answers[-1].headers["retry-after"])
        for probe in ("/livez", "/readyz"):
            site.anonymous.call("GET", probe, 200, why="a probe, while its client is limited")
        time.sleep(wait)
        site.anonymous.call("GET", path, (200, 401), why=f"after the {wait} s of Retry-After")
    return f"429 after {_REQUESTS}"


def spoofed_clients(lab: Lab) -> str:
    """A client does not get a fresh allowance by claiming to be another one."""
    document = lab.service.document
    with lab.site(_STRICT, document=document) as site:
        answers = []
        for n in range(_TRIES):
            claim = f"203.0.113.{n}"
            headers = {
                "X-Forwarded-For": claim,
                "X-Real-IP": claim,
                "Forwarded": f"for={claim}",
                "True-Client-IP": claim,
            }
            answers.append(site.anonymous.call("GET", _path(site), (200, 401, 429), headers=headers))
        _limited(answers, "a client that claims another address each time")
    with lab.site(_STRICT | _BEHIND_PROXY, document=document) as site:
        path = _path(site)
        for n in range(_TRIES):
            claim = f"203.0.113.{n}"
            site.anonymous.call(
                "GET",
                path,
                (200, 401),
                headers={"X-Forwarded-For": claim},
                why="a new client of a trusted proxy",
            )
        answers = []
        for n in range(_TRIES):
            claim = f"203.0.113.{n}, 198.51.100.7"
            answers.append(
                site.anonymous.call("GET", path, (200, 401, 429), headers={"X-Forwarded-For": claim})
            )
        _limited(answers, "a client that claims more addresses behind a trusted proxy")
    return "X-Forwarded-For is believed of trusted proxies only"


def shared_limit(lab: Lab) -> str:
    """Two replicas share one allowance."""
    document = lab.service.document
    env = lab.environment()
    if "REDIS_URL" not in env:
        raise Skipped("there is no Redis to share it through")
    with (
        lab.site(env=env | _STRICT, document=document) as one,
        lab.site(env=env | _STRICT, document=document) as other,
    ):
        sites = (one, other)
        answers = [sites[n % 2].anonymous.call("GET", _path(one), (200, 401, 429)) for n in range(_TRIES)]
        _limited(answers, "a client of two replicas")
    return ""


def login_limit(lab: Lab) -> str:
    """Passwords cannot be guessed at speed."""
    document = lab.service.document
    with lab.site(_STRICT_LOGIN, document=document) as site:
        guesses = [_guess(site.anonymous, f"someone-{n}@example.com") for n in range(_GUESSES)]
        _limited(guesses, "a client that tries many accounts")
        site.anonymous.call("GET", "/livez", 200)
    with lab.site(_STRICT_LOGIN | _BEHIND_PROXY, document=document) as site:
        email = site.register().email
        guesses = [_guess(site.anonymous, email, f"203.0.113.{n}") for n in range(_GUESSES)]
        _limited(guesses, "many clients that guess one account's password")
        other = vars_of(site.register())
        headers = {"X-Forwarded-For": "192.0.2.9"}
        site.anonymous.call("POST", f"{AUTH}/login", 200, json=other, headers=headers, why="another account")
    return "by client and by account"


def _guess(client: Client, email: str, address: str = "") -> httpx.Response:
    headers = {"X-Forwarded-For": address} if address else {}
    body = {"email": email, "password": "Wrong-Password-1234567"}
    return client.call("POST", f"{AUTH}/login", (401, 429), json=body, headers=headers)


def _limited(answers: list[httpx.Response], who: str) -> None:
    refused = [answer for answer in answers if answer.status_code == 429]
    served = len(answers) - len(refused)
    # While the calls are made, a few more become allowed.
    if not _REQUESTS <= served <= _REQUESTS + 4:
        raise Failed(f"{who}: {served} of {len(answers)} calls were served, and {_REQUESTS} are allowed")
    for answer in refused:
        problem_of(answer, who)
        wait = answer.headers.get("retry-after", "")
        if not wait.isdigit() or int(wait) < 1:
            raise Failed(f"{who}: 429 with Retry-After {wait!r}")


def _path(site: Site) -> str:
    """A limited route; being refused for want of a token counts as well."""
    return site.resources[0].path if site.resources else "/openapi.yaml"
