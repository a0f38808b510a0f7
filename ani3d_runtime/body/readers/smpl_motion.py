"""SmplMotion: what a file of the SMPL family says of a motion, and how it becomes the motion of a body."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.joint_layouts import conformed, layout_names
from ani3d_runtime.body.readers.motion_doubts import bent_knees, doubts_about, floating, off_floor
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.readers.options import METRES_PER_UNIT, MotionOptions
from ani3d_runtime.body.readers.path_unit import judged_path_unit
from ani3d_runtime.body.retarget import leg_length_m, soles_m
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.body.world_axes import World, judged_world
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.frames import Axes
from ani3d_runtime.geometry.quaternion import multiply, quaternion_from_rotation_vector, rotate

# A rotation vector longer than a whole turn is none; so many of them are degrees.
_WHOLE_TURN_RAD, _DEGREES_SHARE = 2.05 * np.pi, 0.002
_ASSUMED_FPS = 30.0
# Soles this far from the floor stand on it, for the eye; without a floor in the capture they may be a little off.
_STAYS_M = 0.02
_ON_FLOOR_M, _CLEARLY_OFF_M, _FAR_OFF_M = 0.03, 0.08, 0.25
_SCALES = (0.75, 1.33)


@dataclass(frozen=True)
class SmplMotion:
    """A motion of the SMPL family, as its file has it.

    Attributes:
        poses: [T, J, 3] rotation vectors relative to the zero pose, the root first.
        trans: [T, 3] added to the root joint's zero position, or None.
        fps: frames per second, or None where the file does not say.
        betas: [B] of the subject, or None.
        joint_names: J names, or None for the family's layout of J joints.
        axes_hint: axes that its kind of file usually has.
        hint: why they are expected, in words.
        floor_at_zero: whether its kind of file has the floor at height zero.
    """

    poses: Float64Array
    trans: Float64Array | None
    fps: float | None
    betas: Float32Array | None = None
    joint_names: tuple[str, ...] | None = None
    axes_hint: Axes = "yup"
    hint: str = "as such files usually have"
    floor_at_zero: bool = False

    @property
    def has_shape(self) -> bool:
        """Whether the subject differs from the mean of its model."""
        return self.betas is not None and float(np.abs(self.betas).max(initial=0.0)) > 0.1


def smpl_motion(
    smpl: SmplMotion, skeleton: Skeleton, *, name: str, options: MotionOptions, subject: str, say: Say
) -> Motion:
    """The motion of a body.

    Args:
        smpl: as its file has it.
        skeleton: the body's; its joints are filled by name.
        name: name of the motion.
        options: how the user says that it is to be understood.
        subject: its file, for notes and errors.
        say: takes one sentence per decision, and doubts.

    Raises:
        MotionError: ``motion-*``.
    """
    label = subject.rsplit("/", 1)[-1]
    poses, joints = _in_radians(smpl.poses, subject, say), smpl.poses.shape[1]
    rotations = quaternion_from_rotation_vector(poses)
    names = smpl.joint_names or layout_names(joints, skeleton, subject)
    local, lost = conformed(names, rotations.astype(np.float32), skeleton, subject)
    trans = np.zeros((len(poses), 3)) if smpl.trans is None else smpl.trans.astype(np.float64)
    if options.unit != "auto":
        trans = trans * METRES_PER_UNIT[options.unit]
    world = _world_of(smpl, local, trans, skeleton, options, subject)
    local[:, 0] = multiply(world.turn_wxyz, rotations[:, names.index(skeleton.joint_names[0])])
    # trans is added to the root joint's zero position before the world is turned, and after: solve for what to add.
    zero = skeleton.zero_joints_m[0].astype(np.float64)
    fps = _ASSUMED_FPS if smpl.fps is None else smpl.fps
    say(f"{label}: {world.name} axes ({world.why}), {joints} joints, {fps:g} frames/s")
    for doubt in (world.doubt, _assumed_rate(smpl, subject)):
        if doubt is not None:
            say(doubt)
    if lost:
        say(f"{label}: the body has no {', '.join(lost[:4])}{' …' if len(lost) > 4 else ''}; left out")
    places = rotate(world.turn_wxyz, trans + zero)
    if smpl.trans is None:
        places = np.tile(zero, (len(poses), 1))
        say(f"{label}: no path; the root stays in place")
    elif options.unit == "auto":
        places = _in_metres(places, trans, world, skeleton, fps, label, say)
    motion = Motion(name, fps, skeleton.joint_names, (places - zero).astype(np.float32), local, smpl.betas)
    if smpl.trans is not None and options.ground == "keep" and world.doubt is None:
        motion = _on_its_floor(smpl, motion, skeleton, subject, label, say)
    for doubt in (*doubts_about(motion, skeleton, subject), bent_knees(motion, skeleton, subject)):
        if doubt is not None:
            say(doubt)
    return motion


def _in_radians(poses: Float64Array, subject: str, say: Say) -> Float64Array:
    angles = np.linalg.norm(poses, axis=2)
    if float((angles > _WHOLE_TURN_RAD).mean()) < _DEGREES_SHARE:
        return poses
    say(
        MotionError(
            "motion-degrees",
            subject,
            found=f"rotation vectors up to {float(angles.max()):.3g} long; taken as degrees",
            expected="radians, at most 2π",
            fix="Look at the result, and save the poses in radians.",
        )
    )
    return np.deg2rad(poses)


def _world_of(
    smpl: SmplMotion, local: Float32Array, trans: Float64Array, skeleton: Skeleton, options: MotionOptions, subject: str
) -> World:
    posed = skeleton.global_transforms(local, trans.astype(np.float32))
    top = skeleton.joint_names.index("head") if "head" in skeleton.joint_names else -1
    spine = posed[:, top, :, 3] - posed[:, 0, :, 3]
    heights = (trans + skeleton.zero_joints_m[0]) / leg_length_m(skeleton)
    return judged_world(spine, heights, given=options.axes, hints=((smpl.axes_hint, smpl.hint),), subject=subject)


def _assumed_rate(smpl: SmplMotion, subject: str) -> MotionError | None:
    if smpl.fps is not None:
        return None
    return MotionError(
        "motion-rate-assumed",
        subject,
        found=f"no frame rate; taken as {_ASSUMED_FPS:g} frames/s, which most videos have",
        expected="fps, or mocap_framerate",
        fix="Save the file with fps=…, where it is another.",
    )


def _in_metres(
    places: Float64Array, trans: Float64Array, world: World, skeleton: Skeleton, fps: float, label: str, say: Say
) -> Float64Array:
    unit = judged_path_unit(places, leg_length_m(skeleton), fps, label)
    if unit.note is not None:
        say(f"{label}: {unit.note}")
    if unit.doubt is not None:
        say(unit.doubt)
    if unit.factor == 1:
        return places
    return rotate(world.turn_wxyz, trans * unit.factor + skeleton.zero_joints_m[0])


def _on_its_floor(smpl: SmplMotion, motion: Motion, skeleton: Skeleton, subject: str, label: str, say: Say) -> Motion:
    """The motion with its path scaled to the legs of the body, where the subject's are others and the floor tells.

    Betas belong to the model of the capture, so what they say of the legs is read off the path: whose soles stand on a
    floor at zero with legs of his own stands above it with shorter ones.
    """
    above_m = soles_m(motion, skeleton)
    if abs(above_m) < _ON_FLOOR_M:
        return motion
    pelvis = motion.root_translation_m + skeleton.zero_joints_m[0]
    scale = 1 - above_m / max(float(np.median(pelvis[:, 1])), 1e-6)
    if smpl.floor_at_zero and smpl.has_shape and _SCALES[0] < scale < _SCALES[1]:
        say(
            f"{label}: its path is scaled by {scale:.3f}, for its subject (betas) has other legs than the body, whose "
            f"soles would be {above_m * 100:+.0f} cm off the floor"
        )
        root = (pelvis * scale - skeleton.zero_joints_m[0]).astype(np.float32)
        return replace(motion, root_translation_m=root)
    is_suspect = smpl.floor_at_zero or smpl.has_shape
    # A root that stays where the tool put it says nothing of a floor.
    stays = not is_suspect and float(np.ptp(motion.root_translation_m, axis=0).max()) < _STAYS_M
    if stays:
        say(f"{label}: its root stays in place, with soles {above_m * 100:+.0f} cm off the floor (--ground floor)")
    elif abs(above_m) > (_CLEARLY_OFF_M if is_suspect else _FAR_OFF_M):
        say(floating(above_m, subject))
    else:
        say(off_floor(label, above_m))
    return motion
