"""Authorization: public routes, objects of other users, and administrators."""

from __future__ import annotations

from typing import Any

from gowright.verify.backends.auth.accounts import AUTH, Account
from gowright.verify.backends.auth.roles import ProviderBackend
from gowright.verify.check import check
from gowright.verify.checks.conditions import accounts, both, callers, database, resources
from gowright.verify.checks.needs import request_type
from gowright.verify.harness.client import MERGE_PATCH, Client, fields_of
from gowright.verify.harness.harness import Harness
from gowright.verify.harness.openapi import Operation
from gowright.verify.harness.running import RunningService
from gowright.verify.outcomes import Failed, Skipped

_ME = "/api/v1/me"
_USERS = "/api/v1/users"
_MERGE_PATCH = {"Content-Type": MERGE_PATCH}
_MISSING_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


@check("closed-routes", "every protected route requires a token", when=callers)
def closed_routes(harness: Harness) -> str:
    """Every route of the API requires a token, except the routes that issue one."""
    running = harness.service
    api = [operation for operation in running.spec.operations if operation.path.startswith("/api/")]
    public_routes = {operation.label for operation in api if operation.public}
    expected = harness.auth.public_routes
    if public_routes != expected:
        raise Failed(f"the public routes of the spec are {public_routes}, not {set(expected)}")
    for operation in api:
        if not operation.public:
            _is_closed(running, operation)
    return f"{len(api) - len(public_routes)} protected, {len(public_routes)} public"


def _is_closed(running: RunningService, operation: Operation) -> None:
    path = operation.path.replace("{id}", _MISSING_ID)
    method = operation.method.upper()
    for client in (running.anonymous, running.anonymous.with_token("garbage")):
        # Without a body: the token is checked before the body.
        response = client.call(method, path, 401)
        if not response.headers.get("www-authenticate", "").startswith("Bearer"):
            raise Failed(f"{method} {path}: a 401 without WWW-Authenticate: Bearer")


@check("other-peoples-objects", "objects of other users are not accessible", when=both(callers, resources))
def other_peoples_objects(harness: Harness) -> str:
    """For other users, an object doesn't exist."""
    running = harness.service
    owner, stranger = running.new_caller(), running.new_caller()
    for resource in running.resources:
        item = running.create(resource, owner)
        path = f"{resource.path}/{item['id']}"
        before = owner.call("GET", path, 200)
        body = running.body(resource, stranger)
        stranger.problem("GET", path, 404)
        stranger.problem("GET", path, 404, headers={"If-None-Match": before.headers["etag"]})
        stranger.problem("PUT", path, 404, json=body)
        stranger.problem("PATCH", path, 404, json=body, headers=_MERGE_PATCH)
        stranger.problem("PUT", path, 404, json=body, headers={"If-Match": before.headers["etag"]})
        stranger.problem("PUT", path, 404, json=body, headers={"If-Match": '"99"'})
        stranger.problem("DELETE", path, 404)
        for params in (
            {},
            *(
                {field.name: item[field.name]}
                for field in resource.filters
                if isinstance(item[field.name], str)
            ),
        ):
            listed = stranger.call("GET", resource.path, 200, params=params).json()["items"]
            if listed:
                raise Failed(f"GET {resource.path} shows a new user {len(listed)} objects of other users")
        # Another user can't find out which values exist.
        values = {field.name: item[field.name] for field in resource.unique if field.type != "ref"}
        taken = body | values
        stranger.call("POST", resource.path, 201, json=taken, why="only another user has this value")
        if owner.call("GET", path, 200).json() != before.json():
            raise Failed(f"{path} was changed by another user")
        if item.get("owner_id") in (None, ""):
            raise Failed(f"POST {resource.path}: the object has no owner_id")
    return ", ".join(resource.name for resource in running.resources)


@check("administrators", "admins manage accounts, and other users do not", when=accounts)
def administrators(harness: Harness) -> str:
    """Routes for administrators are closed to other users, and let administrators disable accounts."""
    if not harness.sets_roles:
        running = harness.service
        session = running.login(running.register())
        user = running.anonymous.with_token(session.access_token)
        user.problem("GET", _USERS, 403, why="as a user")
        user.problem(
            "PATCH",
            f"{_USERS}/{_MISSING_ID}",
            403,
            json={"role": "admin"},
            headers=_accepted(running),
            why="as a user",
        )
        return "users are rejected"
    env = harness.environment()
    with harness.run_service(env=env) as running:
        account = running.register()
        _sees_users(running, account, 403)
        _set_role(harness, env, account, "admin")
        _sees_users(running, account, 200)
        _disables(running, account)
        _set_role(harness, env, account, "user")
        _sees_users(running, account, 403)
    return "users are rejected, administrators are not"


def _sees_users(running: RunningService, account: Account, expect: int) -> None:
    client = running.anonymous.with_token(running.login(account).access_token)
    response = client.call("GET", _USERS, expect)
    if expect == 200:
        for user in response.json()["items"]:
            if set(user) - {"id", "email", "role", "disabled", "created_at", "last_login_at"}:
                raise Failed(f"GET {_USERS} reveals too many fields: {sorted(user)}")
        if account.email not in response.text:
            raise Failed(f"GET {_USERS} does not list {account.credentials['email']}")


def _accepted(running: RunningService) -> dict[str, str]:
    """The content type of the changes of an account."""
    types = running.spec.request_types(running.operation("PATCH", f"{_USERS}/{_MISSING_ID}"))
    return {"Content-Type": types[0]} if types else {}


