"""docs/images/fit.webp: the same capture, bound in a pose that it does not stand in, and in the one that is found.

python -m benchmarks.fit_picture
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.binding.bind import bind_to_body
from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.characters import build_character
from ani3d_runtime.bake.findings.sheet import sheet_of_frames
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.splats import SplatCloud

OUTPUT = Path(__file__).parent.parent / "docs" / "images" / "fit.webp"
ARMS_DOWN_RAD, RAISED_RAD = np.deg2rad(15), 0.9


def arms(names: tuple[str, ...], up_rad: float) -> np.ndarray:
    """[1, J, 4] the zero pose with its arms raised by an angle."""
    pose = np.zeros((1, len(names), 4), dtype=np.float32)
    pose[..., 0] = 1
    for side, sign in (("left", 1), ("right", -1)):
        half = sign * up_rad / 2
        pose[0, names.index(f"{side}_shoulder")] = (np.cos(half), 0, 0, np.sin(half))
    return pose


def capture() -> SplatCloud:
    """A dancer who holds her arms 15° below the horizontal."""
    avatar = build_character("dancer", seed=0, detail="medium").avatar
    names = avatar.skeleton.joint_names
    motion = Motion("stand", 1.0, names, np.zeros((1, 3), dtype=np.float32), arms(names, -ARMS_DOWN_RAD))
    return MotionPoser(avatar, motion).pose(0.0).with_rotated_harmonics()


def raised(avatar: Avatar) -> np.ndarray:
    """[H, W, 3] as it was captured, and with raised arms."""
    names, rest = avatar.skeleton.joint_names, avatar.skeleton.rest_rotations_wxyz
    poses = np.concatenate([rest[None], arms(names, RAISED_RAD)])
    motion = Motion("look", 1.0, names, np.zeros((2, 3), dtype=np.float32), poses)
    return sheet_of_frames(avatar, motion, (("captured", 0, 0.0), ("raised", 1, 0.0)), columns=2, floor=False)


def main() -> None:
    """Write the picture."""
    body, cloud = load_builtin_body(), capture()
    wrong = bind_to_body(cloud, body, rest_pose=replace(RestPose.a(body), is_own=True), say=print)
    right = bind_to_body(cloud, body, rest_pose=RestPose.a(body), say=print)
    pictures = [raised(wrong), raised(right)]
    gap = np.ones((pictures[0].shape[0], 16, 3), dtype=np.float32)
    sheet = np.concatenate([pictures[0], gap, pictures[1]], axis=1)
    Image.fromarray((sheet * 255).round().astype(np.uint8)).save(OUTPUT, quality=82, method=6)


if __name__ == "__main__":
    main()
