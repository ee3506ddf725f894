"""The servers of a run: managed ones, or external ones that the environment names."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from urllib.request import Request, urlopen

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gowright.model.facts import read_facts
from gowright.model.project import Project
from gowright.verify.backends.auth.authorization import REDIRECT_URI, User
from gowright.verify.backends.auth.provider import Provider
from gowright.verify.backends.auth.tokens import Token
from gowright.verify.backends.base import Context, Secrets
from gowright.verify.backends.cache import redis_server
from gowright.verify.backends.cache.redis_server import ManagedRedis
from gowright.verify.backends.database import sqlite
from gowright.verify.backends.database.mongodb_server import ExternalMongoDB, ManagedMongoDB
from gowright.verify.backends.database.postgres_binaries import installation
from gowright.verify.backends.database.postgres_server import (
    ExternalPostgres,
    ManagedPostgres,
    refused_by_postgres,
)
from gowright.verify.backends.external import ExternalServer, secrets_of
from gowright.verify.backends.managed import ManagedServer
from gowright.verify.backends.tracing import collector, zipkin
from gowright.verify.backends.tracing.collector import Collector
from gowright.verify.backends.tracing.otlp import Receiver
from gowright.verify.backends.tracing.zipkin_server import Zipkin
from gowright.verify.children import go_toolchain, java
from gowright.verify.children.ports import wait_until
from gowright.verify.children.processes import Process, Processes
from gowright.verify.outcomes import Failed, Skipped
from tests.conftest import Render
from tests.helpers import ROOT, build_tree

needs_postgres = pytest.mark.skipif(installation() is None, reason="no PostgreSQL")
needs_java = pytest.mark.skipif(bool(java.missing()), reason="no Java")
needs_collector = pytest.mark.skipif(collector.find() is None, reason="no OpenTelemetry Collector")
needs_redis = pytest.mark.skipif(redis_server.program() is None, reason="no Redis")


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as running:
        yield running


def listens(url: str) -> bool:
    address = urlsplit(url)
    try:
        with socket.create_connection((str(address.hostname), address.port), timeout=1):
            return True
    except OSError:
        return False


def times_out(call: Callable[[], object]) -> bool:
    """Whether a server does not respond. A process stops only a moment after the signal that freezes it."""
    try:
        call()
    except TimeoutError:
        return True
    return False


@needs_postgres
@pytest.mark.slow
def test_postgres_restarts_at_the_same_address(processes: Processes) -> None:
    server = ManagedPostgres(processes)
    first, second = server.new_url(), server.new_url()
    assert first != second
    assert urlsplit(first).port == urlsplit(second).port
    assert listens(first)
    server.stop()
    assert not listens(first)
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", int(urlsplit(first).port or 0)))
    server.start()
    assert listens(first)


def test_each_service_has_a_file_of_its_own(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if a variable names a file of the user."""
    monkeypatch.setenv("SQLITE_PATH", "/data/mine.db")
    facts = read_facts(ROOT, "database", "sqlite")
    project = Project(processes.directory, {"project_name": "shop", "database": "sqlite"}, ())
    backend = sqlite.Backend(Context(project, processes, Secrets(), lambda _: None), facts)
    one, other = backend.environment(), backend.environment()
    assert set(one) == set(other) == {"SQLITE_PATH"}
    assert one != other
    assert Path(one["SQLITE_PATH"]).parent == processes.directory
    with pytest.raises(Skipped, match="no server"):
        backend.server.stop()


class Hanging(ManagedServer):
    """Starts, and serves nobody."""

    name = "Hanging"
    seconds = 0.2
    launched = 0

    def _launch(self, port: int) -> Process:
        self.launched += 1
        return self._processes.start(["sleep", "1000"], env=dict(os.environ))

    def _serves(self) -> bool:
        return False


def test_a_hanging_server_is_started_once_and_ended(processes: Processes) -> None:
    server = Hanging(processes)
    with pytest.raises(Failed, match="does not serve within"):
        server.start()
    assert server.launched == 1
    assert server._process is not None
    assert server._process.exit_code is not None


