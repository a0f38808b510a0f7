"""However a file beside avatar and motion is damaged, it either is read or ends in a coded error.

Avatars and motions: tests/unit/test_bad_inputs.py.
"""

from __future__ import annotations

import contextlib
import io
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.importers.residual import read_residual
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.smpl import load_body
from ani3d_runtime.errors import Ani3dError

BODY = load_builtin_body()


def npz(save: Callable[..., None], **arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return buffer.getvalue()


MODEL = {
    "v_template": np.zeros((6, 3), np.float32),
    "f": np.array([[0, 1, 2]]),
    "weights": np.full((6, 24), 1 / 24),
    "shapedirs": np.zeros((6, 3, 2)),
    "posedirs": np.zeros((6, 3, 207), np.float32),
    "J_regressor": np.full((24, 6), 1 / 6),
    "kintree_table": np.stack([np.arange(-1, 23), np.arange(24)]),
}
CASES: dict[str, tuple[str, bytes, Callable[[Path], object]]] = {
    "rest pose": ("a.npz", npz(np.savez, poses=np.zeros(72)), lambda path: RestPose.named(str(path), BODY)),
    "residual": ("a.npz", npz(np.savez, dpos_m=np.zeros((4, 5, 3))), lambda path: read_residual(path, 4, 5)),
    "body": ("a.npz", npz(np.savez, **MODEL), load_body),
    "body pickle": ("a.pkl", pickle.dumps(MODEL), load_body),
    "body old pickle": ("a.pkl", pickle.dumps(MODEL, protocol=0), load_body),
}


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_refused_or_harmless(tmp_path, case, data):
    name, content, read = CASES[case]
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        what = data.draw(st.sampled_from(["set", "cut", "insert", "repeat"]))
        if what == "set":
            damaged[at] = data.draw(st.integers(0, 255))
        elif what == "insert":
            damaged[at:at] = data.draw(st.sampled_from([b"9", b"-", b"nan ", b"\n", b" list ", b"\x00" * 8, b"}"]))
        elif what == "repeat":
            damaged[at:at] = damaged[at : at + 40]
        elif at > 0:
            del damaged[at:]
    path = tmp_path / name
    path.write_bytes(damaged)
    with contextlib.suppress(Ani3dError):
        read(path)


@pytest.mark.parametrize("case", CASES)
def test_undamaged_they_read(tmp_path, case):
    name, content, read = CASES[case]
    (tmp_path / name).write_bytes(content)
    read(tmp_path / name)
