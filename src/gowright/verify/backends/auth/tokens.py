"""Keys and tokens: the ones that the service gets, and the forged ones that it must refuse."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

#: The types of tokens in their headers: RFC 9068 for access tokens, OpenID Connect for the others.
ACCESS_TOKEN = "at+jwt"
ID_TOKEN = "JWT"
LOGOUT_TOKEN = "logout+jwt"
REFRESH_TOKEN = "rt+jwt"


class Key(Protocol):
    """A key that signs access tokens."""

    algorithm: str

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""


class _Pair:
    """A key pair, as files hold it."""

    _key: Ed25519PrivateKey | rsa.RSAPrivateKey

    @property
    def pem(self) -> str:
        """The private key, PKCS#8."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def public_pem(self) -> bytes:
        """The public key, which is no secret."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


class Ed25519Key(_Pair):
    """A key pair of its own."""

    algorithm = "EdDSA"
    _key: Ed25519PrivateKey

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    def sign(self, message: bytes) -> bytes:
        """See Key."""
        return self._key.sign(message)


class RsaKey(_Pair):
    """A key pair of an OpenID provider, which verifiers know by an id."""

    algorithm = "RS256"
    _key: rsa.RSAPrivateKey

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.id = secrets.token_hex(8)

    def sign(self, message: bytes) -> bytes:
        """See Key."""
        return self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())


class SecretKey:
    """A shared secret."""

    algorithm = "HS256"

    def __init__(self, secret: bytes | None = None) -> None:
        self.secret = secret if secret is not None else secrets.token_hex(32).encode()

    def sign(self, message: bytes) -> bytes:
        """See Key."""
        return hmac.new(self.secret, message, hashlib.sha256).digest()


class NoKey:
    """Signs nothing, as `alg: none` asks for."""

    algorithm = "none"

    def sign(self, _: bytes) -> bytes:
        """See Key."""
        return b""


@dataclass(frozen=True, slots=True)
class Token:
    """The parts of a JSON Web Token."""

    header: dict[str, Any]
    claims: dict[str, Any]

    @classmethod
    def parse(cls, text: str) -> Token:
        """The parts of a token; its signature is not looked at."""
        header, claims, _ = text.split(".")
        return cls(json.loads(_decode(header)), json.loads(_decode(claims)))

    def changed(
        self, header: Mapping[str, Any] | None = None, claims: Mapping[str, Any] | None = None
    ) -> Token:
        """The same with other values; None removes one."""
        return Token(_merged(self.header, header or {}), _merged(self.claims, claims or {}))

    @staticmethod
    def is_signed(text: str, key: Key) -> bool:
        """Whether a token in text was signed with a key."""
        message, _, signature = text.rpartition(".")
        return hmac.compare_digest(_decode(signature), key.sign(message.encode()))

    def signed(self, key: Key) -> str:
        """The token as text, signed with a key under that key's algorithm."""
        header = self.header | {"alg": key.algorithm}
        message = f"{_encode(json.dumps(header))}.{_encode(json.dumps(self.claims))}"
        return f"{message}.{_encode(key.sign(message.encode()))}"


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**old, **new}.items() if value is not None}


def _encode(value: str | bytes) -> str:
    raw = value.encode() if isinstance(value, str) else value
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
