"""Ctrl-C as at a terminal, whatever the tests were started from: what a shell runs in the background ignores it."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def heeded_interrupts() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
