"""WeightFiles: weights on disk, described by their headers alone, so that 60 GB take milliseconds."""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ani3d_runtime.errors import InputError

_MAX_HEADER_BYTES = 100 << 20
# A file is fingerprinted by its header and this many slices, spread evenly; smaller files are read whole.
_SLICES, _SLICE_BYTES = 64, 64 << 10
# Numbers that a model computes in; eight-bit and packed weights need code of their own to be read.
_FLOATS = ("F64", "F32", "F16", "BF16")
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})")


@dataclass(frozen=True)
class WeightFiles:
    """The weights of one model component.

    Attributes:
        files: the files, by name.
        shapes: of all tensors, by name.
        dtypes: of all tensors, by name, as safetensors abbreviates them: F32, BF16.
    """

    files: tuple[Path, ...]
    shapes: dict[str, tuple[int, ...]]
    dtypes: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def read(cls, folder: Path) -> WeightFiles:
        """Read the headers of all shards.

        Raises:
            InputError: ``prior-incomplete`` where shards are missing or cut short, ``prior-unreadable``,
                ``prior-dtype``.
        """
        return cls.of(_shards(folder))

    @classmethod
    def of(cls, files: tuple[Path, ...]) -> WeightFiles:
        """Read the headers of these safetensors; see :meth:`read`."""
        entries = {name: entry for path in files for name, entry in _entries(path).items()}
        return cls(
            files,
            {name: shape for name, (shape, _) in entries.items()},
            {name: dtype for name, (_, dtype) in entries.items()},
        )

    @classmethod
    def matching(cls, folder: Path, pattern: str) -> WeightFiles:
        """The shards in a folder that match a glob pattern, whatever an index says.

        Raises:
            InputError: as :meth:`read`.
        """
        names = sorted(path.name for path in folder.glob(pattern))
        numbers = [(int(found[1]), int(found[2])) for found in map(_SHARD.search, names) if found]
        total = max((of for _, of in numbers), default=0)
        missing = sorted(set(range(1, total + 1)) - {number for number, _ in numbers})
        if missing or not names:
            raise _incomplete(folder, f"no shard {missing[0]} of {total}" if missing else f"no {pattern}")
        return cls.of(tuple(folder / name for name in names))

    @classmethod
    def pickled(cls, path: Path) -> WeightFiles:
        """A ``.pth`` that holds nothing but tensors by name; its numbers are not read, and nothing in it is run.

        Raises:
            InputError: ``prior-incomplete``, ``prior-unreadable``, ``prior-dtype``.
        """
        if not path.is_file():
            raise _incomplete(path, "no such file")
        # The archive's directory is at its end: a file that was cut short has none.
        if not zipfile.is_zipfile(path):
            raise _incomplete(path, f"{path.stat().st_size:,} bytes that are no whole archive")
        tensors = read_pickled(path, "meta")
        dtypes = {name: _PICKLED[str(tensor.dtype)] for name, tensor in tensors.items()}
        return cls((path,), {name: tuple(tensor.shape) for name, tensor in tensors.items()}, dtypes)

    @property
    def parameter_count(self) -> int:
        """Numbers in all tensors."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    @property
    def byte_count(self) -> int:
        """Bytes of the files."""
        return sum(path.stat().st_size for path in self.files)

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
                if path.suffix == ".safetensors":
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
        raise _incomplete(folder, f"no {missing[0]}" if missing else "no .safetensors file")
    return tuple(folder / name for name in sorted(names))


def read_pickled(path: Path, device: str) -> dict[str, Any]:
    """The tensors by name in a ``.pth``, mapped from the file; on the device ``meta`` without their numbers.

    Raises:
        InputError: ``prior-unreadable``, ``prior-dtype``.
    """
    # Imported here: seconds that naming a folder should not cost.
    import pickle

    import torch

    try:
        value: Any = torch.load(path, map_location=device, weights_only=True, mmap=True)
    except (RuntimeError, OSError, ValueError, EOFError, KeyError, pickle.UnpicklingError) as error:
        raise _unreadable(path, f"no tensors by name ({str(error).strip().splitlines()[0]})") from None
    if not isinstance(value, dict) or not all(isinstance(tensor, torch.Tensor) for tensor in value.values()):
        raise _unreadable(path, "something else than tensors by name")
    for name, tensor in value.items():
        if str(tensor.dtype) not in _PICKLED:
            raise _wrong_dtype(path, name, str(tensor.dtype))
    return value


_PICKLED = {"torch.float64": "F64", "torch.float32": "F32", "torch.float16": "F16", "torch.bfloat16": "BF16"}


def _entries(path: Path) -> dict[str, tuple[tuple[int, ...], str]]:
    length = _header_length(path)
    with path.open("rb") as file:
        file.seek(8)
        header = _parsed(path, file.read(length))
    try:
        entries = {name: value for name, value in header.items() if name != "__metadata__"}
        end = 8 + length + max((int(entry["data_offsets"][1]) for entry in entries.values()), default=0)
        result = {
            name: (tuple(int(side) for side in entry["shape"]), str(entry["dtype"])) for name, entry in entries.items()
        }
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
    for name, (_, dtype) in result.items():
        # Old image encoders keep the numbers of their positions beside the weights.
        if dtype not in _FLOATS and not name.endswith("position_ids"):
            raise _wrong_dtype(path, name, dtype)
    return result


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


def _incomplete(path: Path, found: str) -> InputError:
    return InputError(
        "prior-incomplete",
        path,
        found=found,
        expected="all weights, as they are published (pickled .bin files are not read)",
        fix="Run the download again; it goes on where it was interrupted.",
    )


def _wrong_dtype(path: Path, name: str, dtype: str) -> InputError:
    return InputError(
        "prior-dtype",
        path,
        found=f"{name} of {dtype}",
        expected=f"numbers of {', '.join(_FLOATS)}",
        fix="Download the weights in bfloat16; files that were packed into eight bits are not read.",
    )


def _unreadable(path: Path, found: str) -> InputError:
    return InputError(
        "prior-unreadable",
        path,
        found=found,
        expected="a file as save_pretrained writes it",
        fix="Download this file again.",
    )