def _disables(running: RunningService, administrator: Account) -> None:
    """Disable the account of a user and enable it again."""
    admin = running.anonymous.with_token(running.login(administrator).access_token)
    own = f"{_USERS}/{admin.call('GET', _ME, 200).json()['id']}"
    patches = _accepted(running)
    admin.problem("PATCH", own, 403, json={"disabled": True}, headers=patches, why="their own account")
    account = running.register()
    session = running.login(account)
    user = running.anonymous.with_token(session.access_token)
    path = f"{_USERS}/{user.call('GET', _ME, 200).json()['id']}"
    user.problem("PATCH", own, 403, json={"role": "user"}, headers=patches, why="as a user")
    for change in ({"role": "king"}, {"admin": True}):
        _refuses(admin, path, patches, change)
    admin.problem("PATCH", f"{_USERS}/{_MISSING_ID}", 404, json={"disabled": True}, headers=patches)
    if _changed(admin, path, patches, {"disabled": True})["disabled"] is not True:
        raise Failed(f"PATCH {path} does not disable the account")
    body = {"refresh_token": session.refresh_token}
    running.anonymous.problem("POST", f"{AUTH}/refresh", 401, json=body, why="the account is disabled")
    running.anonymous.problem(
        "POST", f"{AUTH}/login", 401, json=account.credentials, why="the account is disabled"
    )
    _changed(admin, path, patches, {"disabled": False})
    running.anonymous.problem("POST", f"{AUTH}/refresh", 401, json=body, why="the session has ended")
    running.login(account)
    if _changed(admin, path, patches, {"role": "admin"})["role"] != "admin":
        raise Failed(f"PATCH {path} does not change the role")


def _refuses(admin: Client, path: str, headers: dict[str, str], change: dict[str, Any]) -> None:
    problem = admin.problem("PATCH", path, 422, json=change, headers=headers)
    if fields_of(problem) != set(change):
        raise Failed(f"PATCH {path}: the problem with {change} does not name its field: {problem}")


def _changed(admin: Client, path: str, headers: dict[str, str], change: dict[str, Any]) -> dict[str, Any]:
    """Patch an account, and return the result."""
    changed: dict[str, Any] = admin.call("PATCH", path, 200, json=change, headers=headers).json()
    return changed


@check(
    "account-patches",
    "a change of an account is a JSON merge patch",
    when=both(accounts, database),
    needs=(request_type("PATCH", f"{_USERS}/{{id}}", MERGE_PATCH, since="0.5.0"),),
)
def account_patches(harness: Harness) -> str:
    """A patch of an account changes only what it contains, and null is refused."""
    env = harness.environment()
    with harness.run_service(env=env, spec=harness.service.spec) as running:
        admin = _administrator(harness, running, env)
        user = running.anonymous.with_token(running.login(running.register()).access_token)
        path = f"{_USERS}/{user.call('GET', _ME, 200).json()['id']}"
        for change in ({"role": None}, {"disabled": None}):
            _refuses(admin, path, _MERGE_PATCH, change)
        admin.problem("PATCH", path, 415, json={}, why="it is not a merge patch")
        _changed(admin, path, _MERGE_PATCH, {"role": "admin"})
        if _changed(admin, path, _MERGE_PATCH, {"disabled": True})["role"] != "admin":
            raise Failed(f"PATCH {path} changes the role, although the patch has no role")
    return ""


@check("roles", "admins access the objects of all users", when=both(callers, resources))
def roles(harness: Harness) -> str:
    """Administrators read, change and delete the objects of other users."""
    env = harness.environment()
    with harness.run_service(env=env, spec=harness.service.spec) as running:
        admin = _administrator(harness, running, env)
        owner = running.new_caller()
        for resource in running.resources:
            item = running.create(resource, owner)
            path = f"{resource.path}/{item['id']}"
            if admin.call("GET", path, 200, why="as an admin").json() != item:
                raise Failed(f"GET {path} gives an admin another object than its owner")
            listed = admin.call("GET", resource.path, 200).json()["items"]
            if item["id"] not in {each["id"] for each in listed}:
                raise Failed(f"GET {resource.path} does not list the objects of other users to an admin")
            body = running.body(resource, owner)
            changed = admin.call("PUT", path, 200, json=body, why="as an admin").json()
            if changed["owner_id"] != item["owner_id"]:
                raise Failed(f"PUT {path} as an admin changes the owner")
            admin.call("DELETE", path, 204, why="as an admin")
            owner.problem("GET", path, 404, why="an admin has deleted it")
    return ", ".join(resource.name for resource in running.resources)


def _administrator(harness: Harness, running: RunningService, env: dict[str, str]) -> Client:
    """A client of an administrator."""
    if isinstance(harness.auth, ProviderBackend):
        return running.anonymous.with_token(harness.auth.admin_token())
    if not harness.sets_roles:
        raise Skipped("only a database keeps the role of the first admin")
    account = running.register()
    _set_role(harness, env, account, "admin")
    return running.anonymous.with_token(running.login(account).access_token)


def _set_role(harness: Harness, env: dict[str, str], account: Account, role: str) -> None:
    command = harness.start("set-role", account.email, role, env=env)
    if command.wait_exit(20) != 0:
        raise Failed(
            f"set-role {account.email} {role} exited with code {command.exit_code}:\n{command.tail()}"
        )
