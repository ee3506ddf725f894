"""The OAuth 2.0 and OpenID Connect logic of the provider, based on Authlib."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749 import ClientMixin, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import AuthorizationCodeMixin
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey
from typing_extensions import override

from gowright.verify.backends.auth.tokens import ID_TOKEN, RsaKey

#: The public URL of the services. Nothing listens there; the checks send the redirected requests themselves.
PUBLIC_URL = "https://service.example.com"
REDIRECT_URI = f"{PUBLIC_URL}/api/v1/auth/callback"
TOKEN_SECONDS = 300


class Provider(Protocol):
    """The interface that the Authlib classes need."""

    client_id: str
    client_secret: str
    key: RsaKey
    codes: dict[str, Code]

    @property
    def issuer(self) -> str:
        """The URL of the provider."""

    def token(self, subject: str) -> str:
        """An access token of a user."""


@dataclass
class User:
    """A user who signs in.

    Attributes:
        subject: the subject.
        claims: additional claims of the ID token; they override the regular ones.
    """

    subject: str
    claims: Mapping[str, Any] = field(default_factory=dict)

    def get_user_id(self) -> str:
        """The subject, under the name that Authlib uses."""
        return self.subject


@dataclass
class Code(AuthorizationCodeMixin):  # type: ignore[misc] # the library is not typed
    """An authorization code, valid once."""

    user: User
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    @override
    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    @override
    def get_scope(self) -> str:
        return self.scope

    @override
    def get_nonce(self) -> str:
        return self.nonce

    @override
    def get_auth_time(self) -> int:
        return int(time.time())

    @override
    def get_acr(self) -> None:
        return

    @override
    def get_amr(self) -> None:
        return


@dataclass
class Response:
    """A response of the provider. Authlib sets the location."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})

    @property
    def location(self) -> str:
        """The target of a redirect."""
        return self.headers.get("Location", "")

    @location.setter
    def location(self, value: str) -> None:
        self.headers["Location"] = value


class _Client(ClientMixin):  # type: ignore[misc] # the library is not typed
    """The service, as a client of the provider."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def get_client_id(self) -> str:
        return self._provider.client_id

    def get_default_redirect_uri(self) -> str:
        return REDIRECT_URI

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == REDIRECT_URI

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(client_secret, self._provider.client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic" or endpoint != "token"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Request(OAuth2Request):  # type: ignore[misc] # the library is not typed
    """A request to the provider."""

    def __init__(self, method: str, issuer: str, target: str, headers: Mapping[str, str], body: str) -> None:
        # Authlib requires https; this provider uses http on the loopback address.
        super().__init__(method, f"https{issuer.removeprefix('http')}{target}", headers=headers)
        self._args = dict(parse_qsl(urlsplit(target).query))
        self._form = dict(parse_qsl(body))
        self.payload = BasicOAuth2Payload(self._args | self._form)

    @property
    @override
    def args(self) -> dict[str, str]:
        return self._args

    @property
    @override
    def form(self) -> dict[str, str]:
        return self._form


class Server(AuthorizationServer):  # type: ignore[misc] # the library is not typed
    """The Authlib server with the data of this provider."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider
        self.register_token_generator("default", self._tokens)
        self.register_grant(_grant(provider), [_pkce(), _id_tokens(provider)])
        self.register_extension(_issuer(provider))

    @override
    def query_client(self, client_id: str) -> _Client | None:
        return _Client(self.provider) if client_id == self.provider.client_id else None

    def save_token(self, token: object, request: object) -> None:
        """Tokens aren't stored."""

    def _tokens(self, *, user: User, scope: str, **_: object) -> dict[str, Any]:
        return {
            "token_type": "Bearer",
            "access_token": self.provider.token(user.subject),
            "expires_in": TOKEN_SECONDS,
            "scope": scope,
        }

    @override
    def create_oauth2_request(self, request: Request) -> Request:
        return request

    @override
    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        return Response(status, body, dict(headers))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Signals aren't used."""


def _grant(provider: Provider) -> type:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc] # the library is not typed
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            data = request.payload.data
            provider.codes[code] = Code(
                request.user,
                request.payload.redirect_uri,
                request.payload.scope,
                data.get("nonce", ""),
                data.get("code_challenge", ""),
                data.get("code_challenge_method", ""),
            )

        def query_authorization_code(self, code: str, _: object) -> Code | None:
            # A code is valid for one attempt, even if that fails.
            return provider.codes.pop(code, None)

        def delete_authorization_code(self, _: object) -> None:
            """The query already removed it."""

        def authenticate_user(self, code: Code) -> User:
            return code.user

    return Grant


def _pkce() -> object:
    class Challenge(CodeChallenge):  # type: ignore[misc] # the library is not typed
        SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

        def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
            if "code_challenge" not in grant.request.payload.data:
                raise InvalidRequestError("Missing 'code_challenge'")
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
            return {"alg": "RS256", "kid": provider.key.id, "typ": ID_TOKEN}

        def generate_user_info(self, user: User, _: object) -> dict[str, Any]:
            return {"sub": user.subject, **user.claims}

    return IDTokens(require_nonce=True)


def _issuer(provider: Provider) -> IssuerParameter:
    class Issuer(IssuerParameter):  # type: ignore[misc] # the library is not typed
        def get_issuer(self) -> str:
            return provider.issuer

    return Issuer()
