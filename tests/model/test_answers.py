from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from gowright.errors import BadAnswer
from gowright.model.answers import check_answers, load_answers
from gowright.model.features import Choice, Feature

CACHE = Feature("cache", "Cache?", (Choice("redis", "Redis"), Choice("none", "none")))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cahce": "redis"}, "did you mean cache?"),
        ({"_secret": "x"}, "is not a question"),
        ({5: "x"}, "is not a question"),
        ({"cache": "reddis"}, "write cache: redis"),
        ({"cache": ""}, "an empty value is not a choice"),
        ({"cache": False}, "put the value in quotes"),
        ({"cache": None}, "cache is empty"),
        ({"cache": "rediss"}, "write cache: redis"),
        ({"cache": ["redis"]}, "is a list"),
        ({"project_name": 5}, "is a number"),
        ({"project_name": "a\n"}, "not a project name"),
        ({"x" * 10_000: "y"}, "..."),
    ],
)
def test_invalid_answers_are_rejected(given: dict[str, object], said: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        check_answers(given, [CACHE])
    error = caught.value
    assert said in f"{error.what}\n{error.why}\n{error.fix}"
    assert max(map(len, (error.what, error.why, error.fix))) < 300


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: b: c", "line 1"),
        ("cache: redis\ncache: none", "duplicate key cache"),
        ("- a", "contains a list"),
        ("just words", "contains a string"),
        ("", "the file is empty"),
        ("# a comment", "the file is empty"),
        ("a: 99999999999999.9999", "more than 15 digits"),
        ("a: &x [1]\nb: *x", "aliases are not allowed"),
        ("a: !!python/object:os.system x", "could not determine a constructor"),
        ("{{{", "line 1"),
        ("? [a]\n: b", "line 1"),
        ("a: 2001-99-99", "month"),
        ("\0", "special characters"),
        ("[" * 1000, ""),
    ],
)
def test_a_file_without_answers_is_rejected(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "answers.yml"
    path.write_text(text)
    with pytest.raises(BadAnswer) as caught:
        load_answers(path)
    assert said in caught.value.why
    assert caught.value.why.isprintable()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"caf\xe9: x"])
def test_a_binary_file_is_rejected(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "answers.yml"
    path.write_bytes(content)
    with pytest.raises(BadAnswer, match="cannot read answers"):
        load_answers(path)


def test_a_huge_file_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "answers.yml"
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(BadAnswer, match="cannot read answers"):
        load_answers(path)


def test_an_endless_file_is_rejected() -> None:
    with pytest.raises(BadAnswer, match="cannot read answers") as caught:
        load_answers(Path("/dev/zero"))
    assert "more than" in caught.value.why


@pytest.mark.parametrize("path", ["missing.yml", "."])
def test_an_unreadable_file_is_rejected(path: str) -> None:
    with pytest.raises(BadAnswer, match="cannot read answers"):
        load_answers(Path(path))


def test_the_recorded_source_is_not_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "answers.yml"
    path.write_text("_commit: v0.1.0\n_src_path: https://example.com/x.git\ncache: none\n")
    assert load_answers(path) == {"cache": "none"}


def test_a_closed_stdin_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(BadAnswer, match="cannot read answers"):
        load_answers(Path("-"))


def test_answers_can_come_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"cache: none")))
    assert load_answers(Path("-")) == {"cache": "none"}
