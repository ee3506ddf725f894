"""The scripts that git hooks run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.helpers import ROOT, build_tree

SCRIPTS = ROOT / "template" / "scripts"
MARKERS = {"ours": "<" * 7, "base": "|" * 7, "theirs": ">" * 7}

#: Made by git itself with `git commit --verbose`.
SCISSORS = "# ------------------------ >8 ------------------------\ndiff --git a/x b/x\n+broken\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    return tmp_path


def git(repository: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=repository, capture_output=True, text=True, check=True
    ).stdout


def run(script: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPTS / script, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "message",
    [
        "feat: add x\n",
        "fix(orders): add x\n\nBecause of y.\n",
        "refactor(api)!: drop x\n",
        "docs: é\n",
        f"chore: {'x' * 65}\n",
        "Merge branch 'x'\n",
        'Revert "anything at all"\n',
        "fixup! feat: add x\n",
        "# Please enter the commit message.\n\nfeat: add x\n# On branch main\n",
        f"feat: add x\n\n{SCISSORS}",
        # git aborts by itself.
        "\n# Please enter the commit message.\n",
    ],
)
def test_a_good_message_is_accepted(message: str, repository: Path) -> None:
    build_tree(repository, {"message": message})
    done = run("commit-message", repository, "message")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("add x\n", "must start with a type"),
        ("Feat: add x\n", "must start with a type"),
        ("feature: add x\n", "must start with a type"),
        ("feat:add x\n", "must start with a type"),
        ("feat(): add x\n", "must start with a type"),
        ("feat (x): add x\n", "must start with a type"),
        ("feat: \n", "must start with a type"),
        (f"chore: {'x' * 66}\n", "has 73 characters"),
        ("feat: add x\nBecause of y.\n", "second line"),
        ("# a comment\nadd x\n", "The first line is: add x"),
    ],
)
def test_a_bad_message_is_refused(message: str, told: str, repository: Path) -> None:
    build_tree(repository, {"message": message})
    done = run("commit-message", repository, "message")
    assert done.returncode == 1
    assert told in done.stderr


@pytest.mark.parametrize("marker", MARKERS.values(), ids=MARKERS)
def test_a_conflict_marker_is_found(marker: str, repository: Path) -> None:
    build_tree(repository, {"a.txt": "fine\n", "b c*.txt": f"x\n{marker} HEAD\n"})
    git(repository, "add", "--all")
    for files in ((), ("a.txt", "b c*.txt")):
        done = run("conflict-markers", repository, *files)
        assert done.returncode == 1
        assert done.stdout.startswith("b c*.txt:2:")
    assert run("conflict-markers", repository, "a.txt").returncode == 0


def test_what_looks_like_a_conflict_marker_is_accepted(repository: Path) -> None:
    heading = f"Title\n{'=' * 7}\n\n{'<' * 8} x\n {'<' * 7} x\n{'>' * 7}x\n"
    build_tree(repository, {"a.md": heading})
    git(repository, "add", "--all")
    assert run("conflict-markers", repository).returncode == 0


def test_a_search_that_fails_is_no_success(tmp_path: Path) -> None:
    assert run("conflict-markers", tmp_path).returncode > 1


def test_the_size_of_what_is_staged_counts(repository: Path) -> None:
    (repository / "a b.bin").write_bytes(bytes(2**20 + 1))
    git(repository, "add", "--all")
    (repository / "a b.bin").write_bytes(b"")
    done = run("large-files", repository, "a b.bin")
    assert done.returncode == 1
    assert "a b.bin has 1048577 bytes" in done.stderr
    git(repository, "add", "--all")
    assert run("large-files", repository, "a b.bin").returncode == 0


def linted(repository: Path) -> list[str]:
    """The arguments of the linter."""
    done = run("lint-staged", repository, "echo")
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_linter_reads_the_packages_of_staged_files(repository: Path) -> None:
    empty = git(repository, "hash-object", "-t", "tree", "/dev/null").strip()
    build_tree(
        repository, {"x/a.go": "", "x/b.go": "", "main.go": "", "x/testdata/c.go": "", "README.md": ""}
    )
    git(repository, "add", "--all")
    flags = ["run", "--allow-serial-runners"]
    assert linted(repository) == [*flags, f"--new-from-rev={empty}", "./.", "./x"]

    git(repository, "commit", "--quiet", "--message", "x")
    head = git(repository, "rev-parse", "HEAD").strip()
    assert linted(repository) == []
    build_tree(repository, {"x/a.go": "package x\n", "y/z.go": "package y\n"})
    (repository / "main.go").unlink()
    git(repository, "add", "x", "main.go")
    assert linted(repository) == [*flags, f"--new-from-rev={head}", "./x"]


def test_a_finding_of_the_linter_is_a_failure(repository: Path) -> None:
    build_tree(repository, {"x/a.go": ""})
    git(repository, "add", "--all")
    assert run("lint-staged", repository, "false").returncode != 0
