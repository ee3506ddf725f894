"""Responses are checked against the spec, and request bodies are made from it."""

from __future__ import annotations

from typing import Any

import pytest

from gowright.verify.backends.auth.tokens import Ed25519Key, NoKey, SecretKey, Token
from gowright.verify.checks.http.resources import same
from gowright.verify.harness.gotest import summary
from gowright.verify.harness.openapi import OpenAPI, Response
from gowright.verify.harness.samples import Samples
from gowright.verify.outcomes import Failed

YAML = """
openapi: 3.1.0
security: [{bearer: []}]
paths:
  /things/{id}:
    get:
      operationId: getThing
      responses:
        200:
          headers: {ETag: {required: true, schema: {type: string}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
        304: {description: unchanged}
  /things/special:
    get: {operationId: special, security: [], responses: {default: {description: anything}}}
components:
  schemas:
    Thing:
      type: object
      required: [id]
      properties: {id: {type: string, format: uuid}, at: {type: [string, 'null'], format: date-time}}
"""
ID = "01890a5d-ac96-774b-bcce-b302099a8057"
DOCUMENT = OpenAPI.parse(YAML)


def violations(path: str = f"/things/{ID}", **changes: Any) -> list[str]:
    response: dict[str, Any] = {
        "status": 200,
        "content_type": "application/json",
        "headers": {"etag": '"1"'},
        "body": b"{}",
        "json": {"id": ID, "at": None},
    } | changes
    return list(DOCUMENT.violations("GET", path, Response(**response)))


def test_a_response_of_the_spec_has_no_violations() -> None:
    assert violations() == []
    assert violations(status=304, body=b"", content_type="", json=None) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": 500}, "status 500 is not in the spec"),
        ({"headers": {}}, "header ETag is missing"),
        ({"content_type": "text/html"}, "content type 'text/html'"),
        ({"json": {}}, "'id' is a required property"),
        ({"json": {"id": "x"}}, "is not a 'uuid'"),
        ({"json": {"id": ID, "at": "2026-02-30T00:00:00Z"}}, "is not a 'date-time'"),
        ({"json": {"id": ID, "at": "2026-02-03"}}, "is not a 'date-time'"),
        ({"status": 304}, "a body, but the spec has none"),
    ],
)
def test_any_other_response_is_reported(changes: dict[str, Any], told: str) -> None:
    (found,) = violations(**changes)
    assert told in found


def test_a_path_matches_its_most_specific_template() -> None:
    special = DOCUMENT.find("GET", "/things/special")
    assert special is not None
    assert special.public
    other = DOCUMENT.find("get", f"/things/{ID}?x=1")
    assert other is not None
    assert (other.label, other.public) == ("GET /things/{id}", False)
    assert DOCUMENT.find("GET", "/things") is None


@pytest.mark.parametrize("text", ["a: b: c", "- 1"])
def test_an_invalid_spec_is_reported(text: str) -> None:
    with pytest.raises(Failed, match="OpenAPI spec is not"):
        OpenAPI.parse(text)


def nullable(**schema: Any) -> dict[str, Any]:
    return {"oneOf": [schema, {"type": "null"}]}


FIELDS: dict[str, Any] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^[^\\u0000]*$"},
    "price": {"type": ["string", "null"], "pattern": "^-?[0-9]{1,15}(\\.[0-9]{1,6})?$"},
    "count": nullable(type="integer", minimum=3, maximum=4),
    "kind": {"enum": ["a", "b", None]},
    "at": {"type": ["string", "null"], "format": "date-time"},
    "on": {"type": "string", "format": "date"},
    "mail": {"type": "string", "format": "email"},
    "key": {"type": "string", "format": "uuid"},
    "yes": {"type": ["boolean", "null"]},
    "ratio": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
}
SCHEMA = {"type": "object", "additionalProperties": False, "required": ["name"], "properties": FIELDS}


def test_bodies_are_valid_and_differ() -> None:
    samples = Samples(DOCUMENT)
    full = [samples.body(SCHEMA) for _ in range(20)]
    assert all(not list(DOCUMENT.errors(SCHEMA, body)) for body in full)
    assert all(set(body) == set(FIELDS) for body in full)
    assert len({body["key"] for body in full}) == 20
    assert set(samples.body(SCHEMA, full=False)) == {"name"}


