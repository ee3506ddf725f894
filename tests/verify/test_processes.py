"""No process that verify starts outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gowright.verify.children.ports import wait_until
from gowright.verify.children.processes import Processes, passable

#: Starts a child that starts a grandchild; both would sleep for ever, and the child ignores SIGTERM.
CHILD = "trap '' TERM; sleep 1000 & echo $! > {pids}; echo $$ >> {pids}; wait; wait"


def state(pid: int) -> str:
    """The letter that the system has for what a process does; Z where there is none any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has reaped yet does not."""
    return state(pid) != "Z"


def started(processes: Processes, pids: Path) -> list[int]:
    processes.start(["/bin/sh", "-c", CHILD.format(pids=pids)], env=dict(os.environ))
    assert wait_until(lambda: pids.exists() and len(pids.read_text().split()) == 2, 5)
    return [int(pid) for pid in pids.read_text().split()]


def test_leaving_the_block_ends_all_descendants_and_removes_the_directory(tmp_path: Path) -> None:
    with Processes() as processes:
        pids = started(processes, tmp_path / "pids")
        directory = processes.directory
        assert all(alive(pid) for pid in pids)
    assert wait_until(lambda: not any(alive(pid) for pid in pids), 5)  # a killed process goes in its own time
    assert not directory.exists()


def test_an_exception_ends_all_descendants(tmp_path: Path) -> None:
    pids = []

    def fail() -> None:
        with Processes() as processes:
            pids.extend(started(processes, tmp_path / "pids"))
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        fail()
    assert wait_until(lambda: not any(alive(pid) for pid in pids), 5)  # a killed process goes in its own time


def test_a_command_is_ended_after_its_timeout(tmp_path: Path) -> None:
    with Processes() as processes:
        done = processes.run(["sleep", "1000"], env=dict(os.environ), seconds=0.1)
        assert done.exit_code == 124
        assert "still running" in done.output


SCRIPT = """
    import os, sys, time
    from gowright.verify.children.processes import Processes
    with Processes() as processes:
        processes.start(["/bin/sh", "-c", {child!r}], env=dict(os.environ))
        print(processes.directory, flush=True)
        time.sleep(1000)
"""


def test_an_interrupt_while_a_child_starts_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = []

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            pids.append(self.pid)
            signal.raise_signal(signal.SIGINT)

    def begin() -> None:
        with Processes() as processes:
            monkeypatch.setattr(subprocess, "Popen", Interrupted)
            processes.start(["sleep", "1000"], env=dict(os.environ))

    with pytest.raises(KeyboardInterrupt):
        begin()
    monkeypatch.undo()
    assert wait_until(lambda: not any(alive(pid) for pid in pids), 5)


#: Starts a child that leads a group of its own, as the processes of PostgreSQL do.
FROZEN = """
    import os, signal, sys, time
    from gowright.verify.children.processes import Processes
    child = "setsid sleep 1000 & echo $! > {pids}; echo $$ >> {pids}; wait"
    with Processes() as processes:
        process = processes.start(["/bin/sh", "-c", child], env=dict(os.environ))
        while not os.path.exists({pids!r}) or len(open({pids!r}).read().split()) < 2:
            time.sleep(0.01)
        time.sleep(0.2)
        # Also where no program tells of processes.
        os.environ["PATH"] = ""
        process.signal_tree(signal.SIGSTOP)
        print("frozen", flush=True)
        time.sleep(1000)
"""


def test_frozen_children_end_with_the_parent(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    script = textwrap.dedent(FROZEN).replace("{pids!r}", repr(str(file))).replace("{pids}", str(file))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "frozen\n"
        pids = [int(pid) for pid in file.read_text().split()]
        stopped = wait_until(lambda: all(state(pid) == "T" for pid in pids), 5)
        parent.kill()
    assert stopped
    assert wait_until(lambda: not any(alive(pid) for pid in pids), 5)


@pytest.fixture
def start_parent(tmp_path: Path) -> Callable[[], tuple[subprocess.Popen[str], Path, Path]]:
    def start() -> tuple[subprocess.Popen[str], Path, Path]:
        pids = tmp_path / "pids"
        script = textwrap.dedent(SCRIPT).format(child=CHILD.format(pids=pids))
        parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert parent.stdout is not None
        directory = Path(parent.stdout.readline().strip())
        parent.stdout.close()
        assert wait_until(lambda: pids.exists() and len(pids.read_text().split()) == 2, 5)
        return parent, pids, directory

    return start


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_orphans_are_left_when_the_parent_ends(
    number: signal.Signals, start_parent: Callable[[], tuple[subprocess.Popen[str], Path, Path]]
) -> None:
    parent, file, directory = start_parent()
    pids = [int(pid) for pid in file.read_text().split()]
    parent.send_signal(number)
    parent.wait(10)
    assert wait_until(lambda: not any(alive(pid) for pid in pids), 5)
    assert wait_until(lambda: not directory.exists(), 5)


def test_the_directory_of_root_is_accessible_to_others(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert passable(Path("/"))
    assert not passable(closed)
