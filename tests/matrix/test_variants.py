"""The variants of a matrix, their answers, and how shards divide them."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest

from gowright.errors import BadAnswer, ToolError
from gowright.matrix import Matrix, Selection, Shard, Variant, matrix
from gowright.matrix.axes import FILE, read_axes
from gowright.model.resources.field_types import field_types
from gowright.model.template import Template
from tests.helpers import TOY, build_tree, read_resources


def ids(found: Matrix) -> list[str]:
    return [variant.id for variant in found.variants]


@pytest.mark.parametrize("strength", [1, 2, 3])
def test_every_tuple_of_choices_and_resources_is_covered(ship: Template, strength: int) -> None:
    found = matrix(ship, Selection(strength=strength))
    assert found.covered(found.variants) == len(found.tuples.members)
    assert sum(len(words) for _, words in found.added()) == len(found.tuples.members)
    assert len(set(ids(found))) == len(found.variants)


def test_presets_come_first_and_count(ship: Template) -> None:
    bare, usual, *others = matrix(ship, Selection()).variants
    assert [bare.id, usual.id] == ["bare", "usual"]
    assert bare.choices == {"color": "red", "lid": "none", "engine": "steam", "wheels": "iron"}
    assert all(not variant.preset for variant in others)


def test_excluded_choices_are_never_combined(ship: Template) -> None:
    found = matrix(ship, Selection(strength=3))
    assert {
        variant.choices["wheels"] for variant in found.variants if variant.choices["engine"] == "sail"
    } == {"wood"}
    assert not [words for _, words in found.added() if "engine=sail wheels=iron" in words]
    drawn = matrix(ship, Selection(number=50, where=(("engine", "sail"),)))
    assert {variant.choices["wheels"] for variant in drawn.variants} <= {"wood"}


def test_variants_get_resources_of_their_kind(ship: Template) -> None:
    variants = [variant for variant in matrix(ship, Selection(strength=3)).variants if not variant.preset]
    assert all(
        (variant.answers["resources"] == []) == (variant.choices["resources"] == "none")
        for variant in variants
    )
    dealt = [
        str(variant.answers["resources"]) for variant in variants if variant.choices["resources"] == "some"
    ]
    # As many variants have distinct resources as there are ways to combine the sets of one kind.
    assert len(dealt) == len(set(dealt))
    assert {"task", "word", "x", "thing"} <= {name for variant in variants for name in variant.resources}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense: 1", "the allowed keys are"),
        ("exclude: [{lid: none}]", "does not name two"),
        ("exclude: [{lid: none, color: blue}]", "color=blue is not a choice"),
        ("exclude: [{lid: none, colour: red}]", "colour=red is not a choice"),
        ("without_go: [colour]", "colour is not a feature"),
        ("resources: {a: [[order]]}", "a, set 1: resource order has no fields"),
        ("resources: {a: [['pages x:int', 'pages x:int']]}", "a, set 1"),
    ],
)
def test_an_invalid_matrix_file_is_rejected(tmp_path: Path, text: str, why: str) -> None:
    template = Template(build_tree(tmp_path, TOY | {FILE: text}))
    with pytest.raises(ToolError) as caught:
        matrix(template, Selection())
    assert why in caught.value.why


def test_without_a_matrix_file_the_features_are_the_axes(tmp_path: Path) -> None:
    found = matrix(Template(build_tree(tmp_path, TOY)), Selection())
    assert found.covered(found.variants) == 4
    assert len(found.variants) == 4


def test_where_filters_and_keeps_ids(ship: Template) -> None:
    every = matrix(ship, Selection(strength=3))
    some = matrix(
        ship, Selection(strength=3, where=(("lid", "none"), ("engine", "sail"), ("engine", "none")))
    )
    wanted = [v.id for v in every.variants if v.choices["lid"] == "none" and v.choices["engine"] != "steam"]
    assert ids(some) == wanted
    assert ids(matrix(ship, Selection(strength=3, ids=(wanted[0],)))) == wanted[:1]


@pytest.mark.parametrize(
    "selection",
    [Selection(where=(("lid", "open"),)), Selection(where=(("led", "lid"),)), Selection(ids=("nobody",))],
)
def test_unknown_selections_are_rejected(ship: Template, selection: Selection) -> None:
    with pytest.raises(BadAnswer):
        matrix(ship, selection)


def test_shards_partition_the_variants_evenly(ship: Template) -> None:
    whole = matrix(ship, Selection(strength=3)).variants
    for count in range(1, len(whole) + 3):
        parts = [Shard(index, count).of(whole) for index in range(1, count + 1)]
        assert sorted(v.id for part in parts for v in part) == sorted(v.id for v in whole)
        assert max(map(len, parts)) - min(map(len, parts)) <= 1
    part = matrix(ship, Selection(strength=3, shard=Shard(2, 3)))
    assert part.variants == Shard(2, 3).of(whole)


def test_random_variants_are_new_and_repeatable(ship: Template) -> None:
    array = [dict(variant.choices) for variant in matrix(ship, Selection()).variants]
    drawn = matrix(ship, Selection(number=5, seed=7))
    assert len(drawn.variants) == 5
    assert not [variant for variant in drawn.variants if dict(variant.choices) in array]
    assert ids(drawn) == ids(matrix(ship, Selection(number=5, seed=7)))
    assert ids(drawn) != ids(matrix(ship, Selection(number=5, seed=8)))
    assert ids(matrix(ship, Selection(number=5, seed=7, ids=(ids(drawn)[2],)))) == [ids(drawn)[2]]


def fields(variants: tuple[Variant, ...]) -> list[dict[str, object]]:
    return [f for v in variants for r in v.answers.get("resources", ()) for f in r["fields"]]


def test_the_real_matrix_varies_the_resources() -> None:
    variants = matrix(Template.head(), Selection(strength=3)).variants
    assert {field["type"] for field in fields(variants)} == set(field_types())
    assert {"required", "unique", "index", "min", "max", "enum", "default", "ref", "on_delete"} <= {
        k for f in fields(variants) for k in f
    }
    lengths = {len(name) for variant in variants for name in variant.resources}
    assert {1, 60} <= lengths
    assert {"table", "func", "interface", "order"} <= {n for v in variants for n in v.resources}
    assert {0, 1, 2, 3} <= {len(v.resources) for v in variants if "resources" in v.answers}


def test_variants_that_differ_only_outside_the_go_code_share_a_service() -> None:
    template = Template.head()
    without_go = read_axes(template).without_go
    variants = [variant for variant in matrix(template, Selection()).variants if not variant.preset]
    services = {
        str({name: value for name, value in variant.answers.items() if name not in without_go})
        for variant in variants
    }
    assert without_go
    assert len(services) < len(variants)


def test_every_assignment_of_the_real_resources_is_valid() -> None:
    template = Template.head()
    axes = read_axes(template)
    for kind, count in itertools.product(axes.sets, (1, 2, 5, 60)):
        for resources in itertools.islice(axes.assign(kind, count), 60):
            assert [each.answer() for each in read_resources(resources)] == resources


def test_every_resource_set_is_used_in_a_pairwise_matrix() -> None:
    template = Template.head()
    variants = [variant for variant in matrix(template, Selection()).variants if not variant.preset]
    held = {name for variant in variants for name in variant.resources}
    for kind, sets in read_axes(template).sets.items():
        names = {resource["name"] for resources in sets for resource in resources}
        assert names <= held, kind


def test_the_code_names_no_feature() -> None:
    import gowright.matrix

    features = {feature.name for feature in Template.head().features()}
    choices = {value for feature in Template.head().features() for value in feature.values} - {"none"}
    for path in Path(gowright.matrix.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        literals = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        assert not literals & (features | choices), path
