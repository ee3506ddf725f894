"""Accounts and sessions: register, log in, refresh, log out, change and delete."""

from __future__ import annotations

import time

from gowright.verify.backends.auth.accounts import AUTH, Account, Session
from gowright.verify.check import check
from gowright.verify.checks.conditions import accounts
from gowright.verify.checks.needs import response_field
from gowright.verify.harness.client import fields_of, together
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed

_ME = "/api/v1/me"
_SESSIONS = "/api/v1/sessions"
_GRACE_SECONDS = 1
_MAX_ACCESS_SECONDS = 900
_ROUNDS = 3
_TRIES = 5
_MAX_RATIO = 1.7
_CLIENTS = 8


@check("registration", "an email registers once, and never as an administrator", when=accounts)
def registration(harness: Harness) -> str:
    """An email registers once, and never as an administrator."""
    running = harness.service
    account = running.register()
    path = f"{AUTH}/register"
    mixed = account.credentials | {"email": account.email.upper()}
    for body in (account.credentials, mixed):
        problem = running.anonymous.problem("POST", path, 409, json=body, why="the email is taken")
        if "email" not in fields_of(problem):
            raise Failed(f"POST {path}: the problem does not name email: {problem}")
    fresh = {"email": f"fresh-{account.email}", "password": account.password}
    for field, value in (
        ("password", "short"),
        ("password", "Password123"),
        ("password", fresh["email"]),
        ("email", "nobody"),
        ("email", ""),
        ("role", "admin"),
        ("id", "1"),
    ):
        problem = running.anonymous.problem(
            "POST", path, 422, json=fresh | {field: value}, why=f"{field}: {value!r}"
        )
        if field not in fields_of(problem):
            raise Failed(f"POST {path}: the problem does not name {field}: {problem}")
    response = running.anonymous.call("POST", path, 201, json=fresh)
    session = running.session(response.json())
    running.anonymous.with_token(session.access_token).call("GET", _ME, 200, why="registering signs in")
    if response.headers.get("location") != _ME:
        raise Failed(f"POST {path}: Location is {response.headers.get('location')!r}, not {_ME}")
    if account.password in response.text or "hash" in response.text.lower():
        raise Failed(f"POST {path} reveals the password: {response.text}")
    return ""


@check("sessions", "login, refresh, reuse detection and logout work", when=accounts)
def sessions(harness: Harness) -> str:
    """A session is refreshed; reusing an old refresh token ends it."""
    running = harness.service
    account = running.register()
    first = _logged_in(running, account)
    other = _logged_in(running, account)

    second = _refresh(running, first)
    if second == first or second.refresh_token == first.refresh_token:
        raise Failed(f"POST {AUTH}/refresh does not change the refresh token")
    third = _refresh(running, second)
    _refused(running, first, "its refresh token was replaced twice")
    _refused(running, third, "an older token of its session was used")
    _refused(running, second, "its session has ended")

    other = _refresh(running, other)
    running.anonymous.call("POST", f"{AUTH}/logout", 204, json={"refresh_token": other.refresh_token})
    _refused(running, other, "it was logged out")
    for text in ("", "nonsense", first.access_token):
        running.anonymous.call("POST", f"{AUTH}/refresh", (401, 422), json={"refresh_token": text})
    return ""


@check(
    "refresh-grace", "a lost response to a refresh can be repeated, but only for a short time", when=accounts
)
def refresh_grace(harness: Harness) -> str:
    """An exchange can be repeated within the grace period. After that, it ends the session."""
    env = harness.environment() | {"SESSION_GRACE": f"{_GRACE_SECONDS}s"}
    with harness.run_service(env=env, spec=harness.service.spec) as running:
        first = running.login(running.register())
        lost = _refresh(running, first)
        second = _refresh(running, first)
        if second.refresh_token != lost.refresh_token:
            raise Failed(
                f"POST {AUTH}/refresh: a repetition signs out the client that got the first response"
            )
        time.sleep(_GRACE_SECONDS + 0.1)
        _refused(running, first, f"it was exchanged more than {_GRACE_SECONDS} s ago")
        _refused(running, second, "an older token of its session was used")
    return ""


