"""Projection and colours against the plain torch reference that gsplat 1.5.3 ships and that runs without CUDA."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gsplat.cuda._torch_impl import _fully_fused_projection, _quat_scale_to_covar_preci, _spherical_harmonics

from ani3d_runtime.geometry.harmonics import evaluate_sh
from ani3d_runtime.render import projection
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.rasterise import Rasterisation, RasterOptions

WIDTH, HEIGHT = 70, 50
# gsplat rounds what a Gaussian reaches up to whole pixels before it drops those outside the image.
INSIDE = slice(0, 200)


@pytest.mark.parametrize("antialiased", [False, True])
def test_projected_gaussians_are_those_of_gsplat(antialiased: bool) -> None:
    rng = np.random.default_rng(5)
    means = np.concatenate([rng.normal(0, 0.3, (200, 3)), rng.normal(0, 3, (200, 3))]).astype(np.float32)
    quats = rng.normal(size=(400, 4)).astype(np.float32)
    scales = np.exp(rng.normal(-2.5, 0.7, (400, 3))).astype(np.float32)
    opacities = rng.uniform(0.1, 1, 400).astype(np.float32)
    camera = Camera.look_at((0.4, 0.3, 2.5), (0, 0, 0), (0, 1, 0), 0.7, WIDTH, HEIGHT)
    pass_ = Rasterisation(
        means,
        quats,
        scales,
        opacities,
        camera,
        colours=np.ones((400, 3)),
        options=RasterOptions(antialiased=antialiased),
    )
    records = pass_.records
    double = [torch.from_numpy(array).double() for array in (means, quats, scales)]
    covariances, _ = _quat_scale_to_covar_preci(double[1], double[2], True, False, triu=False)
    _, positions, depths, conics, compensations = _fully_fused_projection(
        double[0],
        covariances,
        torch.from_numpy(camera.world_to_camera)[None].double(),
        torch.from_numpy(camera.intrinsics_px)[None].double(),
        WIDTH,
        HEIGHT,
        calc_compensations=antialiased,
    )
    shown = records[:, projection.REACH_Y] > 0
    assert shown[INSIDE].all()
    assert not shown.all()
    expected = np.stack([*positions[0].T.numpy(), *conics[0].T.numpy(), depths[0].numpy()], axis=1)[shown]
    # The records of what is not shown hold nothing.
    drawn = records[shown]
    found = drawn[:, [projection.MEAN_X, projection.MEAN_Y, 0, 0, 0, projection.DEPTH]].copy()
    found[:, 2] = 2 * drawn[:, projection.HALF_A]
    found[:, 3] = drawn[:, projection.B]
    found[:, 4] = 2 * drawn[:, projection.HALF_C]
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-5)
    seen = opacities[shown] * (compensations[0].numpy()[shown] if antialiased else 1)
    np.testing.assert_allclose(records[shown, projection.OPACITY], seen, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_harmonics_are_those_of_gsplat(degree: int) -> None:
    rng = np.random.default_rng(degree)
    sh = rng.normal(0, 0.3, (50, (degree + 1) ** 2, 3)).astype(np.float32)
    directions = rng.normal(size=(50, 3)).astype(np.float32)
    theirs = _spherical_harmonics(degree, torch.from_numpy(directions), torch.from_numpy(sh))
    np.testing.assert_allclose(evaluate_sh(sh, directions), np.maximum(theirs.numpy() + 0.5, 0), atol=1e-5)
