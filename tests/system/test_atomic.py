from __future__ import annotations

import errno
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gowright.errors import ToolError
from gowright.system.atomic import atomic_directory, temp_directory
from tests.helpers import build_tree, contents


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_a_folder_appears_complete(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "c"
    with atomic_directory(target) as folder:
        (folder / "x").write_text("1")
        assert not (tmp_path / "a").exists()
    assert contents(tmp_path) == {"a/b/c/x": (b"1", False)}
    assert leftovers(tmp_path) == ["a", "b", "c", "x"]


@pytest.mark.parametrize("problem", [KeyboardInterrupt, ToolError("x", "x"), SystemExit, ValueError])
@pytest.mark.parametrize("exists", [True, False])
def test_errors_leave_no_files(
    tmp_path: Path, problem: BaseException | type[BaseException], exists: bool
) -> None:
    target = tmp_path / "a" / "b"
    if exists:
        target.mkdir(parents=True)
    before = leftovers(tmp_path)

    def fill() -> None:
        with atomic_directory(target) as folder:
            (folder / "x").write_text("1")
            raise problem

    with pytest.raises(BaseException):  # noqa: B017, PT011
        fill()
    assert leftovers(tmp_path) == before


def test_a_full_disk_is_one_error(tmp_path: Path) -> None:
    def fill() -> None:
        with atomic_directory(tmp_path / "a") as folder:
            (folder / "x").write_text("1")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ToolError) as caught:
        fill()
    assert (caught.value.code, caught.value.why) == ("cannot-write", "no space left on device")
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("inside", [[], [".git/HEAD"], [".gowright-stale/x"]])
def test_an_empty_folder_is_filled_in_place(tmp_path: Path, inside: list[str]) -> None:
    target = tmp_path / "a"
    target.mkdir()
    for name in inside:
        (target / name).parent.mkdir()
        (target / name).touch()
    inode = target.stat().st_ino
    with atomic_directory(target) as folder:
        (folder / "x").write_text("1")
    assert target.stat().st_ino == inode
    assert set(contents(target)) - {".gowright-stale/x"} == {"x"}


@pytest.mark.parametrize("taken", ["file", "folder", "link", "below a file"])
def test_an_existing_path_is_rejected(tmp_path: Path, taken: str) -> None:
    target = tmp_path / "a"
    if taken == "file":
        target.touch()
    elif taken == "folder":
        target.mkdir()
        (target / "x").touch()
    elif taken == "link":
        target.symlink_to("nowhere")
    else:
        target.touch()
        target = target / "b"
    before = leftovers(tmp_path)
    with pytest.raises(ToolError) as caught, atomic_directory(target):
        pass
    assert caught.value.code == "path-exists"
    assert leftovers(tmp_path) == before


@pytest.mark.parametrize("exists", [True, False])
def test_the_second_of_two_runs_reports_the_first(tmp_path: Path, exists: bool) -> None:
    target = tmp_path / "a" / "b"
    if exists:
        target.mkdir(parents=True)

    def race() -> None:
        with atomic_directory(target) as slow:
            (slow / "slow").touch()
            with atomic_directory(target) as fast:
                (fast / "fast").touch()

    with pytest.raises(ToolError) as caught:
        race()
    assert caught.value.code == "path-exists"
    assert list(contents(tmp_path)) == ["a/b/fast"]


def test_a_parent_that_appears_meanwhile_is_used(tmp_path: Path) -> None:
    with atomic_directory(tmp_path / "a" / "b") as slow:
        (slow / "slow").touch()
        with atomic_directory(tmp_path / "a" / "c") as fast:
            (fast / "fast").touch()
    assert sorted(contents(tmp_path)) == ["a/b/slow", "a/c/fast"]


def test_a_folder_that_appears_meanwhile_is_filled(tmp_path: Path) -> None:
    with atomic_directory(tmp_path / "a") as folder:
        (folder / "x").touch()
        (tmp_path / "a").mkdir()
    assert list(contents(tmp_path)) == ["a/x"]


def test_a_folder_is_filled_completely_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a"
    target.mkdir()
    rename = Path.rename

    def failing(self: Path, other: Path) -> Path:
        if self.name == "y":
            raise OSError(errno.EIO, "broken")
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", failing)

    def fill() -> None:
        with atomic_directory(target) as folder:
            (folder / "x").touch()
            (folder / "y").touch()

    with pytest.raises(ToolError):
        fill()
    assert leftovers(tmp_path) == ["a"]


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Give up the right to write everywhere, for a while."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        yield
        os.seteuid(0)
    else:
        yield


def test_a_read_only_parent_is_one_error(tmp_path: Path, unprivileged: None) -> None:
    with pytest.raises(ToolError) as caught, atomic_directory(Path("/usr/nobody-may-write-here")):
        pass
    assert (caught.value.code, caught.value.why) == ("cannot-write", "permission denied")
    assert caught.value.fix


def test_an_interrupt_while_the_folder_appears_is_deferred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def interrupted(self: Path, other: Path) -> Path:
        signal.raise_signal(signal.SIGINT)
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), atomic_directory(tmp_path / "a") as folder:
        (folder / "x").touch()
    assert list(contents(tmp_path)) == ["a/x"]


def test_atomic_directory_works_in_a_thread(tmp_path: Path) -> None:
    def fill() -> None:
        with atomic_directory(tmp_path / "a") as folder:
            (folder / "x").touch()

    thread = threading.Thread(target=fill)
    thread.start()
    thread.join()
    assert list(contents(tmp_path)) == ["a/x"]


def test_a_temporary_folder_is_always_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rmdir = os.rmdir

    def interrupted(path: str, **how: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        rmdir(path, **how)

    monkeypatch.setattr(os, "rmdir", interrupted)
    with pytest.raises(KeyboardInterrupt), temp_directory() as folder:
        build_tree(folder, {"a/x": ""})
    assert leftovers(tmp_path) == []


def test_a_missing_temporary_folder_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(ToolError) as caught, temp_directory():
        pass
    assert caught.value.code == "cannot-write"
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", list)
    with pytest.raises(ToolError, match="cannot create a temporary directory"), temp_directory():
        pass


def test_a_file_in_the_path_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(ToolError, match=r"cannot create .*f/sub"), atomic_directory(tmp_path / "f" / "sub"):
        pass


def test_a_name_that_is_too_long_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as caught, atomic_directory(tmp_path / ("x" * 300)):
        pass
    assert caught.value.fix == "choose a shorter path"
