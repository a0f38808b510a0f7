"""Writes vectors of packages and light frames, and the index of all: ``python -m tests.conformance.generate``.

The bytes are the same every time. Expected answers for intact packages are our own reader's: a second reader that was
written from the specification alone agrees with it, which is what these vectors are worth.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ani3d_runtime.testing.forgery import Forgery
from spec.readers.python.report import EXACT_LAYOUT, outcome
from spec.vectors.comparison import differences
from spec.vectors.harness.vectors import INDEX
from tests.conformance import corners, levels, light, limits, limits_motion
from tests.conformance.invalid import INVALID
from tests.conformance.valid import KEPT, VALID

VECTORS = Path(__file__).parents[2] / "spec" / "vectors"
FOLDER = VECTORS / "packages"
# Sections that only some readers know, and the feature that stands for each.
SECTION_FEATURES = {"model": "residual", "further": "further", "driver": "driver-section"}
CODECS = ("lz4", "zstd")
VALID_PACKAGES = VALID | KEPT | limits.AT | limits_motion.AT | levels.AT | corners.AT
INVALID_PACKAGES = INVALID | limits.PAST | limits_motion.PAST | levels.PAST | corners.PAST


def expected_of(package: bytes) -> dict[str, Any]:
    """What our reader makes of a package."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vector.a3d"
        path.write_bytes(package)
        return outcome(str(path))


def rendered(document: dict[str, Any]) -> bytes:
    """JSON with sorted keys."""
    return (json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def features_of(name: str, package: bytes) -> list[str]:
    """What a runner must offer to read a package; codecs stand in its name."""
    features = {"packages", *(codec for codec in CODECS if codec in name)}
    # Damage to the header or the table hides what lies behind, from readers too.
    with contextlib.suppress(Exception):
        for section in Forgery.of(package).sections:
            if section.name.startswith("appearance."):
                features.add("levels")
            if section.name in SECTION_FEATURES:
                features.add(SECTION_FEATURES[section.name])
            if section.name.startswith("splats.") and section.codec == 0 and section.data[:1] == bytes([EXACT_LAYOUT]):
                features.add("exact")
    return sorted(features)


def rendered_files(*, refit: bool = False) -> Iterator[tuple[Path, bytes]]:
    """Every file that is made here and what belongs into it; ``refit`` writes anew what was kept."""
    index: dict[str, list[str]] = {}
    for path, package, expected in _packages(refit=refit):
        yield path, package
        yield path.with_suffix(".json"), rendered(expected)
        index[path.relative_to(VECTORS).as_posix()] = features_of(path.stem, package)
    for name in light.STREAMS:
        yield VECTORS / "light" / f"{name}.json", light.rendered(name)
        index[f"light/{name}.json"] = ["light"]
    for kind in ("golden", "driver", "playback", "blend", "levels"):
        index |= {path.relative_to(VECTORS).as_posix(): [kind] for path in (VECTORS / kind).glob("*.json")}
    lines = (f" {json.dumps(name)}: {json.dumps(features)}" for name, features in sorted(index.items()))
    yield INDEX, ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _packages(*, refit: bool) -> Iterator[tuple[Path, bytes, dict[str, Any]]]:
    for name, make in VALID_PACKAGES.items():
        path = FOLDER / "valid" / f"{name}.a3d"
        kept = name in KEPT and path.exists() and not refit
        package = path.read_bytes() if kept else make()
        yield path, package, expected_of(package)
    for name, (code, make_invalid) in INVALID_PACKAGES.items():
        yield FOLDER / "invalid" / f"{name}.a3d", make_invalid(), {"refused": code}


def stale_files() -> list[Path]:
    """Files that are not as the generator makes them, and files that it does not make."""
    files = dict(rendered_files())
    left_over = [path for path in made_here() if path not in files]
    return sorted(left_over + [path for path, data in files.items() if is_stale(path, data)])


def is_stale(path: Path, data: bytes) -> bool:
    """Whether a file is to be written anew.

    What our reader makes of a package may differ in the last digits between machines; the packages may not.
    """
    if not path.exists():
        return True
    if path.suffix != ".json" or path == INDEX:
        return path.read_bytes() != data
    committed, made = json.loads(path.read_bytes()), json.loads(data)
    if path.parent.name != "light":
        return bool(differences("packages", committed, made))
    answers = committed.pop("expected"), made.pop("expected")
    return committed != made or bool(differences("light", *answers))


def made_here() -> list[Path]:
    """The files that are there, of those kinds that the generator makes."""
    return [*FOLDER.glob("*/*"), *(VECTORS / "light").glob("*")]


def main() -> None:
    """Write all vectors and remove those that are no longer made."""
    parser = argparse.ArgumentParser(description="Write the conformance vectors.")
    parser.add_argument("--refit", action="store_true", help="write kept vectors anew, for a change of the format")
    files = dict(rendered_files(refit=parser.parse_args().refit))
    for path in made_here():
        if path not in files:
            path.unlink()
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if is_stale(path, data):
            path.write_bytes(data)


if __name__ == "__main__":
    main()
