"""Traces of credit windows, which the clients in all languages replay: ``python -m tests.golden.credit_windows``.

One line an event, its time first after its name: ``case NAME CREDITS EVERY`` (``-`` for no fixed size), ``trip S`` (an
answer), ``begin T``, ``opened T HZ``, ``received T FRAMES BYTES DROPPED WAITED``, ``used T FRAMES``, and what must come
out: ``due T CREDITS``, ``size T FRAMES``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from ani3d_runtime.client.protocol.window import CreditWindow, RoundTrip

FILE = Path(__file__).parents[2] / "spec" / "credit_windows.txt"
_CASES = (
    ("no-way-known", None, False, (), 60.0, 12_000),
    ("near", None, False, (0.001,), 60.0, 12_000),
    ("far", None, False, (0.9, 0.2, 0.4), 60.0, 12_000),
    ("very-far", None, False, (30.0,), 60.0, 12_000),
    ("large-frames", None, False, (0.3,), 60.0, 900_000),
    ("rate-unknown", None, False, (0.1,), 0.0, 300),
    ("every-frame", None, True, (0.2,), 24.0, 70_000),
    ("own-size", 16, False, (0.2,), 60.0, 12_000),
)


def traces() -> str:
    """All cases, as the window of the Python client answers them."""
    return "".join(line + "\n" for number, case in enumerate(_CASES) for line in _trace(number, *case))


def _trace(
    number: int, name: str, credits: int | None, every: bool, trips: tuple[float, ...], hz: float, size_bytes: int
) -> Iterator[str]:
    dice, time_s = random.Random(number), 10.0
    way = RoundTrip()
    yield f"case {name} {'-' if credits is None else credits} {int(every)}"
    for trip in trips:
        way.took(trip)
        yield f"trip {trip!r}"
    window = CreditWindow(credits, way, every_frame=every, clock=lambda: time_s)
    yield f"size {time_s!r} {window.size}"
    dropped = 0
    for connection in range(2):
        window.begin()
        yield f"begin {time_s!r}"
        time_s = round(time_s + 0.25, 6)
        window.opened(hz)
        yield f"opened {time_s!r} {hz!r}"
        dropped = 0
        for step in range(60):
            time_s = round(time_s + dice.choice((0.001, 0.0167, 0.0333, 0.2)), 6)
            frames = 1 if not every else dice.randrange(1, 5)
            dropped += dice.choice((0, 0, 0, 0, 0, 2)) if connection else 0
            waited_s = dice.choice((0.0, 0.001, 0.016, 0.1))
            size = frames * (size_bytes + dice.randrange(0, 100))
            window.received(frames, size, dropped, waited_s)
            yield f"received {time_s!r} {frames} {size} {dropped} {waited_s!r}"
            if step % 7 != 3:
                window.used(frames)
                yield f"used {time_s!r} {frames}"
            yield f"due {time_s!r} {window.due()}"
            if step % 10 == 9:
                yield f"size {time_s!r} {window.size}"


if __name__ == "__main__":
    FILE.write_text(traces(), encoding="utf-8")
