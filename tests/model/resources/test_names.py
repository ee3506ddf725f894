from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest

from gowright.model.resources import names
from tests.helpers import ROOT


@pytest.mark.parametrize(
    ("name", "exported", "unexported"),
    [
        ("order", "Order", "order"),
        ("price_list", "PriceList", "priceList"),
        ("api_key_id", "APIKeyID", "apiKeyID"),
        ("api_key_ids", "APIKeyIDs", "apiKeyIDs"),
        ("url", "URL", "url"),
        ("id2", "ID2", "id2"),
        ("my_ids2", "MyIDs2", "myIDs2"),
        ("html5_url", "HTML5URL", "html5URL"),
        ("utf8", "UTF8", "utf8"),
        ("ipv4", "Ipv4", "ipv4"),
        ("a_1", "A1", "a1"),
        ("x", "X", "x"),
    ],
)
def test_go_names_keep_initialisms(name: str, exported: str, unexported: str) -> None:
    assert names.exported(name) == exported
    assert names.unexported(name) == unexported


@pytest.fixture(scope="module")
def macros() -> Any:
    """The template's own functions of names."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(ROOT),
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],  # Copier's
    )
    return environment.get_template("macros/names.jinja").module


def test_template_and_python_agree_on_go_names(macros: Any) -> None:
    words = [*sorted(names.initialisms()), "order", "status", "ids", "v2", "gas", "is", "utf82"]
    plurals = [f"new_{word}s{number}" for word in words for number in ("", 2)]
    for name in [*words, *(f"{word}_key" for word in words), *plurals]:
        assert macros.exported(name) == names.exported(name)
        assert macros.unexported(name) == names.unexported(name)
    assert macros.exported("EUR") == names.exported("EUR") == "Eur"


@pytest.mark.parametrize(
    ("article", "nouns"),
    [
        (
            "a",
            "task unit user_group university use_case euro one_time_code utility url ui_theme guid ram b u u2",
        ),
        (
            "an",
            "order item hour honor heir umbrella unindexed_page api_key html_page id sla ssh_key error2 x f a a1",
        ),
    ],
)
def test_articles_are_chosen_by_sound(macros: Any, article: str, nouns: str) -> None:
    assert {noun: macros.article(noun) for noun in nouns.split()} == dict.fromkeys(nouns.split(), article)


#: Names of resources that services have, and their plurals.
PLURALS = dict(
    pair.split("/")
    for pair in """
    address/addresses alias/aliases analysis/analyses api_key/api_keys app/apps batch/batches bias/biases
    bonus/bonuses box/boxes branch/branches bus/buses business/businesses cache/caches calendar/calendars campus/campuses
    canvas/canvases category/categories child/children city/cities class/classes cookie/cookies country/countries
    course/courses crisis/crises criterion/criteria currency/currencies customer/customers database/databases day/days
    delivery/deliveries diagnosis/diagnoses dish/dishes drive/drives entry/entries expense/expenses fax/faxes foot/feet
    gas/gases hero/heroes house/houses index/indexes invoice/invoices iris/irises key/keys knife/knives leaf/leaves
    lease/leases lens/lenses license/licenses life/lives line_item/line_items match/matches matrix/matrices menu/menus
    mouse/mice movie/movies order/orders order2/order2s patch/patches person/people photo/photos potato/potatoes
    price_list/price_lists process/processes purchase/purchases query/queries quiz/quizzes response/responses roof/roofs
    schema/schemas shelf/shelves shoe/shoes sku/skus status/statuses story/stories survey/surveys switch/switches task/tasks
    tax/taxes tooth/teeth url/urls user/users valve/valves vertex/vertices virus/viruses wave/waves wish/wishes woman/women
    x/xes zoo/zoos
    """.split()
)


def test_plurals_are_english() -> None:
    assert {name: names.plural(name) for name in PLURALS} == PLURALS


def test_singulars_are_english() -> None:
    assert {plural: names.singular(plural) for plural in PLURALS.values()} == {
        plural: name for name, plural in PLURALS.items()
    }


def test_plurals_are_recognized() -> None:
    assert [plural for plural in PLURALS.values() if not names.is_plural(plural)] == []
    assert [name for name in PLURALS if names.is_plural(name)] == []


@pytest.mark.parametrize(
    "name", ["news", "series", "data", "sensor_data", "metadata", "media", "sheep", "software"]
)
def test_uncountable_words_are_not_plurals(name: str) -> None:
    assert not names.is_plural(name)
    assert names.plural(name) == name


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("price_windows", "_windows"),
        ("price_linux_amd64", "_amd64"),
        ("load_test", "_test"),
        ("windows", ""),
        ("test", ""),
        ("arm_chair", ""),
        ("price", ""),
    ],
)
def test_build_constraints_in_file_names_are_recognized(name: str, ending: str) -> None:
    assert names.build_constraint(name) == ending


@pytest.mark.go
def test_the_systems_and_architectures_of_go_are_complete() -> None:
    listed = subprocess.run(["go", "tool", "dist", "list"], capture_output=True, text=True, check=True).stdout
    for word in set(re.split(r"[/\n]", listed.strip())):
        assert names.build_constraint(f"price_{word}"), word
