"""Pickles of arrays and plain containers, read without running what may be in them.

A pickle is a program. Here it may make numbers, texts, lists, maps, numpy's arrays and torch's tensors, each by a class
of ours that keeps what it is given and does nothing else; all other names are refused before they are looked up. Four
wrappings are known: a plain pickle, joblib's (arrays stand behind their description), torch's zip (tensors in files of
their own), and numpy's .npy and .npz of objects.
"""

from __future__ import annotations

import gzip
import io
import math
import pickle
import re
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ani3d_runtime.errors import MotionError

_MAX_BYTES = 4 << 30
# What a packed pickle may expand to: real ones shrink to a third at most.
_FREE_BYTES, _MOST_EXPANSION = 32 << 20, 64
_CODE = re.compile(r"[fiub][0-9]{1,2}|[USV][0-9]{1,6}|O[0-9]?")
_STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}


class PickledArray:
    """What a pickle says of an array, or of a tensor; :meth:`array` makes it."""

    def __init__(self) -> None:
        self._made: NDArray[Any] | list[Any] | None = None

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, data = state
        shape = tuple(int(size) for size in shape)
        if isinstance(data, list):
            self._made = data
            return
        kind = _dtype_of(dtype)
        if min(shape, default=0) < 0 or math.prod(shape) * kind.itemsize != len(data):
            raise pickle.UnpicklingError(f"an array of shape {shape} in {len(data)} bytes")
        self._made = np.frombuffer(data, kind).reshape(shape, order="F" if fortran else "C")

    @classmethod
    def of(cls, made: NDArray[Any]) -> PickledArray:
        """An array that is made already."""
        result = cls()
        result._made = made
        return result

    def plain(self) -> NDArray[Any] | list[Any] | None:
        """The array, or the objects of an array of objects."""
        return self._made


def read_plain_pickle(path: Path) -> Any:
    """What a pickle holds: maps, lists, texts, numbers and numpy arrays.

    Raises:
        MotionError: ``motion-missing-file``; ``motion-unsafe-pickle`` where it asks for code; ``motion-unreadable``
            where it is damaged or wrapped in another way.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _unreadable(path, f"{path.stat().st_size} bytes")
        data = path.read_bytes()
    except OSError as exc:
        raise MotionError(
            "motion-missing-file", path, found=exc.strerror or str(exc), expected="a motion file", fix="Check the path."
        ) from None
    try:
        return _plain(_content(path, data))
    except MotionError:
        raise
    except Exception as exc:
        # A damaged pickle can fail in any way at all; none of them is more useful than another.
        raise _unreadable(path, f"{type(exc).__name__}: {str(exc)[:200]}") from None


def _content(path: Path, data: bytes) -> Any:
    if data.startswith(b"PK"):
        return _zipped(path, data)
    if data.startswith(b"\x93NUMPY"):
        return _npy(path, io.BytesIO(data))
    if data.startswith(b"\x1f\x8b"):
        with gzip.open(io.BytesIO(data)) as stream:
            data = _limited(path, stream, len(data))
    elif data[:1] == b"\x78" and (data[0] * 256 + data[1]) % 31 == 0 if len(data) > 1 else False:
        unpacked = zlib.decompressobj()
        most = max(_FREE_BYTES, _MOST_EXPANSION * len(data))
        packed, data = data, unpacked.decompress(data, most)
        if unpacked.unconsumed_tail:
            raise _unreadable(path, f"{len(packed)} bytes that expand beyond {most}")
    return _load(path, io.BytesIO(data))


def _limited(path: Path, stream: Any, packed: int) -> bytes:
    most = max(_FREE_BYTES, _MOST_EXPANSION * packed)
    data = stream.read(most + 1)
    if len(data) > most:
        raise _unreadable(path, f"{packed} bytes that expand beyond {most}")
    return data


def _zipped(path: Path, data: bytes) -> Any:
    """torch's zip, or numpy's of arrays."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        if sum(info.file_size for info in archive.infolist()) > max(_FREE_BYTES, _MOST_EXPANSION * len(data)):
            raise _unreadable(path, f"{len(data)} bytes that expand very far")
        program = next((name for name in names if name.endswith("data.pkl")), None)
        if program is None:
            return {
                name.removesuffix(".npy"): _npy(path, io.BytesIO(archive.read(name)))
                for name in names
                if name.endswith(".npy")
            }
        prefix = program.removesuffix("data.pkl")
        tensors = {
            name.removeprefix(f"{prefix}data/"): archive.read(name)
            for name in names
            if name.startswith(f"{prefix}data/")
        }
        return _load(path, io.BytesIO(archive.read(program)), tensors)


