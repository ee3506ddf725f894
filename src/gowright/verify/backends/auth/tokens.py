"""Keys and tokens: valid ones, and forged ones that a service must reject."""

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
from typing_extensions import override

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
    """A key pair in PEM files."""

    _key: Ed25519PrivateKey | rsa.RSAPrivateKey

    @property
    def pem(self) -> str:
        """The private key, in PKCS#8."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def public_pem(self) -> bytes:
        """The public key."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


class Ed25519Key(_Pair, Key):
    """An Ed25519 key pair."""

    algorithm = "EdDSA"
    _key: Ed25519PrivateKey

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    @override
    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


class RsaKey(_Pair, Key):
    """An RSA key pair of an OpenID provider, with a key ID."""

    algorithm = "RS256"
    _key: rsa.RSAPrivateKey

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.id = secrets.token_hex(8)

    @override
    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())


class SecretKey(Key):
    """A shared secret."""

    algorithm = "HS256"

    def __init__(self, secret: bytes | None = None) -> None:
        self.secret = secret if secret is not None else secrets.token_hex(32).encode()

    @override
    def sign(self, message: bytes) -> bytes:
        return hmac.new(self.secret, message, hashlib.sha256).digest()


class NoKey(Key):
    """No key, for `alg: none`."""

    algorithm = "none"

    @override
    def sign(self, _: bytes) -> bytes:
        return b""


@dataclass(frozen=True, slots=True)
class Token:
    """The parts of a JSON Web Token."""

    header: dict[str, Any]
    claims: dict[str, Any]

    @classmethod
    def parse(cls, text: str) -> Token:
        """Parse a token, without checking its signature."""
        header, claims, _ = text.split(".")
        return cls(json.loads(_decode(header)), json.loads(_decode(claims)))

    def changed(
        self, header: Mapping[str, Any] | None = None, claims: Mapping[str, Any] | None = None
    ) -> Token:
        """A copy with other values; None removes a value."""
        return Token(_merged(self.header, header or {}), _merged(self.claims, claims or {}))

    @staticmethod
    def is_signed(text: str, key: Key) -> bool:
        """Report whether a token was signed with a key."""
        message, _, signature = text.rpartition(".")
        return hmac.compare_digest(_decode(signature), key.sign(message.encode()))

    def signed(self, key: Key) -> str:
        """The token as text, signed with a key and its algorithm."""
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
