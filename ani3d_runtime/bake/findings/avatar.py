"""AvatarFindings: what is understood of a file of Gaussians."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.binding.activated import refuse_activated
from ani3d_runtime.bake.binding.betas import with_fitting_betas
from ani3d_runtime.bake.binding.bind import bind_to_body
from ani3d_runtime.bake.binding.find import LOOK, laid_on_body
from ani3d_runtime.bake.binding.limbs import limbs_off_m
from ani3d_runtime.bake.binding.pose_words import found_axes
from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.findings.sheet import sheet_of_frames
from ani3d_runtime.bake.importers.avatar import read_avatar
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.notes import Remark
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.geometry.frames import Axes

_RAISED_RAD = 0.9


@dataclass(frozen=True)
class AvatarFindings:
    """What is understood of a file of Gaussians.

    Attributes:
        path: the file.
        avatar: on the built-in body, in the pose that was found.
        axes: that the file lies in, as its format or the user says, or as the body stands.
        off_mm: name of a limb → how far the body's is from the cloud.
        notes: what was decided.
        warnings: what is doubted.
    """

    path: Path
    avatar: Avatar
    axes: str
    off_mm: dict[str, float]
    notes: tuple[str, ...]
    warnings: tuple[Ani3dError, ...]

    @property
    def height_m(self) -> float:
        """From the lowest to the highest Gaussian, but for strays, in the metres that it is laid in."""
        low, high = np.quantile(self.avatar.splats.means_m[:, 1], [0.002, 0.998])
        return float(high - low)

    def to_json(self) -> dict[str, object]:
        """The findings as scripts read them."""
        cloud, parts = self.avatar.splats, self.avatar.binding.parts
        return {
            "kind": "avatar",
            "file": str(self.path),
            "gaussians": cloud.count,
            "sh_degree": round(cloud.sh.shape[1] ** 0.5) - 1,
            "axes": self.axes,
            "height_m": round(self.height_m, 3),
            "parts": {part.name.lower(): int((parts == part).sum()) for part in Part},
            "limbs_off_mm": {limb: round(off, 1) for limb, off in self.off_mm.items()},
            "notes": list(self.notes),
            "warnings": [warning.to_json() for warning in self.warnings],
        }

    def picture(self) -> Float32Array:
        """[H, W, 3] from three sides as it was captured, and with its arms raised, where sleeves tear."""
        names = self.avatar.skeleton.joint_names
        poses = np.repeat(self.avatar.skeleton.rest_rotations_wxyz[None], 2, axis=0).copy()
        poses[1] = (1, 0, 0, 0)
        for side, sign in (("left", 1), ("right", -1)):
            half = _RAISED_RAD / 2
            poses[1, names.index(f"{side}_shoulder")] = (np.cos(half), 0, 0, sign * np.sin(half))
        root = np.repeat(self.avatar.skeleton.rest_translation_m[None], 2, axis=0)
        motion = Motion("look", 1.0, names, root, poses)
        views = (("front", 0, 0.0), ("left", 0, 90.0), ("back", 0, 180.0), ("arms raised", 1, 0.0))
        return sheet_of_frames(self.avatar, motion, views, columns=4, floor=False)


def avatar_findings(path: Path, *, axes: Axes | None, rest_pose: str, drop_nan: bool = False) -> AvatarFindings:
    """Read a file of Gaussians and lay it on the built-in body.

    Args:
        path: the file.
        axes: how its axes lie, or None to judge.
        rest_pose: as of a bake.
        drop_nan: leave Gaussians with NaN out.

    Raises:
        Ani3dError: as a bake of it would.
    """
    body = load_builtin_body()
    pose = RestPose.named(rest_pose, body)
    imported = read_avatar(path, axes=axes, drop_nan=drop_nan)
    remarks: list[Remark] = [f"{path.name}: {note}" for note in imported.notes]
    pose, remark = with_fitting_betas(imported.cloud, body, pose, path.stem)
    remarks += [] if remark is None else [remark]
    refuse_activated(imported.cloud, path.stem)
    open_axes = imported.axes if axes is None else ""
    laid = laid_on_body(imported.cloud, body, pose, fit="auto", axes=open_axes, name=path.stem)
    avatar = bind_to_body(
        imported.cloud,
        body,
        rest_pose=pose,
        laid=laid,
        parts=imported.parts,
        name=path.stem,
        say=remarks.append,
    )
    skeleton = avatar.skeleton
    shaped = laid.shaped
    posed = shaped.pose_vertices(skeleton.rest_rotations_wxyz[None], skeleton.rest_translation_m[None])[0]
    visible = avatar.splats.means_m[avatar.splats.opacities > 0.2]
    off_m = limbs_off_m(shaped, posed, visible if len(visible) else avatar.splats.means_m)
    return AvatarFindings(
        path,
        avatar,
        found_axes(laid.turn_wxyz, open_axes)[0] or imported.axes,
        {limb: off * 1e3 for limb, off in off_m.items()},
        tuple(remark for remark in remarks if isinstance(remark, str)),
        tuple(_seen_here(remark) for remark in remarks if not isinstance(remark, str)),
    )


def _seen_here(doubt: Ani3dError) -> Ani3dError:
    """A doubt whose advice does not send to where the user is."""
    fix = doubt.fix.replace(LOOK, "Look at it with --picture look.png")
    return type(doubt)(doubt.code, doubt.subject, found=doubt.found, expected=doubt.expected, fix=fix)
