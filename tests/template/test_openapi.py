"""Examples in the spec and the README of a generated service match the schema."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from gowright.model.resources.grammar import parse
from gowright.model.resources.resource import read_resource
from tests.conftest import Render
from tests.helpers import read_yaml

TEXTS = {
    "contact email:string:required work_email:string:max=254 url:string phone:string": {
        "email": "ann@example.com",
        "work_email": "ann@example.com",
        "url": "https://example.com",
        "phone": "+44 20 7946 0958",
    },
    # Where the bounds leave no room for one of its kind, any text will do.
    "card email:string:max=5 url:string:min=40 phone:text:max=1 emailed:string": {
        "email": "Email",
        "url": "Url of an examplexxxxxxxxxxxxxxxxxxxxxxx",
        "phone": "P",
        "emailed": "Emailed of an example",
    },
    # More than four required fields, and one that is not.
    "parcel a:int:required b:string:required c:bool:required d:date:required e:uuid:required "
    "f:enum=on|off:required g:decimal:required:min=3 h:time:required i:text": {"b": "B of an example"},
    "hint a:int:min=7 b:float c:text d:bool e:date": {},
}


def render(resource: str, rendered: Render) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The schema and the example of a body, and the README."""
    answer = read_resource(parse(resource)).answer()
    project = rendered(resources=[answer])
    content = read_yaml(project / "api" / "openapi.yaml")["components"]["requestBodies"]
    body = content[answer["name"].capitalize()]["content"]["application/json"]
    return body["schema"], body["example"], (project / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("resource", "texts"), TEXTS.items())
def test_the_examples_match_their_schema(resource: str, texts: dict[str, str], rendered: Render) -> None:
    schema, example, readme = render(resource, rendered)
    taken = Draft202012Validator(schema, format_checker=FormatChecker())
    taken.validate({k: str(v) if hasattr(v, "year") else v for k, v in example.items()})
    assert {name: example[name] for name in texts} == texts

    path = re.escape(f"/api/v1/{resource.split()[0]}s")
    bodies = re.findall(rf"curl[^\n]*{path}[^\n]*\\\n  -d '(.*)'", readme)
    assert len(bodies) == 3, "one creates, one replaces, one patches"
    for body in bodies[:2]:
        taken.validate(json.loads(body))
    Draft202012Validator({**schema, "required": []}).validate(json.loads(bodies[2]))


#: The bounds of a decimal, with values inside and outside.
BOUNDS = {
    "max=99999999999.9999": (["99999999999.9999", "99999999999.999900", "-1"], ["99999999999.999901", "100000000000"]),
    "min=99999999999.9999": (["99999999999.9999", "100000000000"], ["99999999999.999899", "99999999999"]),
    "min=-99999999999.9999": (["-99999999999.9999", "0"], ["-99999999999.999901", "-100000000000"]),
    "min=12345678901.2345:max=12345678901.2345": (["12345678901.2345"], ["12345678901.234499", "12345678901.234501"]),
    "max=999999999999999": (["999999999999999", "999999999999999.0"], ["999999999999999.000001"]),
    "max=0.0001": (["0.0001", "0.000099", "-5"], ["0.000101", "1"]),
}  # fmt: skip
#: All of them in one resource, so that it is rendered once.
ITEM = "item " + " ".join(f"amount_{number}:decimal:required:{bound}" for number, bound in enumerate(BOUNDS))


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_decimal_has_the_requested_bounds(bound: str, rendered: Render) -> None:
    schema, example, _ = render(ITEM, rendered)
    name = f"amount_{list(BOUNDS).index(bound)}"
    taken = Draft202012Validator(schema["properties"][name])
    inside, outside = BOUNDS[bound]
    for value in [*inside, example[name]]:
        taken.validate(value)
    assert not any(taken.is_valid(value) for value in outside)
