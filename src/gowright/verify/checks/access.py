"""Who may do what: open routes, other people's objects, administrators."""

from __future__ import annotations

from gowright.verify.harness.openapi import Operation
from gowright.verify.harness.harness import Lab
from gowright.verify.result import Failed
from gowright.verify.harness.running import Account, Site, vars_of

_USERS = "/api/v1/users"
_MISSING_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def closed_routes(lab: Lab) -> str:
    """Every route of the API asks for a token, except the ones that give one."""
    site = lab.service
    api = [operation for operation in site.document.operations if operation.path.startswith("/api/")]
    open_ones = {operation.label for operation in api if operation.public}
    public = lab.callers.public
    if open_ones != public:
        raise Failed(f"open by the document: {open_ones}; these should be: {set(public)}")
    for operation in api:
        if not operation.public:
            _is_closed(site, operation)
    return f"{len(api) - len(open_ones)} closed, {len(open_ones)} open"


def _is_closed(site: Site, operation: Operation) -> None:
    path = operation.path.replace("{id}", _MISSING_ID)
    method = operation.method.upper()
    for client in (site.anonymous, site.anonymous.with_token("garbage")):
        # No body either: whether it is valid is nothing that a stranger is told.
        response = client.call(method, path, 401)
        if not response.headers.get("www-authenticate", "").startswith("Bearer"):
            raise Failed(f"{method} {path}: a 401 without WWW-Authenticate: Bearer")


def other_peoples_objects(lab: Lab) -> str:
    """Someone else's object does not exist, whatever one tries."""
    site = lab.service
    owner, stranger = site.new_caller(), site.new_caller()
    for resource in site.resources:
        item = site.create(resource, owner)
        path = f"{resource.path}/{item['id']}"
        before = owner.call("GET", path, 200)
        body = site.samples.body(site.schema(resource))
        stranger.problem("GET", path, 404)
        stranger.problem("GET", path, 404, headers={"If-None-Match": before.headers["etag"]})
        stranger.problem("PUT", path, 404, json=body)
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
                raise Failed(f"GET {resource.path} shows a newcomer {len(listed)} objects of others")
        # Whether an owner has a value, nobody learns by asking for the same.
        taken = body | {field.name: item[field.name] for field in resource.unique}
        stranger.call("POST", resource.path, 201, json=taken, why="only someone else has this value")
        if owner.call("GET", path, 200).json() != before.json():
            raise Failed(f"{path} was changed by someone else")
        if item.get("owner_id") in (None, ""):
            raise Failed(f"POST {resource.path}: the object does not tell its owner_id")
    return ", ".join(resource.name for resource in site.resources)


def administrators(lab: Lab) -> str:
    """What is for administrators is closed to everyone else."""
    if lab.database_kind is None:
        lab.service.caller().problem("GET", _USERS, 403, why="as a user")
        return "users are refused"
    env = lab.environment()
    with lab.site(env=env) as site:
        account = site.register()
        _sees_users(site, account, 403)
        _set_role(lab, env, account, "admin")
        _sees_users(site, account, 200)
        _set_role(lab, env, account, "user")
        _sees_users(site, account, 403)
    return "users are refused, administrators are not"


def _sees_users(site: Site, account: Account, expect: int) -> None:
    client = site.anonymous.with_token(site.login(account).access_token)
    answer = client.call("GET", _USERS, expect)
    if expect == 200:
        for user in answer.json()["items"]:
            if set(user) - {"id", "email", "role", "created_at"}:
                raise Failed(f"GET {_USERS} tells too much: {sorted(user)}")
        if account.email not in answer.text:
            raise Failed(f"GET {_USERS} does not list {vars_of(account)['email']}")


def _set_role(lab: Lab, env: dict[str, str], account: Account, role: str) -> None:
    command = lab.start("set-role", account.email, role, env=env)
    if command.wait_exit(20) != 0:
        raise Failed(
            f"set-role {account.email} {role} ended with code {command.exit_code}:\n{command.tail()}"
        )
