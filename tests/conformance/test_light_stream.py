"""A decoder of live light frames written from the specification alone agrees with ours, number by number."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.codec.live.light_frames import LightFrameDecoder, LightFrameEncoder
from ani3d_runtime.codec.sections.nearness import node_parents
from ani3d_runtime.deformation import Frame
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector

DECODER = Path(__file__).parents[2] / "spec" / "readers" / "javascript" / "light.mjs"
JOINTS, NODES, FRAMES = 4, 30, 12


def swinging(index: int, dice: np.random.Generator) -> Frame:
    """Cloth that swings, joints that spin, and a leap that takes large numbers."""
    turns = np.concatenate([np.full((JOINTS, 3), 0.9 * index), dice.normal(0, 0.4, (NODES, 3))])
    quats = quaternion_from_rotation_vector(turns).astype(np.float32)
    return Frame(
        time_s=index / 30,
        root_translation_m=np.array([0.02 * index, 1, 900 if index == 5 else 0], dtype=np.float32),
        joint_rotations_wxyz=quats[:JOINTS],
        node_displacements_m=(0.1 * np.sin(0.3 * index + np.arange(3 * NODES) / 9)).reshape(-1, 3).astype(np.float32),
        node_rotations_wxyz=quats[JOINTS:],
        coefficients=np.zeros(0, dtype=np.float32),
    )


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_a_second_decoder_finds_the_same(tmp_path: Path) -> None:
    dice = np.random.default_rng(3)
    parents = node_parents(dice.integers(-2000, 2000, (NODES, 3)))
    encoder, decoder = LightFrameEncoder(parents, JOINTS), LightFrameDecoder(parents, JOINTS)
    frames = [swinging(index, dice) for index in range(FRAMES)]
    payloads = [encoder.key(frame) if index == 8 else encoder.change(frame) for index, frame in enumerate(frames)]
    path = tmp_path / "stream.json"
    coded = [base64.b64encode(payload).decode() for payload in payloads]
    path.write_text(json.dumps({"joints": JOINTS, "parents": parents.tolist(), "payloads": coded}))
    done = subprocess.run(["node", str(DECODER), str(path)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == FRAMES
    for payload, frame, line in zip(payloads, frames, lines, strict=True):
        ours = decoder.decode(payload, frame.time_s)
        for name, values in (
            ("root", ours.root_translation_m),
            ("joints", ours.joint_rotations_wxyz),
            ("displacements", ours.node_displacements_m),
            ("rotations", ours.node_rotations_wxyz),
        ):
            np.testing.assert_allclose(np.array(line[name]), values.ravel(), rtol=1e-6, atol=1e-6, err_msg=name)
