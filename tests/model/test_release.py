from __future__ import annotations

from pathlib import Path

import pytest

from gowright import __version__
from gowright.errors import ToolError
from gowright.model.release import BUNDLE, record, recorded, recorded_tree, tree
from gowright.model.template import Template
from gowright.system.git import git
from tests.helpers import contents


def commits(bundle: Path, into: Path) -> dict[str, str]:
    git(["clone", "--quiet", "--bare", str(bundle), str(into)])
    lines = git(["for-each-ref", "--format=%(refname:short) %(objectname)", "refs/tags"], cwd=into)
    return dict(line.split() for line in lines.splitlines())


def change(toy: Template, text: str) -> None:
    (toy.root / "template" / "README.md.jinja").write_text(text)


def test_recording_again_gives_the_same_bytes(toy: Template, tmp_path: Path) -> None:
    for name in ("one", "two"):
        change(toy, "first\n")
        assert record(tmp_path / name, "0.1.0", toy.root)
        change(toy, "second\n")
        assert record(tmp_path / name, "0.2.0", toy.root)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert recorded(tmp_path / "one") == ["0.1.0", "0.2.0"]


def test_adding_a_release_keeps_the_others(toy: Template, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    record(bundle, "0.1.0", toy.root)
    before = commits(bundle, tmp_path / "before.git")
    change(toy, "second\n")
    record(bundle, "0.2.0", toy.root)
    record(bundle, "0.10.0", toy.root)
    after = commits(bundle, tmp_path / "after.git")
    assert list(before) == ["v0.1.0"]
    assert before.items() <= after.items()
    assert recorded(bundle) == ["0.1.0", "0.2.0", "0.10.0"]


def test_a_recorded_release_never_changes(toy: Template, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    record(bundle, "0.1.0", toy.root)
    assert not record(bundle, "0.1.0", toy.root)
    content = bundle.read_bytes()
    change(toy, "other\n")
    with pytest.raises(ToolError, match="recorded with another template"):
        record(bundle, "0.1.0", toy.root)
    with pytest.raises(ToolError, match="older"):
        record(bundle, "0.0.9", toy.root)
    assert bundle.read_bytes() == content


def test_a_release_is_an_exact_copy_of_the_template(toy: Template, tmp_path: Path) -> None:
    (toy.root / "template" / ".gitignore").write_text("lid\n*.txt\n")
    (toy.root / "template" / ".gitattributes").write_text("* text eol=crlf filter=none\n")
    (toy.root / "template" / "dos.txt").write_bytes(b"a\r\nb\n")
    (toy.root / "not-the-template").write_text("x")
    record(tmp_path / "bundle", "0.1.0", toy.root)
    git(
        ["-c", "core.attributesFile=/dev/null", "clone", "--quiet", "--no-checkout", "bundle", "out"],
        cwd=tmp_path,
    )
    (tmp_path / "out" / ".git" / "info" / "attributes").write_text("* -text -filter\n")
    git(["checkout", "--quiet", "v0.1.0"], cwd=tmp_path / "out")
    (toy.root / "not-the-template").unlink()
    assert contents(tmp_path / "out") == contents(toy.root)


def test_a_missing_bundle_has_no_releases(tmp_path: Path) -> None:
    assert recorded(tmp_path / "missing") == []


def test_git_settings_of_the_user_change_no_byte(
    toy: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path / "one", "0.1.0", toy.root)
    config = tmp_path / "config"
    config.write_text(
        "[core]\nautocrlf = true\ncompression = 0\nfileMode = false\n[pack]\nwindow = 50\ncompression = 1\n"
        "[init]\ndefaultObjectFormat = sha256\n[user]\nname = Ann\nemail = a@example.com\n"
        "[commit]\ngpgSign = true\n[i18n]\ncommitEncoding = latin1\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    record(tmp_path / "two", "0.1.0", toy.root)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_released_template_is_not_edited() -> None:
    if __version__ not in recorded(BUNDLE):
        pytest.skip(f"{__version__} is not released yet")
    assert tree(Template.head().root) == recorded_tree(BUNDLE, __version__), (
        f"release {__version__} is recorded: give the template a new version in src/gowright/__init__.py"
    )
