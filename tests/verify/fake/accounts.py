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


class JwtAuth:
    """Users and refresh tokens in memory."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.bug = app.bug
        self.users: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.revoked: set[str] = set()
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
            ("GET", "/api/v1/me", lambda request, _: (200, escape(request.user), {})),
            ("GET", "/api/v1/users", self.list),
        ]

    def register(self, request: Request, _: re.Match[str]) -> Answer:
        body = request.json()
        email, password = str(body.get("email", "")).lower(), str(body.get("password", ""))
        wrong = sorted(body.keys() - {"email", "password"})
        wrong += [] if "@" in email else ["email"]
        wrong += [] if len(password) >= 8 else ["password"]
        if wrong:
            raise Refused(422, "wrong fields", wrong)
        with self.lock:
            if email in self.users:
                raise Refused(409, "taken", ["email"])
            user = {"id": str(uuid.uuid4()), "email": email, "role": "user", "created_at": now()}
            self.users[email] = user | {"hash": hashed(password)}
        if self.bug == "logs-passwords":
            self.app.log(msg="registered", password=password)
        return 201, escape(user), {"Location": "/api/v1/me"}

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
        return 200, self.session(user, uuid.uuid4().hex), {}

    def session(self, user: dict[str, Any], family: str) -> dict[str, Any]:
        refresh = secrets.token_urlsafe(24)
        self.tokens[refresh] = {"user": user, "family": family, "used": False}
        soon = int(time.time())
        claims = {"sub": user["id"], "iss": "shop", "aud": "shop", "iat": soon, "exp": soon + 900}
        access = Token({"typ": "at+jwt", "kid": "1"}, claims).signed(self.key)
        return {"access_token": access, "token_type": "Bearer", "expires_in": 900, "refresh_token": refresh}

    def refresh(self, request: Request, _: re.Match[str]) -> Answer:
        known = self.tokens.get(str(request.json().get("refresh_token")))
        if known is None or known["family"] in self.revoked:
            raise Refused(401, "not valid", www_authenticate="Bearer")
        if self.bug == "refresh-race":
            used = known["used"]
            time.sleep(0.02)
            known["used"] = True
        else:
            with self.lock:
                used, known["used"] = known["used"], True
        if used and self.bug != "reuse":
            if self.bug != "family-lives":
                self.revoked.add(known["family"])
            raise Refused(401, "not valid", www_authenticate="Bearer")
        return 200, self.session(known["user"], known["family"]), {}

    def logout(self, request: Request, _: re.Match[str]) -> Answer:
        known = self.tokens.get(str(request.json().get("refresh_token")))
        if known and self.bug != "no-logout":
            self.revoked.add(known["family"])
        return 204, None, {}

    def list(self, request: Request, _: re.Match[str]) -> Answer:
        if request.user["role"] != "admin" and self.bug != "open-users":
            raise Refused(403, "for administrators")
        return 200, {"items": [escape(user) for user in self.users.values()], "next_cursor": None}, {}

    def authenticate(self, request: Request) -> None:
        """Who calls."""
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        try:
            if scheme != "Bearer":
                raise ValueError
            request.user = self.bearer(text)
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
    return {name: user[name] for name in ("id", "email", "role", "created_at")}


def hashed(password: str) -> str:
    """Takes as long as a real hash on the fake clock."""
    CLOCK.sleep(0.05)
    return hashlib.sha256(password.encode()).hexdigest()
