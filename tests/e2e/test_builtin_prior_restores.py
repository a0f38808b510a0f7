"""The weights in the package restore the held-out dancer in the held-out dance."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.bake.characters.build import build_character
from ani3d_runtime.bake.coarse.render import render_coarse
from ani3d_runtime.bake.coarse.velocity import vector_map
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.prior.builtin.restorer import BuiltinPrior
from ani3d_runtime.bake.prior.prior import RestoreRequest
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.bake.sampling.trajectory import TrajectoryPlan, diagonal_trajectories
from ani3d_runtime.body.readers import read_motion


def psnr(error: np.ndarray) -> float:
    return float(-10 * np.log10(np.square(error).mean()))


def test_restored_pictures_are_nearer_to_the_truth_and_guesses_to_where_cloth_goes() -> None:
    character = build_character("dancer", detail=5_500)
    # The whirl of the dance: the rigid skirt is at its worst.
    motion = read_motion("dance", character.avatar.skeleton).slice(124, 204)
    layer = character.simulate(motion)
    framing = Framing.around(character.avatar, motion, 128, 128)
    path = diagonal_trajectories(framing, motion.duration_s, TrajectoryPlan(40, 1, fps=15.0))[0]
    coarse = render_coarse(character.avatar, motion, path)
    truth = render_coarse(character.avatar, motion, path, layer=layer)
    request = RestoreRequest.checked(
        coarse.rgb, coarse.preserve, coarse.control, coarse.rgb[0], coarse.fps, coarse.velocity_m_s
    )
    prior = load_prior("builtin")
    assert isinstance(prior, BuiltinPrior)
    restored = prior.restore(request, prior.description.default_sampling, lambda share: None)
    changed = np.abs(coarse.rgb - truth.rgb).max(axis=-1) > 0.04
    assert psnr((restored - truth.rgb)[changed]) > psnr((coarse.rgb - truth.rgb)[changed]) + 0.5

    rigid, moved = MotionPoser(character.avatar, motion), MotionPoser(character.avatar, motion, layer)
    went = []
    for camera, time_s in zip(path.cameras, path.times_s.tolist(), strict=True):
        before = rigid.pose(time_s)
        went.append(vector_map(before, moved.pose(time_s).cloud.means_m - before.cloud.means_m, camera))
    truly = np.stack(went)
    far = np.linalg.norm(truly, axis=-1) > 0.01
    missed = np.linalg.norm(prior.guess(request).displacement_m - truly, axis=-1)[far].mean()
    assert missed < 0.97 * np.linalg.norm(truly, axis=-1)[far].mean()