def _npy(path: Path, stream: io.BytesIO) -> Any:
    """A .npy, of numbers or of objects."""
    version = npy.read_magic(stream)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read_header(stream)
    if dtype.hasobject:
        return _load(path, stream)
    data = stream.read()
    if math.prod(shape) * dtype.itemsize != len(data):
        raise _unreadable(path, f"an array of shape {shape} in {len(data)} bytes")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


def _load(path: Path, stream: io.BytesIO, tensors: dict[str, bytes] | None = None) -> Any:
    return _PlainUnpickler(path, stream, tensors or {}).load()


# The one that is written in Python: joblib puts arrays into the stream behind their description, where the one that
# is written in C has read ahead.
class _PlainUnpickler(pickle._Unpickler):  # type: ignore[name-defined,misc]  # pyright: ignore
    def __init__(self, path: Path, stream: io.BytesIO, tensors: dict[str, bytes]) -> None:
        super().__init__(stream, encoding="latin1")
        self._path, self._stream, self._tensors = path, stream, tensors

    def find_class(self, module: str, name: str) -> Any:
        module = module.replace("numpy._core", "numpy.core")
        if module == "joblib.numpy_pickle" and name == "NumpyArrayWrapper":
            stream = self._stream
            return type("JoblibArray", (_JoblibArray,), {"stream": stream})
        if module in ("torch", "torch.storage") and name in _STORAGES:
            return _STORAGES[name]
        found = _ALLOWED.get(f"{module}.{name}")
        if found is None:
            raise MotionError(
                "motion-unsafe-pickle",
                self._path,
                found=f"a pickle that asks for {module}.{name}",
                expected="arrays, tensors, lists and maps only",
                fix="Save its arrays with numpy.savez(poses=…, trans=…, fps=…) where you trust the file.",
            )
        return found

    def persistent_load(self, pid: Any) -> Any:
        """A storage of torch's: its kind and bytes."""
        kind, storage, key, _, count = pid
        if kind != "storage" or not isinstance(storage, str) or str(key) not in self._tensors:
            raise pickle.UnpicklingError(f"a reference to {str(pid)[:80]} outside the file")
        flat = np.frombuffer(self._tensors[str(key)], np.dtype(storage))
        if len(flat) < int(count):
            raise pickle.UnpicklingError(f"a tensor of {len(flat)} numbers instead of {count}")
        return flat


class _JoblibArray(PickledArray):
    """joblib's description of an array whose bytes follow in the stream."""

    stream: io.BytesIO

    def __setstate__(self, state: Any) -> None:
        shape = tuple(int(size) for size in state["shape"])
        kind = _dtype_of(state["dtype"])
        if kind.hasobject:
            raise pickle.UnpicklingError("an array of objects")
        if state.get("numpy_array_alignment_bytes"):
            self.stream.read(self.stream.read(1)[0])
        size = math.prod(shape) * kind.itemsize
        data = self.stream.read(size) if 0 <= size <= _MAX_BYTES else b""
        if len(data) != size or min(shape, default=0) < 0:
            raise pickle.UnpicklingError(f"an array of shape {shape} in {len(data)} bytes")
        flat = np.frombuffer(data, kind)
        self._made = flat.reshape(shape, order="F" if state.get("order") == "F" else "C")


