from __future__ import annotations

import os
from pathlib import Path

import pytest

from gowright.errors import ToolError
from gowright.system.git import first_commit, git, inside_repository
from tests.helpers import build_tree


def head(folder: Path, what: str) -> str:
    return git(["log", "-1", f"--format={what}"], cwd=folder).strip()


def test_the_first_commit_holds_everything(tmp_path: Path) -> None:
    build_tree(tmp_path, {"a": "1", ".env.example": "2", "b/c": "3"})
    first_commit(tmp_path, "Begin")
    assert git(["status", "--porcelain"], cwd=tmp_path) == ""
    assert git(["ls-files"], cwd=tmp_path).split() == [".env.example", "a", "b/c"]
    assert head(tmp_path, "%s") == "Begin"
    assert git(["branch", "--show-current"], cwd=tmp_path).strip() == "main"


def test_modes_links_and_odd_names_are_kept(tmp_path: Path) -> None:
    build_tree(tmp_path, {"run.sh": "", 'a "b" \\n\nü': "1", "empty": ""})
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "link").symlink_to("run.sh")
    first_commit(tmp_path, "Begin\n\nWith a second line.")
    assert git(["status", "--porcelain"], cwd=tmp_path) == ""
    modes = {
        line.split("\t")[1]: line[:6] for line in git(["ls-files", "-sz"], cwd=tmp_path).split("\0")[:-1]
    }
    assert modes == {"run.sh": "100755", "link": "120000", "empty": "100644", 'a "b" \\n\nü': "100644"}
    assert git(["fsck", "--strict"], cwd=tmp_path) == ""


def test_a_commit_needs_no_configured_name(tmp_path: Path) -> None:
    build_tree(tmp_path, {"a": "1"})
    first_commit(tmp_path, "Begin")
    assert head(tmp_path, "%an <%ae> %cn") == "gowright <gowright@localhost> gowright"


def test_a_configured_name_and_branch_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text("[user]\nname = Ann\nemail = ann@example.com\n[init]\ndefaultBranch = trunk\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "other@example.com")
    first_commit(build_tree(tmp_path / "p", {"a": "1"}), "Begin")
    assert head(tmp_path / "p", "%an <%ae> %ce") == "Ann <other@example.com> ann@example.com"
    assert git(["branch", "--show-current"], cwd=tmp_path / "p").strip() == "trunk"


def test_hooks_signing_and_ignores_of_the_user_do_not_apply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = build_tree(tmp_path / "hooks", {"pre-commit": "#!/bin/sh\nexit 1\n"})
    (hooks / "pre-commit").chmod(0o755)
    ignore = build_tree(tmp_path / "ignore", {"i": "*.sum\n.vscode\n"}) / "i"
    config = tmp_path / "config"
    config.write_text(
        f"[core]\nhooksPath = {hooks}\nexcludesFile = {ignore}\nautocrlf = true\nsafecrlf = true\n"
        "[commit]\ngpgSign = true\n[gpg]\nprogram = false\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    project = build_tree(tmp_path / "p", {"go.sum": "1\n", ".vscode/launch.json": "{}\n"})
    first_commit(project, "Begin")
    assert git(["ls-files"], cwd=project).split() == [".vscode/launch.json", "go.sum"]


def test_a_calling_hook_does_not_choose_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other" / "index"))
    first_commit(build_tree(tmp_path / "p", {"a": "1"}), "Begin")
    assert not (tmp_path / "other").exists()


def test_a_folder_in_a_repository_is_recognized(tmp_path: Path) -> None:
    git(["init", "--quiet"], cwd=tmp_path)
    (tmp_path / "a").mkdir()
    assert inside_repository(tmp_path)
    assert inside_repository(tmp_path / "a" / "to be made")
    assert not inside_repository(tmp_path.parent)


def test_errors_include_the_message_of_git(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as caught:
        git(["rev-parse", "HEAD"], cwd=tmp_path)
    assert "not a git repository" in caught.value.why
    assert caught.value.fix.startswith("run it manually: git ")
    assert caught.value.fix.endswith(" rev-parse HEAD")


def test_user_hooks_do_not_run_and_git_errors_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = build_tree(tmp_path, {"hooks/reference-transaction": "#!/bin/sh\nexit 1\n"}) / "hooks"
    (hook / "reference-transaction").chmod(0o755)
    (tmp_path / "project").mkdir()
    build_tree(tmp_path / "project", {"a": "1"})
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(hook))
    first_commit(tmp_path / "project", "Begin")
    assert head(tmp_path / "project", "%s") == "Begin"
    with pytest.raises(ToolError) as caught:
        git(["fast-import", "--quiet"], cwd=tmp_path / "project", stdin=b"nonsense\n")
    assert caught.value.why.startswith("fatal: ")


def test_a_git_that_cannot_run_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_bytes(b"\x7fELF of another machine")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(ToolError) as caught:
        git(["--version"])
    assert (caught.value.what, caught.value.fix) == ("git cannot be run", "reinstall git")


def test_a_missing_git_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(ToolError, match="git is not on PATH"):
        git(["version"])
