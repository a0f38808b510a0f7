"""A user's own SMPL, SMPL-H or SMPL-X file as a BodyModel.

The layout is the published one: ``v_template``, ``f``, ``weights``, ``shapedirs``, ``posedirs``, ``J_regressor`` and
``kintree_table``, in an .npz or a pickle. Loper et al., "SMPL" (2015); Romero et al., "MANO" (2017) for SMPL-H;
Pavlakos et al., "SMPL-X" (2019). The files have licences of their own; none comes with ani3d.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Int32Array, checked_float32
from ani3d_runtime.body.model import BodyModel
from ani3d_runtime.body.readers.joint_layouts import layout_of
from ani3d_runtime.body.smpl_pickle import dense, read_model_pickle
from ani3d_runtime.errors import BodyModelError
from ani3d_runtime.npz import NpzArchive

_NEEDED = ("v_template", "f", "weights", "shapedirs", "posedirs", "J_regressor", "kintree_table")
_SMPLX_JOINTS = 55
# SMPL-X keeps expressions behind the shapes in one array: 300 + 100, or 10 + 10 in the first release.
_SMPLX_SHAPES, _SMPLX_EXPRESSIONS, _FIRST_RELEASE_SHAPES = 300, 100, 10


def load_body(path: Path | str) -> BodyModel:
    """Load an SMPL-layout file: ``.npz``, or ``.pkl`` through a reader that runs no code.

    Raises:
        BodyModelError: ``body-missing-file``, ``body-unknown-format``, ``body-missing-array``,
            ``body-unsafe-pickle``, ``body-unreadable``, ``body-wrong-shape``, ``body-not-finite``,
            ``body-joint-count``, ``body-model-invalid``.
    """
    path = Path(path)
    arrays = _read_arrays(path)
    template = _floats(arrays, path, "v_template", (None, 3))
    vertices = len(template)
    weights = _floats(arrays, path, "weights", (vertices, None)).astype(np.float64)
    joints = weights.shape[1]
    names = layout_of(joints)
    if names is None or joints == len(layout_of(22) or ()):
        raise BodyModelError(
            "body-joint-count",
            path,
            found=f"{joints} joints",
            expected="24 (SMPL), 52 (SMPL-H) or 55 (SMPL-X)",
            fix="Use one of these models, or the built-in body.",
        )
    totals = weights.sum(axis=1, keepdims=True)
    if (weights < 0).any() or (np.abs(totals - 1) > 1e-2).any():
        raise _invalid(path, "weights", "rows that do not sum to one", "non-negative rows summing to one")
    shapes = _floats(arrays, path, "shapedirs", (vertices, 3, None))
    return BodyModel(
        name=path.stem,
        template_m=template,
        faces=_integers(arrays, path, "f", (None, 3)),
        skin_weights=(weights / totals).astype(np.float32),
        shape_directions=np.ascontiguousarray(shapes[:, :, : _shape_count(joints, shapes.shape[2])]),
        pose_directions=_floats(arrays, path, "posedirs", (vertices, 3, None)),
        joint_regressor=_floats(arrays, path, "J_regressor", (joints, vertices)),
        joint_names=names,
        parents=_parents(arrays, path, joints),
    )


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise BodyModelError(
            "body-missing-file",
            path,
            found="no such file",
            expected="an SMPL, SMPL-H or SMPL-X model file",
            fix="Check the path, or use the built-in body.",
        )
    kind = path.suffix.lower()
    if kind == ".npz":
        archive = NpzArchive(path, error=BodyModelError, code_prefix="body")
        return {name: archive.array(name) for name in _NEEDED}
    if kind != ".pkl":
        raise BodyModelError(
            "body-unknown-format",
            path,
            found=f"a file ending in {kind!r}",
            expected=".npz or .pkl",
            fix="Give the model file as its publisher distributes it.",
        )
    entries = read_model_pickle(path)
    missing = [name for name in _NEEDED if name not in entries]
    if missing:
        raise BodyModelError(
            "body-missing-array",
            path,
            found=f"entries {', '.join(sorted(entries)) or 'none'}",
            expected=f"also {', '.join(missing)}",
            fix="Give a complete model file.",
        )
    return {name: dense(entries[name], f"{path}: {name}") for name in _NEEDED}


def _shape_count(joints: int, stored: int) -> int:
    if joints != _SMPLX_JOINTS:
        return stored
    return _SMPLX_SHAPES if stored >= _SMPLX_SHAPES + _SMPLX_EXPRESSIONS else min(stored, _FIRST_RELEASE_SHAPES)


def _parents(arrays: dict[str, NDArray[Any]], path: Path, joints: int) -> Int32Array:
    table = _integers(arrays, path, "kintree_table", (2, joints))
    # The root's parent is written as -1 in an unsigned type.
    parents = table[0].copy()
    parents[0] = -1
    if (parents[1:] < 0).any() or (parents[1:] >= np.arange(1, joints)).any():
        raise _invalid(path, "kintree_table", "a child before its parent", "parents first")
    return parents


def _floats(arrays: dict[str, NDArray[Any]], path: Path, name: str, shape: tuple[int | None, ...]) -> Float32Array:
    return checked_float32(arrays[name], shape, name=f"{path}: {name}", error=BodyModelError, code_prefix="body")


def _integers(arrays: dict[str, NDArray[Any]], path: Path, name: str, shape: tuple[int | None, ...]) -> Int32Array:
    value = arrays[name]
    matches = value.ndim == len(shape) and all(
        want is None or have == want for have, want in zip(value.shape, shape, strict=True)
    )
    if value.dtype.kind not in "iuf" or not matches:
        raise _invalid(path, name, f"shape {value.shape} of {value.dtype}", f"whole numbers of shape {shape}")
    return np.ascontiguousarray(value.astype(np.int64).astype(np.int32))


def _invalid(path: Path, name: str, found: str, expected: str) -> BodyModelError:
    return BodyModelError(
        "body-model-invalid",
        f"{path}: {name}",
        found=found,
        expected=expected,
        fix="Use a complete SMPL, SMPL-H or SMPL-X file, or the built-in body.",
    )