@check(
    "last-login",
    "an account has the time of its last sign-in with the password",
    when=accounts,
    needs=(response_field("GET", _ME, "last_login_at", since="0.5.0"),),
)
def last_login(harness: Harness) -> str:
    """Signing in changes the time, and refreshing the session doesn't."""
    running, times = harness.service, []
    session = running.login(account := running.register())
    for step in (running.login, None, None):
        me = running.anonymous.with_token(session.access_token).call("GET", _ME, 200).json()
        times.append(me["last_login_at"])
        session = step(account) if step else _refresh(running, session)
    if None in times or times[0] == times[1]:
        raise Failed(f"GET {_ME}: last_login_at is {times[1]} after another sign-in")
    if times[1] != times[2]:
        raise Failed(f"GET {_ME}: last_login_at is {times[2]} after a refresh, not {times[1]}")
    return ""


@check("own-sessions", "users see and end their own sessions, and no others", when=accounts)
def own_sessions(harness: Harness) -> str:
    """Users list their sessions, end one of them, and end all of them."""
    running = harness.service
    account, stranger = running.register(), running.register()
    current, other = running.login(account), running.login(account)
    caller = running.anonymous.with_token(current.access_token)
    listed = caller.call("GET", _SESSIONS, 200).json()["items"]
    # Registering signs in, too.
    if len(listed) != 3 or [each["current"] for each in listed] != [False, True, False]:
        raise Failed(f"GET {_SESSIONS} after three sign-ins, as the second one, returned {listed}")
    path = f"{_SESSIONS}/{listed[0]['id']}"
    thief = running.anonymous.with_token(running.login(stranger).access_token)
    thief.problem("DELETE", path, 404, why="the session of another user")
    caller.call("DELETE", path, 204)
    caller.problem("DELETE", path, 404, why="the session has ended")
    _refused(running, other, "its session was ended")
    current = _refresh(running, current)
    caller.call("DELETE", _SESSIONS, 204)
    _refused(running, current, "all sessions were ended")
    thief.call("GET", _SESSIONS, 200)
    return ""


@check("password-change", "a new password ends the other sessions", when=accounts)
def password_change(harness: Harness) -> str:
    """Changing the password requires the current one, and ends all other sessions."""
    running = harness.service
    account = running.register()
    stolen, own = running.login(account), running.login(account)
    caller = running.anonymous.with_token(own.access_token)
    fresh = f"New-{account.password}"
    path = f"{_ME}/password"
    for current, new, field in (
        ("Wrong-Password-1234567", fresh, "current_password"),
        (account.password, "password123", "new_password"),
    ):
        body = {"current_password": current, "new_password": new}
        problem = caller.problem("PUT", path, 422, json=body, why=f"with a wrong {field}")
        if field not in fields_of(problem):
            raise Failed(f"PUT {path}: the problem does not name {field}: {problem}")
    caller.call("PUT", path, 204, json={"current_password": account.password, "new_password": fresh})
    _refused(running, stolen, "the password was changed")
    _refresh(running, own)
    running.anonymous.problem("POST", f"{AUTH}/login", 401, json=account.credentials, why="the old password")
    running.login(Account(account.email, fresh))
    return ""


@check("account-deletion", "users delete their account", when=accounts)
def account_deletion(harness: Harness) -> str:
    """Deleting an account requires its password, and ends its sessions."""
    running = harness.service
    account = running.register()
    session = running.login(account)
    caller = running.anonymous.with_token(session.access_token)
    items = [f"{each.path}/{running.create(each, caller)['id']}" for each in running.resources]
    caller.problem("DELETE", _ME, 422, json={"password": "Wrong-Password-1234567"}, why="a wrong password")
    caller.call("DELETE", _ME, 204, json={"password": account.password})
    _refused(running, session, "the account was deleted")
    running.anonymous.problem(
        "POST", f"{AUTH}/login", 401, json=account.credentials, why="the account was deleted"
    )
    caller.call("GET", _ME, 401, why="the account was deleted")
    for path in items:
        caller.call("GET", path, (401, 404), why="the account was deleted")
    running.anonymous.call("POST", f"{AUTH}/register", 201, json=account.credentials, why="the email is free")
    return ""


