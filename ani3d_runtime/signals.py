"""Signals that may not come between two steps."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Generator
from types import FrameType


@contextlib.contextmanager
def signals_held() -> Generator[None, None, None]:
    """Ctrl-C and SIGTERM that come within the block are answered at its end."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are answered on the main thread alone
        return
    held: list[int] = []

    def hold(number: int, _: FrameType | None) -> None:
        held.append(number)

    answers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number, answer in answers.items():
            if answer is not None:  # not ours to put back
                signal.signal(number, hold)
        yield
    finally:
        for number, answer in answers.items():
            if answer is not None:
                signal.signal(number, answer)
        for number in dict.fromkeys(held):
            signal.raise_signal(number)