@needs_postgres
@pytest.mark.slow
def test_databases_on_an_external_server_are_dropped_at_the_end(processes: Processes) -> None:
    server = ManagedPostgres(processes)
    url = f"{server.new_url()}&pool_max_conns=4"
    assert refused_by_postgres(url) == ""
    with Processes() as run:
        given = ExternalPostgres(url, "DATABASE_URL", run)
        one, other = given.new_url(), given.new_url()
        assert urlsplit(one).path != urlsplit(other).path != urlsplit(url).path
        assert urlsplit(one).query == urlsplit(url).query
        assert refused_by_postgres(one) == ""
    assert "does not exist" in refused_by_postgres(one)
    assert refused_by_postgres(url) == ""


@needs_postgres
@pytest.mark.slow
def test_missing_privileges_are_reported(processes: Processes) -> None:
    server = ManagedPostgres(processes)
    url = server.new_url()
    server._psql("-c", "CREATE ROLE weak LOGIN PASSWORD 'a@b'")
    weak = url.replace(f"gowright:{server.secrets[0]}", "weak:a%40b")
    assert "has no permission to create databases" in refused_by_postgres(weak)
    assert "does not start with postgres" in refused_by_postgres("host=there")


@pytest.mark.parametrize(
    ("url", "begin", "end"),
    [
        ("mongodb://h/app", "mongodb://h/verify_", ""),
        ("mongodb://u:p@h1,h2:2/app?w=1", "mongodb://u:p@h1,h2:2/verify_", "?w=1&authSource=app"),
        ("mongodb://u:p@h", "mongodb://u:p@h/verify_", "?authSource=admin"),
        ("mongodb://u:p@h/app?authSource=x", "mongodb://u:p@h/verify_", "?authSource=x"),
        ("mongodb+srv://u:p@h/app", "mongodb+srv://u:p@h/verify_", ""),
    ],
)
def test_each_run_has_its_own_database_on_an_external_mongodb(
    url: str, begin: str, end: str, processes: Processes
) -> None:
    one, other = (ExternalMongoDB(url, "MONGO_URL").new_url() for _ in range(2))
    assert one != other
    assert one.startswith(begin)
    assert one.partition("verify_")[2][16:] == end


@needs_redis
@pytest.mark.slow
def test_redis_stops_freezes_and_restarts(processes: Processes) -> None:
    server = ManagedRedis(processes)
    url = server.new_url()
    assert url != server.new_url()
    server.stop()
    assert not listens(url)
    server.start()
    assert server.command("SET", "key", "value") == "+OK"
    server.freeze()
    assert listens(url)
    assert wait_until(lambda: times_out(lambda: server.command("GET", "key")), 30)
    server.start()
    assert server.command("GET", "key") == "$5"


#: Other tests know nobody's home; the jars of this machine's user are in theirs.
MAVEN = os.environ.get("M2_REPO", str(Path.home() / ".m2" / "repository"))

#: The documents of three MongoDB commands: what is inserted, and found again, is {_id: 1}.
ID = b"\x10_id\x00" + struct.pack("<i", 1)
PING = b"\x10ping\x00" + struct.pack("<i", 1)


def bson(inside: bytes) -> bytes:
    return struct.pack("<i", len(inside) + 5) + inside + b"\x00"


def named(kind: bytes, name: str, value: bytes) -> bytes:
    return kind + name.encode() + b"\x00" + value


def text(name: str, value: str) -> bytes:
    return named(b"\x02", name, struct.pack("<i", len(value) + 1) + value.encode() + b"\x00")


INSERT = text("insert", "orders") + named(b"\x04", "documents", bson(named(b"\x03", "0", bson(ID))))
FIND = text("find", "orders") + named(b"\x03", "filter", bson(ID))


def mongo(url: str, command: bytes) -> bytes:
    """What a server of the MongoDB protocol answers to a command (OP_MSG), as it comes."""
    address = urlsplit(url)
    message = struct.pack("<IB", 0, 0) + bson(command + text("$db", address.path.strip("/")))
    with socket.create_connection((str(address.hostname), address.port), timeout=2) as connection:
        connection.sendall(struct.pack("<iiii", 16 + len(message), 1, 0, 2013) + message)
        return connection.recv(4096)


@pytest.fixture
def jars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("M2_REPO", MAVEN)
    try:
        java.program("io.zipkin:zipkin-server:3.6.1", "slim", lambda _what: None)
    except Skipped as reason:
        pytest.skip(str(reason))


