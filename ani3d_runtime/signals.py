"""Signals: those that may not come between two steps, and those that end a process with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Generator
from types import FrameType
from typing import Any

_SIGKILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # not on Windows


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


def signal_group(process: subprocess.Popen[Any], number: int) -> None:
    """Send a signal to a process that began a session of its own, and to what it has started, which may outlive it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, number)
        else:
            process.kill()


def kill_group(process: subprocess.Popen[Any]) -> None:
    """End what is left of such a process and its group, at once."""
    signal_group(process, _SIGKILL)


def end_group(process: subprocess.Popen[Any], within_s: float) -> None:
    """End such a process and its group: SIGTERM, and SIGKILL for what is left when it has ended, or not in time."""
    signal_group(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(within_s)
    kill_group(process)
    process.wait()
