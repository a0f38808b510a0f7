"""Generators that plug in as any others do, and whose models are programs of their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ani3d_runtime.bake.generators.generator import (
    AvatarGenerator,
    GeneratedAvatar,
    ResidualGenerator,
    ResidualRequest,
)
from ani3d_runtime.bake.generators.tool import run_tool
from ani3d_runtime.progress import ProgressCallback

# What the stand-in for a reconstruction "reconstructs", and where both write a line for each run.
PERSON, LOG = "STAND_IN_PERSON", "STAND_IN_GENERATORS_LOG"

_RECONSTRUCT = """
import os, shutil, sys
import numpy as np
print("loading weights")
print("ani3d-progress 0.5", flush=True)
open(os.environ["STAND_IN_GENERATORS_LOG"], "a").write("avatar " + " ".join(sys.argv[1:]) + "\\n")
shutil.copy(os.environ["STAND_IN_PERSON"], "person.ply")
np.savez("pose.npz", **np.load(os.environ["STAND_IN_PERSON"] + ".pose.npz"))
print("ani3d-progress 1")
"""
_ANIMATE = """
import os, sys
import numpy as np
from plyfile import PlyData
count = PlyData.read(sys.argv[1])["vertex"].count
motion = np.load(sys.argv[2])
frames = len(motion["trans"])
open(os.environ["STAND_IN_GENERATORS_LOG"], "a").write(f"residual {frames} {count} {motion['poses'].shape[1]}\\n")
wave = 0.02 * np.sin(np.arange(frames))[:, None, None] * np.ones((1, count, 3))
np.savez("layer.npz", dpos_m=wave.astype(np.float32))
"""


class StandInReconstruction(AvatarGenerator):
    """Finds the same person in every picture."""

    summary = "a stand-in for tests"

    def version(self) -> str:
        return os.environ.get("STAND_IN_VERSION", "1")

    def generate(self, pictures: Sequence[Path], folder: Path, progress: ProgressCallback) -> GeneratedAvatar:
        run_tool([sys.executable, "-c", _RECONSTRUCT, *(path.name for path in pictures)], progress, folder=folder)
        return GeneratedAvatar(Path("person.ply"), rest_pose="pose.npz", axes="rdf")


class StandInDynamics(ResidualGenerator):
    """Moves everything to and fro."""

    summary = "a stand-in for tests"

    def version(self) -> str:
        return "7"

    def generate(self, request: ResidualRequest, progress: ProgressCallback) -> Path:
        splats, motion = request.write_inputs()
        run_tool([sys.executable, "-c", _ANIMATE, str(splats), str(motion)], progress, folder=request.folder)
        return Path("layer.npz")


class StandInLiar(AvatarGenerator):
    """Names a file that is not its own."""

    summary = "a stand-in for tests"

    def version(self) -> str:
        return "1"

    def generate(self, pictures: Sequence[Path], folder: Path, progress: ProgressCallback) -> GeneratedAvatar:
        return GeneratedAvatar(Path("../../person.ply"))


def plug_in(folder: Path) -> Path:
    """Install them in a folder, which is to be put on the path."""
    facts = folder / "ani3d_stand_ins-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: ani3d-stand-ins\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(
        "[ani3d.avatars]\n"
        "stand-in = tests.stand_in_generators:StandInReconstruction\n"
        "liar = tests.stand_in_generators:StandInLiar\n"
        "broken = tests.stand_in_generators:NoSuchClass\n"
        "[ani3d.residuals]\n"
        "sway = tests.stand_in_generators:StandInDynamics\n"
    )
    return folder
