from __future__ import annotations

import signal

import pytest

from gowright.interrupts import put_off


def test_an_interrupt_waits_until_the_block_is_done() -> None:
    done = False
    with pytest.raises(KeyboardInterrupt), put_off():
        signal.raise_signal(signal.SIGINT)
        done = True
    assert done


def test_afterwards_interrupts_are_as_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with put_off():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
