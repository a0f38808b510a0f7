"""Writes the conformance vectors: ``python -m tests.conformance.generate``, the same bytes every time.

``vectors/valid`` holds packages and what they say as canonical JSON, ``vectors/invalid`` packages and their refusals.
The expected JSON of intact packages is our own reader's: a second reader that was written from the specification alone
agrees with it, which is what these vectors are worth.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.conformance.invalid import INVALID
from tests.conformance.python_runner import outcome
from tests.conformance.valid import VALID

FOLDER = Path(__file__).parent / "vectors"


def expected_of(package: bytes) -> dict[str, Any]:
    """What our reader makes of a package."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vector.a3d"
        path.write_bytes(package)
        return outcome(str(path))


def rendered(document: dict[str, Any]) -> str:
    """JSON with sorted keys."""
    return json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all vectors, and remove those that are no longer made."""
    for kind in ("valid", "invalid"):
        (FOLDER / kind).mkdir(parents=True, exist_ok=True)
        for path in (FOLDER / kind).iterdir():
            path.unlink()
    for name, make in VALID.items():
        package = make()
        (FOLDER / "valid" / f"{name}.a3d").write_bytes(package)
        (FOLDER / "valid" / f"{name}.json").write_text(rendered(expected_of(package)), encoding="utf-8")
    for name, (code, make_invalid) in INVALID.items():
        (FOLDER / "invalid" / f"{name}.a3d").write_bytes(make_invalid())
        (FOLDER / "invalid" / f"{name}.json").write_text(rendered({"refused": code}), encoding="utf-8")


if __name__ == "__main__":
    main()
