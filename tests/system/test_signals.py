from __future__ import annotations

import signal

import pytest

from gowright.system.signals import deferred_signals


def interrupted(done: list[str]) -> None:
    with deferred_signals():
        signal.raise_signal(signal.SIGINT)
        done.append("the block")
    done.append("what follows")


def test_an_interrupt_is_deferred_until_the_block_ends() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(done)
    assert done == ["the block"]


def test_interrupts_work_again_after_the_block() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with deferred_signals():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
