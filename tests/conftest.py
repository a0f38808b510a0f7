"""Inputs that several tests share: a foreign capture, and the command line as a user calls it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.cli.app import run as command_line
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector

# Threads that wait for each other over a test's small matrices take longer than one that works; processes inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The first to run, one for each process: a bake that compiles most kernels, and what needs none for as long. Else both
# processes would compile the same.
FIRST = ("test_bake_restored.py", "test_bare_install.py")

# Columns of the terminal that commands believe in: no line of theirs is folded.
WIDE = "200"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that are to run first come first; the others stay in their order."""
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else len(FIRST))


@dataclass(frozen=True)
class Capture:
    """A PLY as another tool would have written it, and what is in it (RDF axes, metres)."""

    path: Path
    means: np.ndarray
    quats_wxyz: np.ndarray
    scales: np.ndarray
    opacities: np.ndarray
    sh: np.ndarray


def write_foreign_ply(path: Path, capture: dict[str, np.ndarray]) -> None:
    """A 3DGS PLY written without our exporter."""
    count, harmonics = capture["sh"].shape[:2]
    rest = capture["sh"][:, 1:].transpose(0, 2, 1).reshape(count, -1)
    names = ["x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"]
    names += [f"f_rest_{i}" for i in range(3 * (harmonics - 1))]
    names += ["opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"]
    opacity = capture["opacities"]
    columns = [
        capture["means"],
        np.zeros((count, 3)),
        capture["sh"][:, 0],
        rest,
        np.log(opacity / (1 - opacity))[:, None],
        np.log(capture["scales"]),
        capture["quats_wxyz"],
    ]
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {count}"]
    header += [f"property float {name}" for name in names] + ["end_header", ""]
    path.write_bytes("\n".join(header).encode() + np.concatenate(columns, 1).astype("<f4").tobytes())


def pytest_configure() -> None:
    """A shell's ``&`` and nohup have what they start ignore Ctrl-C, which some tests send."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def foreign_capture(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    """2,500 Gaussians on the skin of the built-in body in A pose, harmonics of degree 2, in RDF axes."""
    random = np.random.default_rng(7)
    body = load_builtin_body()
    shaped = body.shaped(None)
    bend = np.zeros((24, 3))
    bend[16, 2], bend[17, 2] = -np.deg2rad(52), np.deg2rad(52)
    pose = quaternion_from_rotation_vector(bend)[None].astype(np.float32)
    vertices = shaped.pose_vertices(pose, np.zeros((1, 3), np.float32))[0]
    corners = vertices[shaped.faces[random.choice(len(shaped.faces), 2500)]]
    means = np.einsum("nk,nkd->nd", random.dirichlet([1, 1, 1], 2500), corners)
    data = {
        "means": means * [1, -1, -1],
        "quats_wxyz": quaternion_from_rotation_vector(random.normal(size=(2500, 3))),
        "scales": np.exp(random.uniform(np.log(0.003), np.log(0.012), (2500, 3))),
        "opacities": random.uniform(0.2, 0.99, 2500),
        "sh": random.normal(0, 0.2, (2500, 9, 3)),
    }
    path = tmp_path_factory.mktemp("capture") / "visitor.ply"
    write_foreign_ply(path, data)
    return Capture(path, **{key: value.astype(np.float32) for key, value in data.items()})


@dataclass(frozen=True)
class Outcome:
    """What a run of the command line came to."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        """The result, as a script reads it."""
        return json.loads(self.stdout)

    @property
    def error_code(self) -> str:
        """The code of the refusal, from the JSON error on stderr."""
        return json.loads(self.stderr.strip().splitlines()[-1])["error"]["code"]


@pytest.fixture(scope="session")
def ani3d() -> Callable[..., Outcome]:
    """Runs ``ani3d ARGUMENTS --json`` in this process, where modules are imported and kernels are loaded once."""

    def run(*arguments: object) -> Outcome:
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setenv("COLUMNS", WIDE)
            code = command_line([*map(str, arguments), "--json"])
        return Outcome(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def ani3d_process() -> Callable[..., Outcome]:
    """Runs ``ani3d ARGUMENTS --json`` in a process of its own, as a user does: for what a shell sees of it."""

    def run(*arguments: object, cwd: Path | None = None) -> Outcome:
        command = [sys.executable, "-m", "ani3d_runtime.cli", *map(str, arguments), "--json"]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=200, cwd=cwd, env={**os.environ, "COLUMNS": WIDE}
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run