def _logged_in(running: RunningService, account: Account) -> Session:
    response = running.anonymous.call("POST", f"{AUTH}/login", 200, json=account.credentials).json()
    if response["token_type"] != "Bearer" or not 0 < response["expires_in"] <= _MAX_ACCESS_SECONDS:
        raise Failed(
            f"POST {AUTH}/login: token_type {response['token_type']}, expires_in {response['expires_in']}"
        )
    session = running.session(response)
    me = running.anonymous.with_token(session.access_token).call("GET", _ME, 200).json()
    if me["email"] != account.email or me["role"] != "user":
        raise Failed(f"GET {_ME} returned {me}, not {account.email} with role user")
    return session


def _refresh(running: RunningService, session: Session) -> Session:
    response = running.anonymous.call(
        "POST", f"{AUTH}/refresh", 200, json={"refresh_token": session.refresh_token}
    )
    fresh = running.session(response.json())
    running.anonymous.with_token(fresh.access_token).call("GET", _ME, 200, why="with the refreshed token")
    return fresh


def _refused(running: RunningService, session: Session, why: str) -> None:
    body = {"refresh_token": session.refresh_token}
    running.anonymous.problem("POST", f"{AUTH}/refresh", 401, json=body, why=why)


@check("parallel-refresh", "parallel refreshes do not end a session", when=accounts)
def parallel_refresh(harness: Harness) -> str:
    """Clients that use a refresh token at the same time, such as two tabs, all get the same next one."""
    running = harness.service
    session = running.login(running.register())
    clients = [running.anonymous.with_token("") for _ in range(_CLIENTS)]
    body = {"refresh_token": session.refresh_token}
    responses = together(
        _CLIENTS, lambda n: clients[n].call("POST", f"{AUTH}/refresh", (200, 401), json=body)
    )
    won = [running.session(response.json()) for response in responses if response.status_code == 200]
    if len(won) < _CLIENTS:
        raise Failed(f"{_CLIENTS - len(won)} of {_CLIENTS} parallel refreshes with one token were refused")
    if len({each.refresh_token for each in won}) > 1:
        raise Failed(
            "parallel refreshes with one token got different tokens, and only one of them remains valid"
        )
    _refresh(running, won[0])
    return f"{len(won)} clients"


@check("login", "login does not reveal which accounts exist", when=accounts, timed=True)
def login(harness: Harness) -> str:
    """A wrong password and an unknown account are indistinguishable, also by time."""
    running = harness.service
    account = running.register()
    wrong = {"email": account.email, "password": "Wrong-Password-1234567"}
    unknown = wrong | {"email": f"nobody-{account.email}"}
    problems: set[str] = set()
    seconds: list[list[float]] = [[], []]
    for _ in range(_ROUNDS):
        for _ in range(_TRIES):
            for kind, body in enumerate((wrong, unknown)):
                begin = time.perf_counter()
                problem = running.anonymous.problem("POST", f"{AUTH}/login", 401, json=body)
                seconds[kind].append(time.perf_counter() - begin)
                problems.add(f"{problem['title']}: {problem.get('detail')} {problem.get('errors')}")
        if len(problems) > 1:
            raise Failed(
                f"POST {AUTH}/login distinguishes a wrong password from an unknown account: {problems}"
            )
        # Minimums, because a busy machine only makes calls slower.
        known, missing = (min(each) * 1000 for each in seconds)
        if 1 / _MAX_RATIO < known / missing < _MAX_RATIO:
            return f"{known:.0f} and {missing:.0f} ms"
    raise Failed(
        f"POST {AUTH}/login takes {known:.0f} ms for a wrong password and {missing:.0f} ms "
        "for an unknown account: the time reveals which accounts exist"
    )
