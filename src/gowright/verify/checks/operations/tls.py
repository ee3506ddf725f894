"""TLS: modern versions only, and certificates reload without a restart."""

from __future__ import annotations

import socket
import ssl
import warnings
from urllib.parse import urlsplit

from gowright.verify.check import check
from gowright.verify.children.ports import wait_until
from gowright.verify.harness.certificates import write_certificate
from gowright.verify.harness.harness import Harness
from gowright.verify.outcomes import Failed

_RELOAD_SECONDS = 15.0
_YEAR_SECONDS = 31536000


@check("tls", "TLS is modern, and certificates reload", timed=True)
def tls(harness: Harness) -> str:
    """The service serves HTTPS with HSTS, and reloads its certificate."""
    files = (harness.processes.directory / "tls.crt", harness.processes.directory / "tls.key")
    first = write_certificate(*files)
    with harness.run_service({"TLS_CERT_FILE": str(files[0]), "TLS_KEY_FILE": str(files[1])}) as running:
        response = running.anonymous.call("GET", "/livez", 200)
        hsts = response.headers.get("strict-transport-security", "")
        seconds = hsts.partition("max-age=")[2].partition(";")[0]
        if not seconds.isdigit() or int(seconds) < _YEAR_SECONDS:
            raise Failed(f"over TLS, Strict-Transport-Security is {hsts!r}")
        address = urlsplit(running.process.url)
        host, port = str(address.hostname), int(address.port or 443)
        if _served(host, port) != first:
            raise Failed("the service serves another certificate than the configured one")
        if _accepts_old_versions(host, port):
            raise Failed("the service accepts TLS 1.1")
        second = write_certificate(*files)
        if not wait_until(lambda: _served(host, port) == second, _RELOAD_SECONDS, 0.2):
            raise Failed(f"a new certificate is not served {_RELOAD_SECONDS:.0f} s after it was written")
        running.anonymous.call("GET", "/livez", 200)
    return ""


def _served(host: str, port: int) -> bytes | None:
    context = _any_certificate()
    with (
        socket.create_connection((host, port), timeout=5) as plain,
        context.wrap_socket(plain) as secure,
    ):
        return secure.getpeercert(binary_form=True)


def _accepts_old_versions(host: str, port: int) -> bool:
    context = _any_certificate()
    try:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            # The version is deprecated, which is the reason for the test.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection((host, port), timeout=5) as plain, context.wrap_socket(plain):
            return True
    except (ssl.SSLError, OSError, ValueError):
        return False


def _any_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
