"""What physics makes of a subject without its truth: a proxy grown from its own Gaussians, and the live driver."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.driver_fit.clip_tracks import clip_tracks
from ani3d_runtime.bake.driver_fit.fit import fit_to_clips
from ani3d_runtime.bake.driver_fit.practice import Practice
from ani3d_runtime.bake.simulate.foreign import simulate_foreign
from ani3d_runtime.bake.simulate.skinning import blended, taken_back
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.deformation import Frame
from ani3d_runtime.geometry.quaternion import conjugate, multiply, rotation_vector_from_quaternion
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.driver import NodeDriver
from ani3d_runtime.progress import silent
from ani3d_runtime.residual import ResidualLayer
from benchmarks.restoration.subject import Subject

# Made-up motions of four seconds: the first is baked, the driver practises the others.
_BAKED, _PRACTISED = 1, 3


def proxy_layer(subject: Subject) -> ResidualLayer:
    """What ``--residual simulated`` gives for a PLY: nobody knows how the garment was cut."""
    return simulate_foreign(subject.avatar, subject.body, subject.motion)


def driver_layer(subject: Subject) -> ResidualLayer:
    """What the driver of a package plays that holds none of the subject's motion."""
    made_up = Practice(subject.character.simulate, _BAKED + _PRACTISED).motions(subject.avatar.skeleton)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made-up.a3d"
        clips = [ClipSource(m.name, m, subject.character.simulate(m)) for m in made_up[:_BAKED]]
        write_package(path, subject.avatar, clips, bounds=PartBounds.of_quality("preview"))
        with Package.open(path) as package:
            practice = Practice(subject.character.simulate, _BAKED + _PRACTISED)
            tracks = practice.tracks(package, package.order, silent)[_BAKED:]
            model = fit_to_clips(package, clip_tracks(package), silent, tracks)
            rest = package.deformation.node_rest_m.astype(np.float64)
            driver = NodeDriver(model, package.skeleton, rest, package.deformation.corrective_count)
            return _played(subject, package, driver)


def _played(subject: Subject, package: Package, driver: NodeDriver) -> ResidualLayer:
    """The residual of what a driver shows, in the subject's order of Gaussians."""
    motion, avatar = subject.motion, subject.avatar
    shown = Deformer(package.avatar(), package.deformation)
    order, poses = package.input_order, _poses(motion)
    past = [] if motion.before is None else _poses(motion.before)
    driver.reset((past or poses)[0])
    for pose in past:
        driver.step(pose, 1 / motion.fps)
    transforms = avatar.skeleton.skinning_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)
    moved = np.flatnonzero(subject.loose).astype(np.int32)
    dpos = np.empty((motion.frame_count, len(moved), 3), np.float32)
    drot = np.empty_like(dpos)
    plain = Deformer(avatar)
    for index, pose in enumerate(poses):
        driven = driver.step(pose, 1 / motion.fps)
        frame = _frame(pose, driven.node_displacements_m, driven.node_rotations_wxyz, driven.coefficients)
        nothing = np.zeros((0, 3), np.float32), np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
        posed = shown.pose(frame).take(order).take(moved)
        stiff = plain.pose(_frame(pose, *nothing)).take(moved)
        matrices = blended(avatar.binding.joints[moved], avatar.binding.weights[moved], transforms[index])
        dpos[index] = taken_back(matrices, posed.cloud.means_m) - avatar.splats.means_m[moved]
        turned = multiply(conjugate(stiff.view_rotations_wxyz), posed.view_rotations_wxyz)
        drot[index] = rotation_vector_from_quaternion(turned)
    return ResidualLayer(avatar.count, moved, dpos, drot)


def _poses(motion: Motion) -> list[Pose]:
    return list(map(Pose, motion.root_translation_m, motion.joint_rotations_wxyz))


def _frame(pose: Pose, moves: Float32Array, turns: Float32Array, coefficients: Float32Array) -> Frame:
    return Frame(0.0, pose.root_translation_m, pose.joint_rotations_wxyz, moves, turns, coefficients)
