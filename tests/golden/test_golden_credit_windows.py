"""The committed traces of credit windows are what the Python client does; other clients replay them."""

from __future__ import annotations

from tests.golden.credit_windows import FILE, traces


def test_the_window_does_what_the_traces_say() -> None:
    assert FILE.read_text(encoding="utf-8") == traces()


def test_traces_come_to_the_numbers_of_the_rule() -> None:
    """docs/client.md, "Credits", by hand."""
    sizes = dict[str, int]()
    name = ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        kind, *rest = line.split()
        name = rest[0] if kind == "case" else name
        if kind == "size":
            sizes.setdefault(name, int(rest[1]))
    assert sizes["no-way-known"] == 4
    assert sizes["near"] == 5  # 4 + 60 · (1.25 ms + 1 ms)
    assert sizes["far"] == 4 + 18  # 60 · (1.25 · 0.2 + 0.05)
    assert sizes["very-far"] == 4 + 60  # a second of frames
    assert sizes["every-frame"] == 4  # until a frame has come
    assert sizes["own-size"] == 16
