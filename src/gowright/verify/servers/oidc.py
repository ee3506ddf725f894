"""An OpenID provider of our own: discovery, signing in with PKCE, and keys that change."""

from __future__ import annotations

import json
import secrets
import threading
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey

from gowright.verify.keys import RsaKey, Token
from gowright.verify.servers.ports import LOOPBACK

#: Where the services say that browsers find them. Nothing listens there: the checks go there themselves.
PUBLIC_URL = "https://service.example.com"
CALLBACK = f"{PUBLIC_URL}/api/v1/auth/callback"
_TOKEN_SECONDS = 300


@dataclass
class User:
    """Somebody who signs in, with what the ID token says of them: also in place of what it says itself."""

    subject: str
    claims: Mapping[str, Any] = field(default_factory=dict)

    def get_user_id(self) -> str:
        """The name under which the library asks for the subject."""
        return self.subject


@dataclass
class _Code:
    """A code that may be exchanged once."""

    user: User
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Provider:
    """A provider that knows one client, and signs in whom it is told to."""

    def __init__(self) -> None:
        self.client_id = "verify-client"
        self.client_secret = secrets.token_hex(16)
        self.audience = "verify-service"
        self.key = RsaKey()
        #: How often its keys were asked for.
        self.keys_asked = 0
        #: Whom the next browser signs in as.
        self.user = User("somebody")
        self.codes: dict[str, _Code] = {}
        self._port = 0
        self._listener: _Listener | None = None
        self.start()
        self._server = _Server(self)

    @property
    def issuer(self) -> str:
        """Its URL."""
        return f"http://{LOOPBACK}:{self._port}"

    def start(self) -> None:
        """Listen, on the same port each time."""
        listener = _Listener((LOOPBACK, self._port), _handler(self))
        self._port = listener.server_address[1]
        self._listener = listener
        threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections."""
        if self._listener is not None:
            self._listener.shutdown()
            self._listener.server_close()
            self._listener = None

    close = stop

    def rotate(self) -> None:
        """Sign with another key from now on, and know the last one no more."""
        self.key = RsaKey()

    def token(self, subject: str, claims: Mapping[str, Any] | None = None) -> str:
        """An access token of somebody, as RFC 9068 has it."""
        now = int(time.time())
        own = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "client_id": self.client_id,
            "iat": now,
            "exp": now + _TOKEN_SECONDS,
            "jti": secrets.token_hex(8),
        }
        return Token({"typ": "at+jwt", "kid": self.key.id}, own | dict(claims or {})).signed(self.key)

    def metadata(self) -> dict[str, Any]:
        """What it says of itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def keys(self) -> dict[str, Any]:
        """Its public keys, and one of a kind that nobody knows."""
        self.keys_asked += 1
        key = RSAKey.import_key(self.key.public_pem).as_dict(private=False)
        return {"keys": [{"kty": "of-tomorrow"}, {**key, "kid": self.key.id, "alg": "RS256", "use": "sig"}]}

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: str) -> _Reply:
        """Its answer to a request."""
        path = urlsplit(target).path
        if path == "/.well-known/openid-configuration":
            return _Reply(200, self.metadata())
        if path == "/keys":
            return _Reply(200, self.keys())
        request = _Request(method, self.issuer, target, headers, body)
        # The library warns of ways to use it that will go; what it does is right.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if path == "/authorize" and method == "GET":
                grant = self._server.get_consent_grant(request, self.user)
                return self._reply(
                    self._server.create_authorization_response(request, grant_user=self.user, grant=grant)
                )
            if path == "/token" and method == "POST":
                return self._reply(self._server.create_token_response(request))
        return _Reply(404, {})

    @staticmethod
    def _reply(reply: object) -> _Reply:
        if not isinstance(reply, _Reply):
            raise TypeError(f"the library answered {reply!r}")
        return reply