@needs_java
@pytest.mark.slow
@pytest.mark.usefixtures("jars")
def test_mongodb_stops_freezes_and_restarts_with_its_data(processes: Processes) -> None:
    server = ManagedMongoDB(processes, lambda _what: None, "")
    url, other = server.new_url(), server.new_url()
    assert url != other
    assert b"E11000" not in mongo(url, INSERT)
    assert b"E11000" in mongo(url, INSERT)
    server.stop()
    assert not listens(url)
    server.start()
    assert ID in mongo(url, FIND)
    assert ID not in mongo(other, FIND)
    server.freeze()
    assert listens(url)
    assert wait_until(lambda: times_out(lambda: mongo(url, PING)), 30)
    server.start()
    assert b"ok" in mongo(url, PING)


@needs_java
@pytest.mark.slow
@pytest.mark.usefixtures("jars")
def test_zipkin_stores_and_returns_a_span(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nobody listens there: what goes by way of a proxy arrives nowhere.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server = Zipkin(processes, lambda _what: None)
    trace_id, parent_id, span_id = "1" * 32, "2" * 16, "3" * 16
    span = {
        "traceId": trace_id,
        "parentId": parent_id,
        "id": span_id,
        "name": "GET /api/v1/orders",
        "kind": "SERVER",
        "timestamp": 1_700_000_000_000_000,
        "duration": 1000,
        "localEndpoint": {"serviceName": "shop"},
        "tags": {"http.route": "/api/v1/orders"},
    }
    endpoint = server.spans_url
    assert httpx.post(endpoint, json=[span], trust_env=False).status_code == 202
    (kept,) = server.wait(trace_id, "server", 5)
    assert (kept.service, kept.kind) == ("shop", "server")
    assert kept.name == "GET /api/v1/orders".lower()
    assert (kept.parent_id, kept.span_id) == (parent_id, span_id)
    assert kept.attributes == {"http.route": "/api/v1/orders"}
    assert server.trace("4" * 32) == []


def sent(endpoint: str, trace_id: str) -> None:
    """Send one span to an OTLP receiver."""
    export = ExportTraceServiceRequest()
    batch = export.resource_spans.add()
    name = batch.resource.attributes.add()
    name.key, name.value.string_value = "service.name", "Shop"
    span = batch.scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.parent_span_id = bytes.fromhex(trace_id), b"\2" * 8, b"\3" * 8
    span.name, span.kind = "GET /livez", 2
    span.start_time_unix_nano, span.end_time_unix_nano = 10**18, 10**18 + 1000
    route = span.attributes.add()
    route.key, route.value.string_value = "http.route", "/livez"
    request = Request(f"{endpoint}/v1/traces", data=export.SerializeToString(), method="POST")
    request.add_header("Content-Type", "application/x-protobuf")
    with urlopen(request) as answer:
        assert answer.status == 200


def context(project: Path, processes: Processes) -> Context:
    answers = {"project_name": "shop", "tracing": "zipkin"}
    return Context(Project(project, answers, ()), processes, Secrets(), lambda _what: None)


@needs_java
@needs_collector
@pytest.mark.slow
@pytest.mark.usefixtures("jars")
def test_spans_reach_zipkin_through_the_collector_of_a_project(
    rendered: Render, processes: Processes
) -> None:
    backend = zipkin.Backend(
        context(rendered(tracing="zipkin"), processes), read_facts(ROOT, "tracing", "zipkin")
    )
    assert backend.source == "Zipkin"
    sent(backend.environment()["OTEL_EXPORTER_OTLP_ENDPOINT"], "1" * 32)
    (kept,) = backend.wait("1" * 32, "server", 10)
    assert (kept.service, kept.name) == (backend.stored_name("Shop"), backend.stored_name("GET /livez"))
    assert (kept.parent_id, kept.span_id) == ("03" * 8, "02" * 8)
    assert kept.attributes["http.route"] == "/livez"


@needs_collector
@pytest.mark.slow
def test_a_wrong_configuration_of_the_collector_is_reported(tmp_path: Path, processes: Processes) -> None:
    program = collector.find()
    assert program is not None
    build_tree(tmp_path, {"otel-collector.yaml": "exporters: {zipkin: {url: x}}\n"})
    with pytest.raises(Failed, match=r"Collector does not start(.|\n)*invalid keys: url"):
        Collector(processes, program, tmp_path / "otel-collector.yaml", {})


def test_without_a_collector_the_spans_are_received_here(
    tmp_path: Path, processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    backend = zipkin.Backend(context(tmp_path, processes), read_facts(ROOT, "tracing", "zipkin"))
    assert backend.source == "an OTLP receiver"
    sent(backend.environment()["OTEL_EXPORTER_OTLP_ENDPOINT"], "1" * 32)
    (kept,) = backend.wait("1" * 32, "server", 1)
    assert kept.name == backend.stored_name("GET /livez") == "GET /livez"


def test_a_jar_that_cannot_be_downloaded_is_reported_with_its_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("M2_REPO", str(tmp_path))
    # Nobody listens there: it is as without a network.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with pytest.raises(Skipped, match=r"cannot be downloaded .*: run once with network access"):
        java.program("io.zipkin:zipkin-server:3.6.1", "slim", lambda _what: None)
    assert list(tmp_path.iterdir()) == []


def test_only_owned_databases_may_lose_tables() -> None:
    assert ManagedPostgres.owned
    assert ManagedMongoDB.owned
    assert ExternalPostgres.owned
    assert not ExternalMongoDB.owned
    assert not ExternalServer.owned


def test_an_external_server_is_used_and_never_stopped() -> None:
    given = ExternalServer("redis://:a-long-secret@h", "REDIS_URL")
    assert given.new_url() == "redis://:a-long-secret@h"
    assert given.secrets == ("a-long-secret",)
    with pytest.raises(Skipped, match=r"REDIS_URL names the server.* did not start"):
        given.stop()


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("mongodb://root:example@localhost:27017", (":example@",)),
        ("postgres://localhost:5432/app", ()),
        ("redis://h", ()),
        ("postgres://u:long%40password%21@h/d", ("long%40password%21", "long@password!")),
    ],
)
def test_common_words_are_not_treated_as_secrets(url: str, kept: tuple[str, ...]) -> None:
    assert secrets_of(url) == kept


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = Receiver()
    yield listening
    listening.close()


