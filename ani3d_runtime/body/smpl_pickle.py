"""Reading the pickles that SMPL models come in, without running what may be in them.

A pickle is a program. Only what real model files use is let through, each piece through a function of ours that cannot
do anything but make an array: numpy arrays and scalars, scipy's sparse matrices, and chumpy's containers as plain data.
Everything else is refused before it is looked up.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.errors import BodyModelError

_MAX_BYTES = 4 << 30


# The same functions under the names of Python 2 and of numpy 2.
_RENAMED_MODULES = {
    "copy_reg": "copyreg",
    "__builtin__": "builtins",
    "numpy._core.multiarray": "numpy.core.multiarray",
    "numpy._core.numeric": "numpy.core.numeric",
}


class _Foreign:
    """What a chumpy or scipy object kept, without its class."""

    origin = ""

    def __init__(self, *_: object) -> None:
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: object) -> None:
        self.state = dict(state) if isinstance(state, dict) else {}  # pyright: ignore[reportUnknownArgumentType]


def read_model_pickle(path: Path) -> dict[str, Any]:
    """The entries of a model pickle; arrays are numpy's, anything foreign stays wrapped until :func:`dense` is asked.

    Raises:
        BodyModelError: ``body-unsafe-pickle`` where it asks for code, ``body-unreadable`` where it is damaged.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise _unreadable(path, f"{path.stat().st_size} bytes")
    try:
        with path.open("rb") as stream:
            # Models of the first years were written by Python 2, whose bytes are Latin-1.
            content: Any = _ModelUnpickler(stream, path).load()
    except BodyModelError:
        raise
    except Exception as exc:
        # A damaged pickle can fail in any way at all; none of them is more useful than another.
        raise _unreadable(path, f"{type(exc).__name__}: {exc}") from None
    if not isinstance(content, dict):
        raise _unreadable(path, f"a {type(content).__name__}")
    entries: dict[Any, Any] = content
    return {str(key): value for key, value in entries.items()}


def dense(value: object, subject: str) -> NDArray[Any]:
    """An entry as a plain array.

    Raises:
        BodyModelError: ``body-unreadable`` for an object that holds no array we know.
    """
    if isinstance(value, _Foreign):
        kind = value.origin.rsplit(".", 1)[-1]
        if kind in ("csc_matrix", "csr_matrix", "coo_matrix"):
            return _dense_from_sparse(value.state, kind, subject)
        if "x" in value.state:
            return dense(value.state["x"], subject)
        if kind == "Select" and {"a", "idxs"} <= set(value.state):
            picked = dense(value.state["a"], subject).ravel()[np.asarray(value.state["idxs"])]
            shape = value.state.get("preferred_shape")
            return picked if shape is None else picked.reshape(shape)
        raise BodyModelError(
            "body-unreadable",
            subject,
            found=f"an object of {value.origin} whose array is computed when it is read",
            expected="stored arrays",
            fix="Remove chumpy from the file with the cleaning script of the smplx package.",
        )
    return np.asarray(value)


def _dense_from_sparse(state: dict[str, Any], kind: str, subject: str) -> NDArray[Any]:
    try:
        rows, columns = (int(size) for size in state["_shape"])
        data = np.asarray(state["data"])
        if kind == "coo_matrix":
            row, column = state["coords"] if "coords" in state else (state["row"], state["col"])
        else:
            minor = np.asarray(state["indices"])
            major = np.repeat(np.arange(len(state["indptr"]) - 1), np.diff(state["indptr"]))
            row, column = (minor, major) if kind == "csc_matrix" else (major, minor)
        if not (0 < rows * columns <= 1 << 27) or row.min() < 0 or column.min() < 0:
            raise ValueError("shape")
        result = np.zeros((rows, columns))
        np.add.at(result, (row, column), data)
    except (KeyError, TypeError, ValueError, IndexError):
        raise _unreadable(Path(subject), "a damaged sparse matrix") from None
    return result


class _ModelUnpickler(pickle.Unpickler):
    def __init__(self, stream: Any, path: Path) -> None:
        super().__init__(stream, encoding="latin1")
        self._path = path

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        module_name = _RENAMED_MODULES.get(module_name, module_name)
        name = f"{module_name}.{global_name}"
        if name in _ALLOWED:
            return _ALLOWED[name]
        if module_name.split(".")[0] == "chumpy" or (
            module_name.startswith("scipy.sparse") and global_name in ("csc_matrix", "csr_matrix", "coo_matrix")
        ):
            return type("_Foreign", (_Foreign,), {"origin": name})
        raise BodyModelError(
            "body-unsafe-pickle",
            self._path,
            found=f"a pickle that asks for {module_name}.{global_name}",
            expected="numpy arrays, sparse matrices and chumpy arrays only",
            fix="Do not open this file with other tools; download the model again from its publisher.",
        )

    def persistent_load(self, pid: object, /) -> Any:
        raise pickle.UnpicklingError(f"a reference to {pid!r} outside the file")


def _empty_array(kind: object, shape: object, code: object) -> NDArray[Any]:
    """What numpy starts every pickled array with; its contents follow as state."""
    if kind is not _ARRAY_TYPE or shape != (0,):
        raise pickle.UnpicklingError("an array that does not start empty")
    return np.ndarray.__new__(np.ndarray, (0,), np.dtype("b"))


def _array_from_bytes(data: Any, dtype: Any, shape: Any, order: Any) -> NDArray[Any]:
    return np.frombuffer(data, dtype=dtype).reshape(shape, order=order)


def _scalar(dtype: Any, data: bytes) -> Any:
    return np.frombuffer(data, dtype=dtype)[0]


def _latin1_bytes(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"text in {encoding}")
    return text.encode("latin1")


def _plain_dtype(*arguments: Any) -> np.dtype[Any]:
    result = np.dtype(*arguments)
    if result.hasobject:
        raise pickle.UnpicklingError("an array of Python objects")
    return result


def _new_foreign(kind: Any, base: object, state: object) -> _Foreign:
    if not (isinstance(kind, type) and issubclass(kind, _Foreign)):
        raise pickle.UnpicklingError("an object of an unknown class")
    return kind()


# Stands for numpy.ndarray: only a marker, so that a pickle cannot call the type with a shape of its choice.
_ARRAY_TYPE = "numpy.ndarray"
_OBJECT_TYPE = "object"
_ALLOWED: dict[str, Callable[..., Any] | str] = {
    "numpy.ndarray": _ARRAY_TYPE,
    "numpy.dtype": _plain_dtype,
    "numpy.core.multiarray._reconstruct": _empty_array,
    "numpy.core.multiarray.scalar": _scalar,
    "numpy.core.numeric._frombuffer": _array_from_bytes,
    "_codecs.encode": _latin1_bytes,
    "copyreg._reconstructor": _new_foreign,
    "builtins.object": _OBJECT_TYPE,
    "collections.OrderedDict": OrderedDict,
}


def _unreadable(path: Path, found: str) -> BodyModelError:
    return BodyModelError(
        "body-unreadable",
        path,
        found=found,
        expected="a complete SMPL, SMPL-H or SMPL-X model file",
        fix="Download the model again from its publisher.",
    )
