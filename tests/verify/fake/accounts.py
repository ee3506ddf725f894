"""The fake service's accounts, sessions and tokens."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import threading
import time
import uuid
from typing import Any

from gowright.verify.backends.auth.tokens import Ed25519Key, Token
from tests.verify.fake.clock import CLOCK
from tests.verify.fake.http import Answer, Refused, Request, Route, now

AUTH = "/api/v1/auth"
ME = "/api/v1/me"
SESSIONS = "/api/v1/sessions"
USERS = "/api/v1/users"


class JwtAuth:
    """Users and sessions in memory."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.bug = app.bug
        self.users: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self.lock = threading.Lock()

    @property
    def key(self) -> Ed25519Key:
        key: Ed25519Key = self.app.key
        return key

    def routes(self) -> list[Route]:
        return [
            ("POST", f"{AUTH}/register", self.register),
            ("POST", f"{AUTH}/login", self.login),
            ("POST", f"{AUTH}/refresh", self.refresh),
            ("POST", f"{AUTH}/logout", self.logout),
            ("GET", ME, lambda request, _: (200, escape(request.user), {})),
            ("DELETE", ME, self.delete),
            ("PUT", f"{ME}/password", self.change_password),
            ("GET", SESSIONS, self.list_sessions),
            ("DELETE", SESSIONS, self.end_all),
            ("DELETE", f"{SESSIONS}/([^/]+)", self.end_one),
            ("GET", USERS, self.list),
            ("PATCH", f"{USERS}/([^/]+)", self.change_user),
        ]

    def register(self, request: Request, _: re.Match[str]) -> Answer:
        body = request.json()
        email, password = str(body.get("email", "")).lower(), str(body.get("password", ""))
        wrong = sorted(body.keys() - {"email", "password"})
        wrong += [] if "@" in email else ["email"]
        wrong += [] if self.is_strong(password, email) else ["password"]
        if wrong:
            raise Refused(422, "wrong fields", wrong)
        with self.lock:
            if email in self.users:
                raise Refused(409, "taken", ["email"])
            user = {"id": str(uuid.uuid4()), "email": email, "role": "user", "disabled": False}
            self.users[email] = user | {"created_at": now(), "last_login_at": now(), "hash": hashed(password)}
        if self.bug == "logs-passwords":
            self.app.log(msg="registered", password=password)
        return 201, self.start(self.users[email]), {"Location": ME}

    def is_strong(self, password: str, email: str) -> bool:
        common = password.lower() in ("password123", email) and self.bug != "common-passwords"
        return len(password) >= 8 and not common

    def login(self, request: Request, _: re.Match[str]) -> Answer:
        body = request.json()
        if unknown := body.keys() - {"email", "password"}:
            raise Refused(422, "wrong fields", unknown)
        if not isinstance(body.get("email"), str) or not isinstance(body.get("password"), str):
            raise Refused(422, "wrong fields", ["email"])
        if self.bug != "no-account-limit":
            who = "RATE" if self.bug == "account-locks" else "ACCOUNT"
            self.app.spend(f"account {body['email']}", f"AUTH_{who}_LIMIT_REQUESTS", 600)
        user = self.users.get(body["email"])
        if user is None and self.bug == "quick-unknown":
            raise Refused(401, "wrong email or password", www_authenticate="Bearer")
        right = user is not None and user["hash"] == hashed(body["password"])
        if user is None:
            hashed(body["password"])
        if not right or user is None:
            detail = "no such account" if user is None and self.bug == "tells" else "wrong email or password"
            raise Refused(401, detail, www_authenticate="Bearer")
        if user["disabled"] and self.bug != "disabled-signs-in":
            raise Refused(401, "wrong email or password", www_authenticate="Bearer")
        if self.bug != "forgets-logins":
            user["last_login_at"] = now()
        return 200, self.start(user), {}

    def start(self, user: dict[str, Any]) -> dict[str, Any]:
        key = str(uuid.uuid4())
        token = f"{key}.{secrets.token_urlsafe(24)}"
        self.sessions[key] = {"id": key, "user": user, "token": token, "previous": "", "replaced": 0.0}
        return self.grant(self.sessions[key])

    def grant(self, session: dict[str, Any]) -> dict[str, Any]:
        soon = int(time.time())
        claims = {"sub": session["user"]["id"], "sid": session["id"], "iss": "shop", "aud": "shop"}
        claims |= {"iat": soon, "exp": soon + 900}
        access = Token({"typ": "at+jwt", "kid": "1"}, claims).signed(self.key)
        tokens = {"access_token": access, "token_type": "Bearer", "expires_in": 900}
        return tokens | {"refresh_token": session["token"]}

    def refresh(self, request: Request, _: re.Match[str]) -> Answer:
        token = str(request.json().get("refresh_token"))
        with self.lock:
            session = self.sessions.get(token.split(".")[0])
            if session is None or (session["user"]["disabled"] and self.bug != "disabled-refreshes"):
                raise Refused(401, "not valid", www_authenticate="Bearer")
            seconds = float(self.app.env.get("SESSION_GRACE", "30s").rstrip("s"))
            late = CLOCK.read() - session["replaced"] > seconds and self.bug != "endless-grace"
            if token == session["token"]:
                session["previous"], session["replaced"] = token, CLOCK.read()
                session["token"] = f"{session['id']}.{secrets.token_urlsafe(24)}"
            elif token == session["previous"] and not late and self.bug != "one-winner":
                if self.bug == "new-each-time":
                    session["token"] = f"{session['id']}.{secrets.token_urlsafe(24)}"
            elif self.bug != "reuse":
                if self.bug != "session-lives":
                    del self.sessions[session["id"]]
                raise Refused(401, "not valid", www_authenticate="Bearer")
            if self.bug == "refresh-is-login":
                session["user"]["last_login_at"] = now()
            return 200, self.grant(session), {}

    def logout(self, request: Request, _: re.Match[str]) -> Answer:
        token = str(request.json().get("refresh_token"))
        if self.bug != "no-logout":
            self.sessions.pop(token.split(".")[0], None)
        return 204, None, {}

    def own(self, request: Request) -> list[dict[str, Any]]:
        sessions = reversed(self.sessions.values())
        return [each for each in sessions if each["user"]["id"] == request.user["id"]]

    def end(self, request: Request, keep: str = "") -> None:
        for each in self.own(request):
            if each["id"] != keep:
                del self.sessions[each["id"]]

    def list_sessions(self, request: Request, _: re.Match[str]) -> Answer:
        shown = self.own(request)
        if self.bug == "shows-all-sessions":
            shown = list(reversed(self.sessions.values()))
        return 200, {"items": [{"id": s["id"], "current": s["id"] == request.session} for s in shown]}, {}

    def end_all(self, request: Request, _: re.Match[str]) -> Answer:
        if self.bug != "ends-nothing":
            self.end(request)
        return 204, None, {}

    def end_one(self, request: Request, found: re.Match[str]) -> Answer:
        known = self.sessions.get(found[1])
        if known is None or (known not in self.own(request) and self.bug != "ends-others-sessions"):
            raise Refused(404, "no such session")
        del self.sessions[found[1]]
        return 204, None, {}

    def confirm(self, request: Request, field: str, bug: str) -> dict[str, Any]:
        body = request.json()
        if request.user["hash"] != hashed(str(body.get(field))) and self.bug != bug:
            raise Refused(422, "wrong fields", [field])
        return body

    def change_password(self, request: Request, _: re.Match[str]) -> Answer:
        body = self.confirm(request, "current_password", "any-password-changes")
        if not self.is_strong(body["new_password"], request.user["email"]):
            raise Refused(422, "wrong fields", ["new_password"])
        request.user["hash"] = hashed(body["new_password"])
        if self.bug != "thief-stays":
            self.end(request, keep=request.session)
        return 204, None, {}

    def delete(self, request: Request, _: re.Match[str]) -> Answer:
        self.confirm(request, "password", "any-password-deletes")
        if self.bug != "account-stays":
            del self.users[request.user["email"]]
        self.end(request)
        return 204, None, {}

    def list(self, request: Request, _: re.Match[str]) -> Answer:
        if request.user["role"] != "admin" and self.bug != "open-users":
            raise Refused(403, "for administrators")
        return 200, {"items": [escape(user) for user in self.users.values()], "next_cursor": None}, {}

    def change_user(self, request: Request, found: re.Match[str]) -> Answer:
        body = request.json(strict=self.bug != "any-user-patch")
        others = request.user["id"] != found[1] or self.bug == "admin-locks-out"
        if (request.user["role"] != "admin" and self.bug != "anyone-promotes") or not others:
            raise Refused(403, "for administrators")
        if self.bug == "user-patch-replaces":
            body = {"role": "user"} | body
        if self.bug == "null-keeps":
            body = {name: value for name, value in body.items() if value is not None}
        allowed = {"role": ("user", "admin"), "disabled": (True, False)}
        wrong = [name for name, value in body.items() if value not in allowed.get(name, ())]
        if wrong:
            raise Refused(422, "wrong fields", wrong)
        for user in self.users.values():
            if user["id"] == found[1]:
                user |= body
                if user["disabled"] and self.bug != "disabled-refreshes":
                    self.sessions = {k: s for k, s in self.sessions.items() if s["user"] is not user}
                return 200, escape(user), {}
        raise Refused(404, "no such user")

    def authenticate(self, request: Request) -> None:
        """Who calls."""
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        try:
            if scheme != "Bearer":
                raise ValueError
            request.user = self.bearer(text)
            request.session = str(Token.parse(text).claims.get("sid"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            challenge = 'Bearer error="invalid_token"'
            raise Refused(401, "the token is not valid", www_authenticate=challenge) from error

    def bearer(self, text: str) -> dict[str, Any]:
        token = Token.parse(text)
        unsigned = token.header["alg"] == "none" and self.bug == "alg-none"
        if not unsigned and (token.header["alg"] != "EdDSA" or not Token.is_signed(text, self.key)):
            raise ValueError("signature")
        claims, header = token.claims, token.header
        late = time.time() >= claims["exp"] or time.time() < claims.get("nbf", 0)
        for wrong, bug in (
            (late, "no-expiry"),
            (claims.get("aud") != "shop", "any-audience"),
            (claims.get("iss") != "shop", "any-issuer"),
            (header.get("typ") != "at+jwt", "any-type"),
        ):
            if wrong and self.bug != bug:
                raise ValueError(json.dumps(claims))
        found = [user for user in self.users.values() if user["id"] == claims["sub"]]
        if not found:
            raise ValueError("nobody")
        return found[0]


def escape(user: dict[str, Any]) -> dict[str, Any]:
    """A user without what is nobody's business."""
    return {name: value for name, value in user.items() if name != "hash"}


def hashed(password: str) -> str:
    """Takes as long as a real hash on the fake clock."""
    CLOCK.sleep(0.05)
    return hashlib.sha256(password.encode()).hexdigest()
