"""An OpenID provider with discovery, sign-ins with PKCE, and key rotation."""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
import warnings
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2 import OAuth2Error
from joserfc.jwk import RSAKey

from gowright.verify.backends.auth.authorization import TOKEN_SECONDS, Code, Request, Response, Server, User
from gowright.verify.backends.auth.tokens import ACCESS_TOKEN, RsaKey, Token
from gowright.verify.children.ports import LOOPBACK, hold


class Provider:
    """A provider with one client. The checks set the user who signs in."""

    def __init__(self) -> None:
        self.client_id = "verify-client"
        self.client_secret = secrets.token_hex(16)
        self.audience = "verify-service"
        self.key = RsaKey()
        #: The number of requests for its keys.
        self.key_requests = 0
        #: The user that the next browser signs in as.
        self.user = User("somebody")
        self.codes: dict[str, Code] = {}
        self._port = 0
        self._listener: _Listener | None = None
        self._held: socket.socket | None = None
        self.start()
        self._server = Server(self)

    @property
    def issuer(self) -> str:
        """The URL of the provider."""
        return f"http://{LOOPBACK}:{self._port}"

    def start(self) -> None:
        """Listen, always on the same port."""
        self.close()
        listener = _Listener((LOOPBACK, self._port), _handler(self))
        self._port = listener.server_address[1]
        self._listener = listener
        threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections, and keep the port reserved."""
        self.close()
        self._held = hold(self._port)

    def close(self) -> None:
        """Release the port."""
        if self._listener is not None:
            self._listener.shutdown()
            self._listener.server_close()
            self._listener = None
        if self._held is not None:
            self._held.close()
            self._held = None

    def rotate(self) -> None:
        """Replace the signing key. The previous key becomes invalid."""
        self.key = RsaKey()

    def token(self, subject: str, claims: Mapping[str, Any] | None = None) -> str:
        """An access token of a user (RFC 9068)."""
        now = int(time.time())
        own = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "client_id": self.client_id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "jti": secrets.token_hex(8),
        }
        return Token({"typ": ACCESS_TOKEN, "kid": self.key.id}, own | dict(claims or {})).signed(self.key)

    def metadata(self) -> dict[str, Any]:
        """The discovery document."""
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
        """The public key, and a key of an unknown type."""
        self.key_requests += 1
        key = RSAKey.import_key(self.key.public_pem).as_dict(private=False)
        return {"keys": [{"kty": "unknown"}, {**key, "kid": self.key.id, "alg": "RS256", "use": "sig"}]}

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: str) -> Response:
        """The response to a request."""
        path = urlsplit(target).path
        if path == "/.well-known/openid-configuration":
            return Response(200, self.metadata())
        if path == "/keys":
            return Response(200, self.keys())
        request = Request(method, self.issuer, target, headers, body)
        # Ignore deprecation warnings of Authlib.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if path == "/authorize" and method == "GET":
                return self._checked(self._authorize(request))
            if path == "/token" and method == "POST":
                return self._checked(self._server.create_token_response(request))
        return Response(404, {})

    def _authorize(self, request: Request) -> object:
        """Sign the user in immediately, and redirect the browser back."""
        try:
            grant = self._server.get_consent_grant(request, self.user)
        except OAuth2Error as error:
            return self._server.handle_error_response(request, error)
        return self._server.create_authorization_response(request, grant_user=self.user, grant=grant)

    @staticmethod
    def _checked(response: object) -> Response:
        if not isinstance(response, Response):
            raise TypeError(f"Authlib returned {response!r}")
        return response


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: a killed service closes its connections."""


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            response = provider.respond(self.command, self.path, dict(self.headers), body)
            content = response.body if isinstance(response.body, str) else json.dumps(response.body)
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content.encode())))
            self.end_headers()
            self.wfile.write(content.encode())

        do_POST = do_GET  # noqa: N815 # the name that the base class requires

        def log_message(self, *_: object) -> None:
            """Log nothing: the terminal is for the report."""

    return Handler
