"""The vectors: which files there are, and what a runner must be able to do to answer for each."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1]
INDEX = FOLDER / "index.json"
KINDS = ("packages", "golden", "light", "driver", "playback", "blend", "levels")
# What runners may offer and vectors need. A kind is a feature of its own.
FEATURES = {
    "packages": "reads packages",
    "golden": "evaluates the runtime equation",
    "light": "decodes light frames",
    "driver": "evaluates the driver's equations",
    "playback": "shows clips between frames, over loops and with the root's way left out",
    "blend": "fades clips into each other, and lays clips over some joints",
    "levels": "shows levels of detail as they look, and what lies between two",
    "residual": "reads control nodes and detail",
    "further": "reads clips that were added later",
    "exact": "reads rest poses that are stored without loss",
    "driver-section": "reads the section driver",
    "lz4": "has the entropy codec lz4",
    "zstd": "has the entropy codec zstd",
    "stdin": "takes names of files from the standard input",
}


@dataclass(frozen=True)
class Vector:
    """One file and what it needs.

    Attributes:
        name: path in the folder of the vectors, with slashes.
        kind: the first folder of it, one of ``KINDS``.
        features: what a runner must offer.
    """

    name: str
    features: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What a runner is asked for."""
        return self.name.split("/", maxsplit=1)[0]

    def given(self) -> bytes:
        """What a runner gets to read: the file without the answer."""
        data = (FOLDER / self.name).read_bytes()
        if self.kind == "packages":
            return data
        document = json.loads(data)
        del document["expected"]
        if "package" in document:
            package = (FOLDER / document.pop("package")).read_bytes()
            document["package_base64"] = base64.b64encode(package).decode("ascii")
        return json.dumps(document).encode("utf-8")

    def expected(self) -> Any:
        """The right answer."""
        path = FOLDER / self.name
        if self.kind == "packages":
            return json.loads(path.with_suffix(".json").read_bytes())
        return json.loads(path.read_bytes())["expected"]


def all_vectors() -> list[Vector]:
    """Every vector of the index."""
    entries = json.loads(INDEX.read_bytes())
    return [Vector(name, tuple(features)) for name, features in entries.items()]
