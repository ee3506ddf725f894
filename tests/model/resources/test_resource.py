from __future__ import annotations

from typing import Any

import pytest
import yaml

from gowright.errors import BadAnswer
from gowright.model.resources.grammar import EXAMPLE, parse
from gowright.model.resources.resource import nested_list
from tests.helpers import read_resources

N60 = "a" * 60


def read(*texts: str) -> list[dict[str, Any]]:
    return [resource.answer() for resource in read_resources([parse(text) for text in texts])]


def test_a_resource_is_recorded_as_an_answer() -> None:
    text = (
        "order customer:string:required:index total_cents:int:min=0 price:decimal:min=-0.5:max=10 "
        "status:enum=new|paid|sent note:text:max=500 code:string:unique:min=3:max=10 paid:bool "
        "placed_at:time ship_on:date code_id:uuid ratio:float"
    )
    assert read(text) == [
        {
            "name": "order",
            "plural": "orders",
            "fields": [
                {"name": "customer", "type": "string", "required": True, "index": True},
                {"name": "total_cents", "type": "int", "min": 0},
                {"name": "price", "type": "decimal", "min": -0.5, "max": 10},
                {"name": "status", "type": "enum", "enum": ["new", "paid", "sent"], "default": "new"},
                {"name": "note", "type": "text", "max": 500},
                {"name": "code", "type": "string", "unique": True, "min": 3, "max": 10},
                {"name": "paid", "type": "bool", "default": False},
                {"name": "placed_at", "type": "time"},
                {"name": "ship_on", "type": "date"},
                {"name": "code_id", "type": "uuid"},
                {"name": "ratio", "type": "float"},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("text", "plural"),
    [
        ("box a:int", "boxes"),
        ("price_list a:int", "price_lists"),
        ("person/people a:int", "people"),
        ("news/articles a:int", "articles"),
        (f"{N60} a:int", f"{N60}s"),
        ("x y:int", "xes"),
    ],
)
def test_the_plural_is_english_or_given(text: str, plural: str) -> None:
    assert read(text)[0]["plural"] == plural


@pytest.mark.parametrize("name", ["type", "map", "error", "select", "string", "func", "test", "window", "go"])
def test_go_keywords_are_valid_names(name: str) -> None:
    assert read(f"{name} {name}:string:required")[0]["name"] == name


def test_the_example_is_valid() -> None:
    assert read(EXAMPLE)


#: What somebody may write, and a part of what gowright says.
BAD = {
    "": "is empty",
    "   ": "is empty",
    "order": "has no fields",
    "customer:string": "the name is missing",
    "Order a:int": "write order",
    "priceList a:int": "write price_list",
    "order-item a:int": "write order_item",
    "1order a:int": "not snake_case",
    "a__b a:int": "write a_b",
    "über a:int": "not snake_case",
    "or'der a:int": "not snake_case",
    'or"der a:int': "not snake_case",
    "../x a:int": "not snake_case",
    f"{'a' * 61} a:int": "61 characters",
    f"{'a' * 10_000} a:int": "10000 characters",
    f"order {'a' * 61}:int": "61 characters",
    "order/ a:int": "plural is missing",
    "order/Orders a:int": "write orders",
    "order/order a:int": "same name",
    "orders a:int": "name it order",
    "series a:int": "same name",
    "news a:int": "same name",
    "price_windows a:int": "only for windows",
    "price_arm64 a:int": "only for arm64",
    "load_test a:int": "as a test",
    "user a:int": "taken",
    "session a:int": "taken",
    "member/users a:int": "taken",
    "order customer": "no type",
    "order customer: string": "no type",
    "order status:enum=New York|paid": "enum values have no spaces",
    "order :string": "field name is missing",
    "order a:strng": 'write "a:string"',
    "order a:string, b:int": 'write "a:string"',
    "order a:int=3": "is not a type",
    "order a:INT": "is not a type",
    "order a:int:requird": "did you mean required?",
    "order a:int:": "not a modifier",
    "order a:int:required=yes": "required has no value",
    "order a:int:required:required": "duplicate",
    "order a:int:min": "not a number",
    "order a:int:min=": "not a number",
    "order a:int:min=x": "not a number",
    "order a:int:min=1e3": "not a number",
    "order a:int:min=1:min=2": "duplicate",
    "order a:int:min=1.5": "whole number",
    "order a:int:max=9999999999999999999": "between",
    "order a:float:min=0.00001": "min=0.00001\n",
    "order a:int:max=99999999999999999999": "has too many digits",
    "order a:decimal:max=99999999999999.9999": "max=99999999999999.9999 has too many digits",
    "order a:decimal:max=1234567890123.4567": "max=1234567890123.4567 has too many digits",
    "order a:decimal:min=999999999999999.9999": "min=999999999999999.9999 has too",
    "order a:float:min=1.00004": "write min=1, or remove min",
    "order a:decimal:max=1000000000000000": "between",
    "order a:int:min=3:max=2": "more than max=2",
    "order a:string:min=300": "write max=300 or more",
    "order a:string:min=0": "write min=1, or remove min",
    "order a:string:max=0": "between 1",
    "order a:string:max=10001": "write max=10000, or remove max",
    "order a:string:min=1.5": "whole number",
    "order a:bool:min=1": "bool fields have no min",
    "order a:time:max=1": "time fields have no max",
    "order a:enum=x:max=1": "enum fields have no max",
    "order a:text:unique": 'write "a:string:unique"',
    "order a:text:index": "cannot be index",
    "order a:string:unique:index": "remove index",
    "order a:string:unique:max=501": "at most 500",
    "order limit:int:index": "query parameter",
    "order cursor:string:unique": "query parameter",
    "order sort:string:index": "query parameter",
    "order total:int:index": "query parameter",
    "order a:text:required:sort": "text fields have no sort",
    "order a:uuid:required:sort": "these types have it: string, int, float, decimal, time, date",
    "order a:enum=x|y:sort": "enum fields have no sort",
    "order a:string:range": "string fields have no range",
    "order a:int:search": "these types have it: string, text",
    "order a:int:sort": "write required or default=",
    "order a:date:optional:sort": "can be without a value",
    "order a:string:required:sort:max=501": "at most 500",
    "order a:int:sort=desc": "sort has no value",
    "order id:uuid": "already has",
    "order created_at:time": "already has",
    "order owner_id:uuid": "already has",
    "order version:int": "already has",
    "order xmin:int": "every PostgreSQL table has",
    "order a:bool:unique": "too few values",
    "order a:enum=x|y:unique": "too few values",
    "order a:enum": "without values",
    "order a:enum=": "without values",
    "order a:enum=x||y": "not a name",
    "order a:enum=in--progress": "not a name",
    "order a:enum=-x": "not a name",
    "order a:int:required:optional": "required and optional",
    "order a:int:default=1:required": "default and required",
    "order a:int:default=x": "not a number",
    "order a:bool:default=1": "true or false",
    "order a:enum=x|y:default=z": "not one of the values",
    "order a:string:default=long:max=3": "not within min and max",
    "order a:int:default=5:unique": "only one object",
    "order a:time:default=now": "no default",
    "order a:ref": "without a resource",
    "order a:ref=customer": "there is no resource customer",
    "order a:ref=order:required": "cycle",
    "order a:ref=order:on_delete=explode": "restrict, cascade, set_null",
    "order a:ref=order:required:on_delete=set_null": "can't be null",
    "order a:int:on_delete=cascade": "belongs to references",
    "order a:enum=x|x": "twice",
    "order a:enum=a_1|a1": "clash",
    "order a:int a:int": "must be unique",
    "order a_1:int a1:int": "clash",
    "order order_fields:int": "has a type OrderFields",
    "order i_d:int": "both would be ID in Go",
    "order owner_i_d:string": "both would be OwnerID in Go",
    "order customerID:string": "write customer_id",
    "order APIKey:string": "write api_key",
    "order myHTTPServer:string": "write my_http_server",
    "order ID:string": "write id",
    "categories a:int": "name it category",
    "addresses a:int": "name it address",
    "boxes a:int": "name it box",
    "order_glasses a:int": "name it order_glass",
    "order a:integer": 'write "a:int"',
}


@pytest.mark.parametrize("text", BAD, ids=lambda t: t[:40])
def test_errors_have_one_line_each_for_what_why_and_fix(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read(text)
    error = caught.value
    assert BAD[text] in f"{error.what}\n{error.why}\n{error.fix}"
    for line in (error.what, error.why, error.fix):
        assert line.isprintable()
        assert len(line) < 250


@pytest.mark.parametrize(
    "texts",
    [
        ("order a:int", "order b:int"),
        ("a_1 a:int", "a1 a:int"),
        ("order a:int", "order_fields/order_field_sets a:int"),
        ("order a:int", "order_filter a:int"),
        ("order a:int", "new_order a:int"),
        ("order status:enum=new", "order_status a:int"),
        ("order status:enum=new", "order_status_new a:int"),
        ("order status:enum=code_x status_code:enum=x",),
        ("order/things a:int", "thing a:int"),
        ("goods/orders a:int", "order a:int"),
        ("order a:int", "orders/order_list b:int"),
        ("person/people a:int", "people/crowds a:int"),
        ("data/datum a:int", "datum/data_points a:int"),
        ("box b:int", "item at:ref=box", "item_by_at/items_by_at box:ref=box"),
        ("box b:int", "item box:ref=box", "item_by_box/items_by_box a:int"),
    ],
)
def test_names_that_are_equal_in_go_clash(texts: tuple[str, ...]) -> None:
    with pytest.raises(BadAnswer, match=r"clash|twice"):
        read(*texts)


YAML_BAD = {
    "x": "resources is a string",
    "{name: order}": "resources is a mapping",
    "[order]": 'write "order title:string"',
    "[null]": "a resource is empty",
    "[{name: order, feilds: []}]": "did you mean fields?",
    "[{name: 1, fields: []}]": "resource name is a number",
    "[{name: order, fields: {a: int}}]": "fields is a mapping",
    "[{name: order, fields: 5}]": "fields is a number",
    "[{name: order, fields: [a]}]": "a field is a string",
    "[{name: order, fields: [{name: a, type: int, required: 'yes'}]}]": "required is a string",
    "[{name: order, fields: [{name: a, type: int, required: null}]}]": "required is empty",
    "[{name: order, fields: [{name: a, type: [int]}]}]": "is not a type",
    "[{name: order, fields: [{name: a, type: int, min: true}]}]": "must be a number",
    "[{name: order, fields: [{name: a, type: int, min: '5'}]}]": "without quotes",
    "[{name: order, fields: [{name: a}]}]": "field a has no type",
    "[{name: order, fields: [{name: a, type: decimal, max: 1234567890123.4567}]}]": "too many digits",
    "null": "resources is empty",
    "[{name: order, fields: [{name: a, type: float, min: .nan}]}]": "",
    "[{name: order, fields: [{name: a, type: float, min: .inf}]}]": "",
    "[{name: order, fields: [{name: a, type: int, enum: [x]}]}]": "have no enum values",
    "[{name: order, fields: [{name: a, type: enum, enum: x}]}]": "without values",
    "[{name: order, fields: [{name: a, type: enum, enum: [yes, no]}]}]": "put the value in quotes",
    "[{name: order, fields: [{name: a, type: int, since: 1}]}]": "has no since",
}


@pytest.mark.parametrize("text", YAML_BAD)
def test_resources_in_a_file_pass_the_same_checks(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_resources(yaml.safe_load(text))
    error = caught.value
    assert YAML_BAD[text] in f"{error.what}\n{error.why}\n{error.fix}"


def test_a_query_parameter_of_lists_can_be_the_name_of_other_fields() -> None:
    assert read("order total:decimal:required:sort:range limit:int q:text:search sort:string:search")


def test_lists_of_references_have_paths_that_differ() -> None:
    (_, transfer) = read_resources(
        [
            parse("account name:string"),
            parse("transfer account:ref=account to_account:ref=account up:ref=transfer"),
        ]
    )
    assert [nested_list(transfer, field) for field in transfer.references] == [
        "transfers",
        "transfers-by-to-account",
        "transfers-by-up",
    ]


def test_everything_has_a_limit() -> None:
    field = {"name": "x", "type": "int"}
    for raw in (
        [{"name": f"a{i}", "fields": [field]} for i in range(101)],
        [{"name": "a", "fields": [{"name": f"x{i}", "type": "int"} for i in range(101)]}],
        [{"name": "a", "fields": [{"name": "x", "type": "enum", "enum": [f"v{i}" for i in range(101)]}]}],
    ):
        with pytest.raises(BadAnswer, match=r"101"):
            read_resources(raw)


def test_reading_a_recorded_answer_changes_nothing() -> None:
    answers = read(
        "order a:string:required:max=5 b:enum=EUR|usd c:decimal:min=0.5", "person/people x:uuid:unique"
    )
    assert [resource.answer() for resource in read_resources(answers)] == answers
