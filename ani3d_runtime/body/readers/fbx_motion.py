"""FBX, by the library ufbx (https://github.com/ufbx/ufbx) in a process of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ani3d_runtime.body.readers import fbx_process
from ani3d_runtime.body.readers.captured import CapturedMotion
from ani3d_runtime.body.readers.node_limits import MOST_NODES, MOST_VALUES
from ani3d_runtime.body.readers.node_motion import NodeMotion, whole_rate
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.readers.takes import chosen_take, doubt_about_takes
from ani3d_runtime.errors import MotionError, ResourceError

_MAX_BYTES = 2 << 30
_TIMEOUT_S = 120


def read_fbx(path: Path, take: str | None, say: Say) -> CapturedMotion:
    """The animation of an FBX: the take that is named, or the one with the most moving nodes, in metres and Y up.

    Args:
        path: the file.
        take: name of an animation stack, or None.
        say: takes what was decided, and doubts.

    Raises:
        MotionError: ``motion-missing-file``, ``fbx-unreadable``, ``motion-too-large``, ``motion-*``.
        ResourceError: ``extra-missing`` without ufbx. UsageError: ``motion-unknown-take``.
    """
    if not path.is_file() or path.stat().st_size > _MAX_BYTES:
        size = f"{path.stat().st_size} bytes" if path.is_file() else "no such file"
        raise MotionError(
            "motion-missing-file", path, found=size, expected=f"an FBX of at most {_MAX_BYTES} bytes", fix="Check it."
        )
    arrays = _arrays_of(path, take)
    takes = [str(name) for name in arrays["takes"]]
    chosen_take(path, takes, take)
    if take is None and len(takes) > 1:
        say(doubt_about_takes(path, takes, str(arrays["take"])))
    motion = NodeMotion(
        names=tuple(str(name) for name in arrays["names"]),
        parents=arrays["parents"].astype(np.int32),
        translations=arrays["translations"].astype(np.float64),
        rotations_wxyz=arrays["rotations"].astype(np.float64),
        scales=arrays["scales"].astype(np.float64),
        is_joint=arrays["is_joint"].astype(np.bool_),
        rest_rotations_wxyz=arrays["rest"].astype(np.float64),
        fps=whole_rate(float(arrays["fps"])),
    )
    return motion.captured(path)


def _arrays_of(path: Path, take: str | None) -> dict[str, Any]:
    """What the process that reads the file writes."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", fbx_process.__name__, str(path.absolute()), *([] if take is None else [take])],
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            # It finds what this process finds, wherever that was told from.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        raise _unreadable(path, f"a file that is not read within {_TIMEOUT_S} s") from None
    reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
    if done.returncode == fbx_process.NO_LIBRARY:
        raise ResourceError(
            "extra-missing",
            path.name,
            found="no module ufbx",
            expected="ani3d-runtime with its [fbx] extra",
            fix="Run: pip install 'ani3d-runtime[fbx]'",
        )
    if done.returncode == fbx_process.TOO_LARGE:
        raise MotionError(
            "motion-too-large",
            path,
            found=reason[-1] if reason else "a large file",
            expected=f"at most {MOST_NODES} nodes, and {MOST_VALUES} values of frames times nodes",
            fix="Export the skeleton alone, in shorter takes.",
        )
    if done.returncode != 0:
        raise _unreadable(path, reason[-1] if reason else f"a file that ends its reader with {done.returncode}")
    try:
        with np.load(io.BytesIO(done.stdout), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile):
        raise _unreadable(path, "a file of which its reader makes nothing") from None


def _unreadable(path: Path, found: str) -> MotionError:
    return MotionError(
        "fbx-unreadable",
        path,
        found=found,
        expected="an FBX with an animated skeleton",
        fix="Export it again as FBX 7.4 binary with baked animation, or as BVH.",
    )