def test_the_receiver_keeps_spans_with_their_parents(receiver: Receiver) -> None:
    sent(receiver.endpoint, "01" * 16)

    (kept,) = receiver.wait("01" * 16, "server", 1)
    assert (kept.service, kept.name, kept.kind) == ("Shop", "GET /livez", "server")
    assert (kept.parent_id, kept.attributes) == ("03" * 8, {"http.route": "/livez"})
    assert receiver.trace("02" * 16) == []


def test_a_go_that_is_too_old_is_not_found() -> None:
    assert go_toolchain.find((99, 0)) is None


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


VERIFIER = "v" * 43


def authorize(provider: Provider, **changes: str) -> dict[str, str]:
    """What a browser is sent back with that asks for a code."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    asked = {
        "client_id": provider.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid",
        "state": "s",
        "nonce": "n",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    answer = httpx.get(f"{provider.issuer}/authorize", params=asked | changes)
    assert answer.status_code == 302
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def exchange(provider: Provider, code: str, verifier: str = VERIFIER, secret: str = "") -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": verifier,
    }
    secret = secret or provider.client_secret
    return httpx.post(f"{provider.issuer}/token", data=form, auth=(provider.client_id, secret))


def test_the_provider_exchanges_a_code_once(provider: Provider) -> None:
    provider.user = User("ann", {"email": "ann@example.com"})
    back = authorize(provider)
    assert (back["state"], back["iss"]) == ("s", provider.issuer)
    tokens = exchange(provider, back["code"]).json()
    identity = Token.parse(tokens["id_token"])
    assert identity.claims["nonce"] == "n"
    assert identity.claims["email"] == "ann@example.com"
    assert Token.parse(tokens["access_token"]).claims["sub"] == "ann"
    assert exchange(provider, back["code"]).status_code == 400


def test_the_provider_requires_the_verifier_and_the_secret(provider: Provider) -> None:
    assert exchange(provider, authorize(provider)["code"], verifier="w" * 43).status_code == 400
    assert exchange(provider, authorize(provider)["code"], secret="another").status_code == 401
    assert authorize(provider, code_challenge_method="plain")["error"] == "invalid_request"


def test_the_provider_restarts_at_the_same_address(provider: Provider) -> None:
    issuer = provider.issuer
    provider.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{issuer}/keys")
    provider.start()
    first = httpx.get(f"{issuer}/keys").json()["keys"][1]
    provider.rotate()
    assert httpx.get(f"{issuer}/keys").json()["keys"][1]["kid"] != first["kid"]
    assert provider.key_requests == 2