class _Dtype:
    """What a pickle says of a type of numbers."""

    def __init__(self, code: Any = "f8", *_: Any) -> None:
        self.code, self.order = str(code), "<"

    def __setstate__(self, state: Any) -> None:
        self.order = ">" if state[1] == ">" else "<"


def _dtype_of(value: Any) -> np.dtype[Any]:
    if not isinstance(value, _Dtype) or not _CODE.fullmatch(value.code):
        raise pickle.UnpicklingError("an array of an unknown type")
    return np.dtype(value.code).newbyteorder(">" if value.order == ">" else "<")


def _started(kind: Any, shape: Any, code: Any) -> PickledArray:
    """What numpy starts every pickled array with; its contents follow as state."""
    return PickledArray()


def _from_buffer(data: Any, dtype: Any, shape: Any, order: Any) -> PickledArray:
    result = PickledArray()
    result.__setstate__((1, shape, dtype, order == "F", bytes(data)))
    return result


def _scalar(dtype: Any, data: Any) -> Any:
    return np.frombuffer(data, _dtype_of(dtype))[0].item()


def _bytes_of(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"text in {encoding}")
    return text.encode("latin1")


def _tensor(flat: Any, offset: Any, size: Any, stride: Any, *_: Any) -> PickledArray:
    """A tensor of a storage: never beyond it, and copied."""
    shape, steps = tuple(int(each) for each in size), tuple(int(each) for each in stride)
    last = int(offset) + sum((count - 1) * step for count, step in zip(shape, steps, strict=True))
    if min((*shape, *steps, int(offset)), default=0) < 0 or (math.prod(shape) and last >= len(flat)):
        raise pickle.UnpicklingError("a tensor beyond its storage")
    # Strides of zero make much of little.
    if math.prod(shape) > max(len(flat), 1 << 20):
        raise pickle.UnpicklingError("a tensor that repeats its storage")
    itemsize = flat.dtype.itemsize
    view = np.lib.stride_tricks.as_strided(flat[int(offset) :], shape, [step * itemsize for step in steps])
    return PickledArray.of(view.copy())


def _parameter(tensor: Any, *_: Any) -> Any:
    return tensor


def _empty_map(*_: Any) -> dict[Any, Any]:
    return {}


def _nothing(*_: Any) -> None:
    return None


_ALLOWED: dict[str, Any] = {
    "numpy.ndarray": "numpy.ndarray",
    "numpy.dtype": _Dtype,
    "numpy.core.multiarray._reconstruct": _started,
    "numpy.core.multiarray.scalar": _scalar,
    "numpy.core.numeric._frombuffer": _from_buffer,
    "_codecs.encode": _bytes_of,
    "collections.OrderedDict": OrderedDict,
    "collections.defaultdict": _empty_map,
    "builtins.list": list,
    "builtins.dict": dict,
    "builtins.set": set,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.device": _nothing,
}


def _plain(value: Any, depth: int = 0, left: list[int] | None = None) -> Any:
    """Containers of plain arrays; what is deeper or more than results of tools are is refused."""
    left = [200_000] if left is None else left
    left[0] -= 1
    if left[0] < 0 or depth > 12:
        raise pickle.UnpicklingError("containers without end")
    if isinstance(value, PickledArray):
        return _plain(value.plain(), depth + 1, left)
    if isinstance(value, dict):
        return {str(key): _plain(each, depth + 1, left) for key, each in value.items()}
    if isinstance(value, list | tuple):
        if value and all(isinstance(each, int | float) for each in value):
            return np.array(value, dtype=np.float64)
        return [_plain(each, depth + 1, left) for each in value]
    return value


def _unreadable(path: Path, found: str) -> MotionError:
    return MotionError(
        "motion-unreadable",
        path,
        found=found,
        expected="a whole pickle of plain arrays: pickle's, joblib's, torch's of version 1.6 and later, or numpy's",
        fix="Save its arrays with numpy.savez(poses=…, trans=…, fps=…).",
    )