def test_invalid_bodies_are_invalid_because_of_the_named_field() -> None:
    wrong = list(Samples(DOCUMENT).wrong(SCHEMA))
    assert all(list(DOCUMENT.errors(SCHEMA, each.body)) for each in wrong)
    assert {each.field for each in wrong} == {*FIELDS, "no_such_field"}
    told = {(each.field, each.why) for each in wrong}
    assert {
        ("name", "it is missing"),
        ("name", "it is too long"),
        ("count", "it is past its maximum"),
    } <= told
    assert ("count", "it is null") not in told


def test_boundary_values_are_valid() -> None:
    samples = Samples(DOCUMENT)
    assert list(samples.boundaries(FIELDS["count"])) == [3, 4]
    assert [len(each) for each in samples.boundaries(FIELDS["name"])] == [1, 5]


def test_values_match_patterns_and_are_unique_while_possible() -> None:
    samples = Samples(DOCUMENT)
    plate = {"type": "string", "pattern": "^[A-Z]{3}-(1|2)[0-9]?(x|[^a-c])$"}
    assert len({samples.value(plate, "plate") for _ in range(50)}) == 50
    assert {samples.value({"type": "string", "pattern": "^(a|b)$"}, "letter") for _ in range(50)} == {
        "a",
        "b",
    }
    assert {samples.value({"type": "integer", "minimum": 7, "maximum": 8}, "count") for _ in range(9)} == {
        7,
        8,
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": r"^[^\x00]*$", "maxLength": 5},
        {"pattern": r"^[^\x00]*$", "minLength": 200, "maxLength": 210},
        {"pattern": r"^(-?[0-9]{1,15}(\.[0-9]{1,6})?)$"},
        {"pattern": r"^(\*|\"[1-9][0-9]{0,17}\")$"},
        {"pattern": r"^(/([!-.0-\[\]-~][!-\[\]-~]*)?)?$", "maxLength": 512},
        {"minLength": 3, "maxLength": 3},
        {"minLength": 1000, "maxLength": 1001},
    ],
)
def test_values_respect_pattern_and_length(schema: dict[str, Any]) -> None:
    text = {"type": "string", **schema}
    samples = Samples(DOCUMENT)
    values = [samples.value(text, "text") for _ in range(30)]
    assert len(set(values)) == 30
    DOCUMENT.validator({"type": "array", "items": text}).validate(values)


def test_a_pattern_that_python_does_not_understand_is_ignored() -> None:
    samples = Samples(DOCUMENT)
    assert samples._matching(r"^\p{L}+$") == samples._matching("^a{150,}$") == ""


def test_an_impossible_value_is_reported() -> None:
    with pytest.raises(Failed, match="cannot create a value for never"):
        Samples(DOCUMENT).value({"type": "string", "pattern": "^a$", "minLength": 2}, "never")


@pytest.mark.parametrize(
    ("sent", "got", "equal"),
    [
        ("2026-01-01T12:00:00+02:00", "2026-01-01T10:00:00Z", True),
        ("1.50", "1.5", True),
        ("a", "b", False),
        (1, 1, True),
        (None, 1, False),
    ],
)
def test_values_are_compared_by_meaning(sent: Any, got: Any, equal: bool) -> None:
    assert same(sent, got) is equal


@pytest.mark.parametrize("key", [Ed25519Key(), SecretKey(), SecretKey(b"")])
def test_a_token_verifies_only_with_its_key(key: Ed25519Key | SecretKey) -> None:
    text = Token({"typ": "at+jwt"}, {"sub": "me"}).signed(key)
    assert Token.parse(text) == Token({"typ": "at+jwt", "alg": key.algorithm}, {"sub": "me"})
    assert Token.is_signed(text, key)
    assert not Token.is_signed(text, Ed25519Key())
    changed = Token.parse(text).changed({"typ": None}, {"sub": "you"})
    assert changed.header == {"alg": key.algorithm}
    assert changed.signed(NoKey()).endswith(".")


def test_go_test_results_are_counted_and_failures_quoted() -> None:
    counted = summary(
        "\n".join(
            (
                '{"Action":"pass","Package":"p","Test":"TestA"}',
                '{"Action":"output","Package":"p","Test":"TestB","Output":"DATABASE_URL is not set"}',
                '{"Action":"skip","Package":"p","Test":"TestB"}',
                '{"Action":"output","Package":"p","Test":"TestC","Output":"want 1, got 2"}',
                '{"Action":"fail","Package":"p","Test":"TestC"}',
                "go: no such tool",
            )
        )
    )
    assert counted.passed == 1
    assert counted.skipped == {"p.TestB": "DATABASE_URL is not set"}
    assert "want 1, got 2" in counted.failures
    assert "go: no such tool" in counted.failures