@dataclass
class _Reply:
    """An answer. The library changes where it sends a browser."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @location.setter
    def location(self, value: str) -> None:
        self.headers["Location"] = value


class _Client(ClientMixin):  # type: ignore[misc] # the library is not typed
    """The service."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def get_client_id(self) -> str:
        return self._provider.client_id

    def get_default_redirect_uri(self) -> str:
        return CALLBACK

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == CALLBACK

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(client_secret, self._provider.client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic" or endpoint != "token"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class _Request(OAuth2Request):  # type: ignore[misc] # the library is not typed
    def __init__(self, method: str, issuer: str, target: str, headers: Mapping[str, str], body: str) -> None:
        # The library insists on https; this provider is on the loopback address.
        super().__init__(method, f"https{issuer.removeprefix('http')}{target}", headers=headers)
        self._args = dict(parse_qsl(urlsplit(target).query))
        self._form = dict(parse_qsl(body))
        self.payload = BasicOAuth2Payload(self._args | self._form)

    @property
    def args(self) -> dict[str, str]:
        return self._args

    @property
    def form(self) -> dict[str, str]:
        return self._form


class _Server(AuthorizationServer):  # type: ignore[misc] # the library is not typed
    """The library's server, on this provider's data."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider
        self.register_token_generator("default", self._tokens)
        self.register_grant(_grant(provider), [_pkce(), _id_tokens(provider)])
        self.register_extension(_issuer(provider))

    def query_client(self, client_id: str) -> _Client | None:
        return _Client(self.provider) if client_id == self.provider.client_id else None

    def save_token(self, token: object, request: object) -> None:
        """Nothing is asked about a token later."""

    def _tokens(self, *, user: User, scope: str, **_: object) -> dict[str, Any]:
        return {
            "token_type": "Bearer",
            "access_token": self.provider.token(user.subject),
            "expires_in": _TOKEN_SECONDS,
            "scope": scope,
        }

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> _Reply:
        return _Reply(status, body, dict(headers))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""


def _grant(provider: Provider) -> type:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc] # the library is not typed
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            asked = request.payload.data
            provider.codes[code] = _Code(
                request.user,
                request.payload.redirect_uri,
                request.payload.scope,
                asked.get("nonce", ""),
                asked.get("code_challenge", ""),
                asked.get("code_challenge_method", ""),
            )

        def query_authorization_code(self, code: str, _: object) -> _Code | None:
            # Whatever comes of it, a code is good for one try.
            return provider.codes.pop(code, None)

        def delete_authorization_code(self, _: object) -> None:
            """It is gone already."""

        def authenticate_user(self, code: _Code) -> User:
            return code.user

    return Grant


def _pkce() -> object:
    class Challenge(CodeChallenge):  # type: ignore[misc] # the library is not typed
        SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

        def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
            if "code_challenge" not in grant.request.payload.data:
                raise ValueError("the service does not use PKCE")
            super().validate_code_challenge(grant, redirect_uri)

    return Challenge(required=True)


def _id_tokens(provider: Provider) -> object:
    class IDTokens(OpenIDCode):  # type: ignore[misc] # the library is not typed
        def exists_nonce(self, nonce: str, _: object) -> bool:
            return any(code.nonce == nonce for code in provider.codes.values())

        def resolve_client_private_key(self, _: object) -> RSAKey:
            return RSAKey.import_key(provider.key.pem)

        def get_client_claims(self, client: _Client) -> dict[str, Any]:
            return {"iss": provider.issuer, "aud": [client.get_client_id()]}

        def get_encode_header(self, _: object) -> dict[str, str]:
            return {"alg": "RS256", "kid": provider.key.id, "typ": "JWT"}

        def generate_user_info(self, user: User, _: object) -> dict[str, Any]:
            return {"sub": user.subject, **user.claims}

    return IDTokens(require_nonce=True)


def _issuer(provider: Provider) -> IssuerParameter:
    class Issuer(IssuerParameter):  # type: ignore[misc] # the library is not typed
        def get_issuer(self) -> str:
            return provider.issuer

    return Issuer()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a service that is killed breaks its connections off."""


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            reply = provider.answer(self.command, self.path, dict(self.headers), body)
            content = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content.encode())))
            self.end_headers()
            self.wfile.write(content.encode())

        do_POST = do_GET  # noqa: N815 # the server looks for this name

        def log_message(self, *_: object) -> None:
            """Say nothing: the terminal belongs to the report."""

    return Handler
