"""Where two answers of readers differ: everything exactly, floats within what decoders may differ by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

# Of the mean size of the numbers: what float32 may lose of one. Covariances are squares, after many matrices.
DECODED_TOLERANCE = 4e-6
COVARIANCE_TOLERANCE = 2e-5
# What numbers may be off by all the same way, as a share of it. One long Gaussian outweighs the covariances of others.
BIAS_SHARE, COVARIANCE_BIAS_SHARE = 0.1, 1.0
WEAVE = 97
# Below the normal numbers of float32 digits go: what is left there may be off by a few of the last.
LEAST = 4 * 2.0**-149
# A number that stands alone, such as a bound of the manifest.
NUMBER_TOLERANCE = 1e-7
# Golden vectors: of means in metres, of matrices and colours per entry; of covariances relative to the largest entry.
GOLDEN_TOLERANCE = 1e-5
# Light frames: whole numbers times a step, in float32; rotations of them.
LIGHT_TOLERANCE = 1e-6
# Drivers: metres and components of quaternions. After a while last digits have grown by what cloth does.
DRIVER_TOLERANCE, GROWN_TOLERANCE, STEADY_STEPS = 3e-6, 1e-3, 6
# Frames at any time: metres, components of quaternions, logarithms; of the largest number where that is above 1.
PLAYBACK_TOLERANCE = 3e-6

# Levels of detail: metres, colours, opacities, a few operations in float32.
LEVELS_TOLERANCE = 5e-7


class Difference(NamedTuple):
    """One field that is not what it should be."""

    field: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.field}: found {self.found}, expected {self.expected}"


def differences(kind: str, expected: Any, found: Any, *, slack: float = 1.0) -> list[Difference]:
    """Where an answer to a vector of some kind differs; empty where it agrees.

    Args:
        kind: of the vector.
        expected, found: the answers.
        slack: factor on the tolerances of packages, for hostile ones that hold turns of thousands of radians.
    """
    if not isinstance(found, dict):
        return [Difference("answer", _shown(found), "an object")]
    if "refused" in expected or "refused" in found:
        return _of_refusals(expected, found)
    if kind == "packages":
        return list(_of_reports(expected, found, "", slack))
    return list(_COMPARISONS[kind](expected, found))


def _of_refusals(expected: dict[str, Any], found: dict[str, Any]) -> list[Difference]:
    codes = [f"refused as {answer['refused']}" if "refused" in answer else "read" for answer in (found, expected)]
    return [] if codes[0] == codes[1] else [Difference("outcome", *codes)]


def _of_reports(expected: Any, found: Any, field: str, slack: float) -> Iterator[Difference]:
    """Reports of packages: maps, lists, texts, whole numbers, digests, and floats by their sums."""
    if isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        if "weave" in expected:
            yield from _of_sums(expected, found, field, slack)
            return
        for key in expected:
            yield from _of_reports(expected[key], found[key], f"{field}.{key}" if field else key, slack)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for i, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from _of_reports(one, other, f"{field}[{i}]", slack)
    elif isinstance(expected, dict) and isinstance(found, dict):
        yield Difference(field or "answer", f"fields {sorted(found)}", f"fields {sorted(expected)}")
    elif not _same(expected, found):
        yield Difference(field, _shown(found), _shown(expected))


def _same(expected: Any, found: Any) -> bool:
    if isinstance(expected, float) and _is_number(found):
        return abs(expected - found) <= NUMBER_TOLERANCE * abs(expected)
    return isinstance(expected, bool) == isinstance(found, bool) and expected == found


def _of_sums(expected: dict[str, Any], found: dict[str, Any], field: str, slack: float) -> Iterator[Difference]:
    """The numbers that are shown, and the sums that all of them enter."""
    count = expected["count"]
    if count != found["count"]:
        yield Difference(f"{field}.count", _shown(found["count"]), _shown(count))
        return
    typical = expected["size"] / max(count, 1)
    shown = list(zip(expected["first"], found["first"], strict=False))
    if len(expected["first"]) != len(found["first"]):
        yield Difference(f"{field}.first", f"{len(found['first'])} numbers", f"{len(expected['first'])} numbers")
    rows = [(f"first[{i}]", a, b, 1.0) for i, (a, b) in enumerate(shown)]
    # Roundings of many numbers mostly cancel out: their sum grows with the root of their count.
    covariances = field.endswith("covariances_m2")
    room = count**0.5 + count * (COVARIANCE_BIAS_SHARE if covariances else BIAS_SHARE)
    relative = slack * (COVARIANCE_TOLERANCE if covariances else DECODED_TOLERANCE)
    rows += [(name, expected[name], found[name], room) for name in ("size", "sum")]
    rows.append(("weave", expected["weave"], found["weave"], WEAVE * room))
    # Covariances are squares, in double precision.
    tolerance = max(relative * typical, 0.0 if covariances else LEAST)
    for name, a, b, share in rows:
        if not (_is_number(b) and abs(a - b) <= share * tolerance):
            yield Difference(f"{field}.{name}", _shown(b), _shown(a))


def _of_golden(expected: dict[str, Any], found: dict[str, Any]) -> Iterator[Difference]:
    for name, values in expected.items():
        for i, row in enumerate(values):
            reference = _flat(row)
            size = max(map(abs, reference)) if name == "covariances_m2" else 1.0
            got = found.get(name)
            there = got[i] if isinstance(got, list) and len(got) == len(values) else None
            yield from _of_numbers(reference, there, f"{name}[{i}]", GOLDEN_TOLERANCE * size)


def _of_light(expected: dict[str, Any], found: dict[str, Any]) -> Iterator[Difference]:
    for i, (one, other) in enumerate(_paired(expected, found, "frames")):
        if "refused" in one or not isinstance(other, dict) or "refused" in other:
            outcomes = _of_refusals(one, other) if isinstance(other, dict) else [Difference("outcome", "none", "one")]
            yield from (difference._replace(field=f"frames[{i}]") for difference in outcomes)
            continue
        for name, values in one.items():
            size = max([1.0, *map(abs, values)])
            yield from _of_numbers(values, other.get(name), f"frames[{i}].{name}", LIGHT_TOLERANCE * size)


def _of_driver(expected: dict[str, Any], found: dict[str, Any]) -> Iterator[Difference]:
    for i, (one, other) in enumerate(_paired(expected, found, "steps")):
        tolerance = DRIVER_TOLERANCE if i < STEADY_STEPS else GROWN_TOLERANCE
        for name, values in one.items():
            there = other.get(name) if isinstance(other, dict) else None
            yield from _of_numbers(_flat(values), there, f"steps[{i}].{name}", tolerance)


def _of_playback(expected: dict[str, Any], found: dict[str, Any]) -> Iterator[Difference]:
    for i, (one, other) in enumerate(_paired(expected, found, "frames")):
        for name, values in one.items():
            there = other.get(name) if isinstance(other, dict) else None
            if name.endswith("_wxyz"):
                there = _on_the_side_of(values, there)
            reference = _flat(values)
            size = max([1.0, *map(abs, reference)])
            tolerance = 0.0 if name == "detail_indices" else PLAYBACK_TOLERANCE * size
            yield from _of_numbers(reference, there, f"frames[{i}].{name}", tolerance)
    yield from _of_numbers(_flat(expected["steps"]), found.get("steps"), "steps", PLAYBACK_TOLERANCE)
    for i, (one, other) in enumerate(_paired(expected, found, "shares") if "shares" in expected else []):
        for name, values in one.items():
            there = other.get(name) if isinstance(other, dict) else None
            yield from _of_numbers(values, there, f"shares[{i}].{name}", PLAYBACK_TOLERANCE)


def _on_the_side_of(expected: list[list[float]], found: Any) -> Any:
    """Quaternions with the signs that are nearer to those of others: q and -q are one rotation."""
    quats = [_flat(quat) for quat in found] if isinstance(found, list) else []
    if len(quats) != len(expected) or not all(len(q) == 4 and all(map(_is_number, q)) for q in quats):
        return found
    dots = [sum(a * b for a, b in zip(one, other, strict=True)) for one, other in zip(expected, quats, strict=True)]
    return [[-v for v in quat] if dot < 0 else quat for quat, dot in zip(quats, dots, strict=True)]


def _of_levels(expected: dict[str, Any], found: dict[str, Any]) -> Iterator[Difference]:
    for i, (one, other) in enumerate(_paired(expected, found, "shown")):
        for name, values in one.items():
            there = other.get(name) if isinstance(other, dict) else None
            yield from _of_numbers(_flat(values), there, f"shown[{i}].{name}", LEVELS_TOLERANCE)


def _paired(expected: dict[str, Any], found: dict[str, Any], name: str) -> list[tuple[Any, Any]]:
    """Entries side by side; where there are fewer or more of them, each expected one beside nothing."""
    entries = found.get(name)
    same = isinstance(entries, list) and len(entries) == len(expected[name])
    return list(zip(expected[name], entries if same else [None] * len(expected[name]), strict=True))


def _of_numbers(expected: list[float], found: Any, field: str, tolerance: float) -> Iterator[Difference]:
    numbers = _flat(found)
    if len(numbers) != len(expected) or not all(map(_is_number, numbers)):
        yield Difference(field, _shown(found), f"{len(expected)} numbers")
        return
    for i, (a, b) in enumerate(zip(expected, numbers, strict=True)):
        if not abs(a - b) <= tolerance:
            yield Difference(f"{field}[{i}]", _shown(b), f"{_shown(a)} within {tolerance:.2g}")


def _flat(values: Any) -> list[Any]:
    if not isinstance(values, list):
        return [values]
    return [number for entry in values for number in _flat(entry)]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


_COMPARISONS = {
    "golden": _of_golden,
    "light": _of_light,
    "driver": _of_driver,
    "playback": _of_playback,
    "blend": _of_playback,
    "levels": _of_levels,
}
