"""Writes the conformance vectors: ``python -m tests.conformance.generate``, the same bytes every time.

``vectors/valid`` holds packages and what they say as canonical JSON, ``vectors/invalid`` packages and their refusals.
The expected JSON of intact packages is our own reader's: a second reader that was written from the specification alone
agrees with it, which is what these vectors are worth.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spec.readers.python_runner import outcome
from spec.vectors.comparison import differences
from tests.conformance.invalid import INVALID
from tests.conformance.valid import KEPT, VALID

FOLDER = Path(__file__).parents[2] / "spec" / "vectors" / "packages"


def expected_of(package: bytes) -> dict[str, Any]:
    """What our reader makes of a package."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vector.a3d"
        path.write_bytes(package)
        return outcome(str(path))


def rendered(document: dict[str, Any]) -> bytes:
    """JSON with sorted keys."""
    return (json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def rendered_files(*, refit: bool = False) -> Iterator[tuple[Path, bytes]]:
    """Every file of the vectors and what belongs into it; ``refit`` writes anew what was kept."""
    for name, make in (VALID | KEPT).items():
        path = FOLDER / "valid" / f"{name}.a3d"
        kept = name in KEPT and path.exists() and not refit
        package = path.read_bytes() if kept else make()
        yield path, package
        yield path.with_suffix(".json"), rendered(expected_of(package))
    for name, (code, make_invalid) in INVALID.items():
        yield FOLDER / "invalid" / f"{name}.a3d", make_invalid()
        yield FOLDER / "invalid" / f"{name}.json", rendered({"refused": code})


def stale_files(files: dict[Path, bytes]) -> list[Path]:
    """Those that are not as they are in ``files``, and those that are not in it.

    What our reader makes of a package may differ in the last digits between machines; the packages may not.
    """
    stale = [path for path in FOLDER.glob("*/*") if path not in files]
    for path, data in files.items():
        if not path.exists():
            stale.append(path)
        elif path.suffix == ".json":
            if differences(json.loads(path.read_bytes()), json.loads(data)):
                stale.append(path)
        elif path.read_bytes() != data:
            stale.append(path)
    return sorted(stale)


def main() -> None:
    """Write all vectors and remove those that are no longer made."""
    parser = argparse.ArgumentParser(description="Write the conformance vectors.")
    parser.add_argument("--refit", action="store_true", help="write kept vectors anew, for a change of the format")
    files = dict(rendered_files(refit=parser.parse_args().refit))
    for folder in ("valid", "invalid"):
        (FOLDER / folder).mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*/*"):
        if path not in files:
            path.unlink()
    for path in stale_files(files):
        path.write_bytes(files[path])


if __name__ == "__main__":
    main()
