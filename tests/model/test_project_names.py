from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from gowright.errors import BadAnswer
from gowright.model.project_names import CHECKS, default_module_path, suggest_project_name
from gowright.system import engine
from tests.helpers import ROOT, build_tree

GOOD = {
    "project_name": ["shop-api", "a", "a1", "shop2", "a" * 50],
    "module_path": [
        "example.com/shop",
        "github.com/Acme/shop-api",
        "git.acme.co.uk/a/b/c",
        "example.com/shop/v2",
        "example.com/a.b/c_d~e",
        "1.example.com/x",
        "example.com/v0-service",
        "example.com/shop/v10",
    ],
    "description": [
        "Keeps orders.",
        "x",
        'He said "no" \\ */ # $HOME {{ x }} [[ y ]] %]',
        "Grüße, 注文 🛒",
        "- a: b",
        "'",
        "d" * 200,
    ],
}
BAD = {
    "project_name": [
        *("", "Shop", "1shop", "-shop", "shop-", "a--b", "a_b", "shop api", "shop\n", "../x", "..", "."),
        *("a" * 51, "x" * 10_000, "schön", "shop/api", "$(id)", "shop'", 'shop"', "null\0"),
    ],
    "module_path": [
        *("", "shop", "example.com", "Example.com/shop", "example.com/", "example.com//x", "/x/y"),
        *("example.com/shop\n", "example.com/a b", 'example.com/a"b', "-a.com/x", "example..com/x"),
        *("example.com/../x", "example.com/.x", "example.com/x.", "example.com/con", "example.com/a/NUL.x"),
        *(
            "example.com/shop/v1",
            "example.com/shop/v0",
            "example.com/shop/v02",
            "example.com/shop/v1.5",
            "example.com/vendor/x",
        ),
        *("example.com/a~1", "gopkg.in/yaml.v3", "example.com/" + "x" * 10_000, "example.com/ü"),
    ],
    "description": [
        *("", " ", " x", "x ", "a\nb", "a\tb", "a\rb", "a\0b", "d" * 201, "x" * 10_000),
        *("a\u2028b", "a\u0085b", "a\u202eb", "\ufeffa", "a\udcffb", "a\x1bb"),
    ],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in GOOD.items() for v in values])
def test_good_answers_pass(name: str, value: str) -> None:
    CHECKS[name](value, name)


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in BAD.items() for v in values])
def test_hostile_answers_get_one_line_with_a_fix(name: str, value: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        CHECKS[name](value, name)
    error = caught.value
    for line in (error.what, error.why, error.fix):
        assert line.isprintable()
        assert 0 < len(line) < 200


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("shop-api", "shop-api"),
        ("My Shop", "my-shop"),
        ("shop_api.v2", "shop-api-v2"),
        ("2shop", "shop"),
        ("123", ""),
        ("...", ""),
        ("注文", ""),
        ("Über-Shop", "uber-shop"),
        ("x" * 60, ""),
    ],
)
def test_a_folder_suggests_a_project_name(folder: str, name: str) -> None:
    assert suggest_project_name(folder) == name


@pytest.mark.parametrize(
    "url",
    ["https://github.com/Acme/shop", "https://github.com/Acme/shop.git", "git@github.com:Acme/shop.git"],
)
def test_the_module_path_comes_from_the_repository_address(url: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        CHECKS["module_path"](url, "--module-path")
    assert caught.value.fix == "write github.com/Acme/shop"


#: The first documents of copier.yml: its settings, and the questions about the project.
QUESTIONS = (ROOT / "copier.yml").read_text(encoding="utf-8").partition("\n--- !include")[0]


@pytest.mark.parametrize("name", ["shop", "con", "aux", "lpt1", "vendor", "v1", "v02", "v2", "v0-x"])
def test_copier_and_gowright_suggest_the_same_valid_module_path(name: str, tmp_path: Path) -> None:
    template = build_tree(tmp_path / "t", {"copier.yml": QUESTIONS, "template/x.jinja": "[[ module_path ]]"})
    engine.render(template, {"project_name": name}, tmp_path / "out")
    assert (tmp_path / "out" / "x").read_text() == default_module_path(name)
    CHECKS["module_path"](default_module_path(name), "")


def test_copier_errors_fit_beside_the_question() -> None:
    for document in yaml.safe_load_all(QUESTIONS):
        for name, question in document.items():
            validator = question.get("validator", "") if isinstance(question, dict) else ""
            for said in re.findall(r"%\]([^\[]+)\[%", validator):
                assert len(f"Validation error for question '{name}': {said.strip()}") <= 80
