"""WeightFiles: a folder of safetensors, described by its headers alone, so that 60 GB take milliseconds."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ani3d_runtime.errors import InputError

_MAX_HEADER_BYTES = 100 << 20
# A file is fingerprinted by its header and this many slices, spread evenly; smaller files are read whole.
_SLICES, _SLICE_BYTES = 64, 64 << 10


@dataclass(frozen=True)
class WeightFiles:
    """The weights of one model component.

    Attributes:
        files: the safetensors files, by name.
        shapes: of all tensors, by name.
    """

    files: tuple[Path, ...]
    shapes: dict[str, tuple[int, ...]]

    @classmethod
    def read(cls, folder: Path) -> WeightFiles:
        """Read the headers of all shards.

        Raises:
            InputError: ``prior-incomplete`` where shards are missing or cut short, ``prior-unreadable``.
        """
        files = _shards(folder)
        return cls(files, {name: shape for path in files for name, shape in _shapes(path).items()})

    @property
    def parameter_count(self) -> int:
        """Numbers in all tensors."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def digest(self) -> str:
        """A fingerprint of all numbers: whole for small files, of evenly spread slices for large ones."""
        hasher = hashlib.sha256()
        for path in self.files:
            hasher.update(f"{path.name} {path.stat().st_size}\n".encode())
            with path.open("rb") as file:
                length = path.stat().st_size
                if length <= _SLICES * _SLICE_BYTES:
                    hasher.update(file.read())
                    continue
                hasher.update(file.read(8 + _header_length(path)))
                for index in range(_SLICES):
                    file.seek(index * (length - _SLICE_BYTES) // (_SLICES - 1))
                    hasher.update(file.read(_SLICE_BYTES))
        return hasher.hexdigest()


def _shards(folder: Path) -> tuple[Path, ...]:
    index = next(iter(sorted(folder.glob("*.safetensors.index.json"))), None)
    if index is not None:
        names = set(read_json(index).get("weight_map", {}).values())
    else:
        names = {path.name for path in folder.glob("*.safetensors")}
    missing = sorted(name for name in names if not (folder / name).is_file())
    if missing or not names:
        raise InputError(
            "prior-incomplete",
            folder,
            found=f"no {missing[0]}" if missing else "no .safetensors file",
            expected="all weights as safetensors (pickled .bin files are not read)",
            fix="Run the download again; it goes on where it was interrupted.",
        )
    return tuple(folder / name for name in sorted(names))


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    length = _header_length(path)
    with path.open("rb") as file:
        file.seek(8)
        header = _parsed(path, file.read(length))
    try:
        entries = {name: value for name, value in header.items() if name != "__metadata__"}
        end = 8 + length + max((int(entry["data_offsets"][1]) for entry in entries.values()), default=0)
        shapes = {name: tuple(int(side) for side in entry["shape"]) for name, entry in entries.items()}
    except (KeyError, TypeError, IndexError, ValueError):
        raise _unreadable(path, "a header that is not one of safetensors") from None
    if end != path.stat().st_size:
        raise InputError(
            "prior-incomplete",
            path,
            found=f"{path.stat().st_size:,} bytes",
            expected=f"{end:,} bytes, as its header says",
            fix="Run the download again; it goes on where it was interrupted.",
        )
    return shapes


def _header_length(path: Path) -> int:
    with path.open("rb") as file:
        start = file.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if not 2 <= length <= min(_MAX_HEADER_BYTES, path.stat().st_size):
        raise _unreadable(path, "no safetensors header; a Git LFS pointer, perhaps")
    return length


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file of a checkpoint.

    Raises:
        InputError: ``prior-incomplete``, ``prior-unreadable``.
    """
    try:
        return _parsed(path, path.read_bytes())
    except OSError as error:
        raise InputError(
            "prior-incomplete",
            path,
            found=str(error.strerror),
            expected="a file that every checkpoint has",
            fix="Run the download again; it goes on where it was interrupted.",
        ) from None


def _parsed(path: Path, text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        raise _unreadable(path, "text that is not JSON") from None
    if not isinstance(value, dict):
        raise _unreadable(path, "JSON that is not an object")
    return value


def _unreadable(path: Path, found: str) -> InputError:
    return InputError(
        "prior-unreadable",
        path,
        found=found,
        expected="a file as save_pretrained writes it",
        fix="Download this file again.",
    )
