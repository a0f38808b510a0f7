"""Whether two canonical reports say the same: everything exactly, floats within what decoders may differ by."""

from __future__ import annotations

from typing import Any

# Of the mean size of the numbers: what float32 may lose of one, and what a sum of many may be off by all the same way.
RELATIVE_TOLERANCE = 2e-5
BIAS_TOLERANCE = 2e-6
WEAVE = 97


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """Where the two differ, one line each; empty where they agree."""
    if isinstance(expected, dict) and isinstance(found, dict):
        if expected.keys() != found.keys():
            return [f"{path}: fields {sorted(found)} instead of {sorted(expected)}"]
        if "weave" in expected:
            return _of_floats(expected, found, path)
        return [line for key in expected for line in differences(expected[key], found[key], f"{path}.{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for i, (one, other) in pairs for line in differences(one, other, f"{path}[{i}]")]
    if isinstance(expected, bool) or isinstance(found, bool):
        same = expected is found
    elif isinstance(expected, float) or isinstance(found, float):
        same = abs(expected - found) <= 1e-7 * abs(expected)
    else:
        same = expected == found
    return [] if same else [f"{path}: {found!r} instead of {expected!r}"]


def _of_floats(expected: dict[str, Any], found: dict[str, Any], path: str) -> list[str]:
    """Compares the numbers that are shown, and the sums that all of them enter."""
    count = expected["count"]
    if count != found["count"]:
        return [f"{path}: {found['count']} numbers instead of {count}"]
    typical = expected["size"] / max(count, 1)
    rows = [(f"first[{i}]", a, b, 1) for i, (a, b) in enumerate(zip(expected["first"], found["first"], strict=True))]
    # Roundings of many numbers mostly cancel out: their sum grows with the root of their count.
    room = count**0.5 + count * BIAS_TOLERANCE / RELATIVE_TOLERANCE
    rows += [(name, expected[name], found[name], room) for name in ("size", "sum")]
    rows.append(("weave", expected["weave"], found["weave"], WEAVE * room))
    return [
        f"{path}.{name}: {b!r} instead of {a!r}"
        for name, a, b, room in rows
        if not abs(a - b) <= RELATIVE_TOLERANCE * room * typical
    ]
