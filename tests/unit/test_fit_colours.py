"""Colours fitted to a picture: what is seen follows it, what is not follows its likes, other pictures are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.characters import build_character
from ani3d_runtime.bake.coarse.render import WHITE
from ani3d_runtime.bake.restoration.colours import fit_colours
from ani3d_runtime.bake.restoration.reference import rendered_reference
from ani3d_runtime.errors import InputError
from ani3d_runtime.render.camera import Orbit
from ani3d_runtime.render.rasterise import render_cloud


def recoloured(avatar: Avatar) -> Avatar:
    """Red cloth turned blue, hair lighter."""
    sh = avatar.splats.sh.copy()
    garment = avatar.binding.parts == Part.GARMENT
    sh[garment, 0] = sh[garment, 0][:, [2, 1, 0]]
    sh[avatar.binding.parts == Part.HAIR, 0] += 0.6
    return replace(avatar, splats=avatar.splats.with_sh(sh))


def seen_from(avatar: Avatar, azimuth_rad: float) -> Float32Array:
    low, high = avatar.splats.means_m.min(axis=0), avatar.splats.means_m.max(axis=0)
    orbit = Orbit(width_px=128, height_px=128)
    camera = orbit.camera((low + high) / 2, azimuth_rad, 4.4)
    return render_cloud(avatar.splats, camera, background=WHITE).rgb.clip(0, 1)


def test_the_avatar_takes_on_the_colours_of_another_picture() -> None:
    avatar = build_character("dancer", detail="low").avatar
    goal = recoloured(avatar)
    # A picture of another size, with the person somewhere else in it.
    picture = np.pad(rendered_reference(goal)[::2, ::2], ((10, 40), (30, 0), (0, 0)), constant_values=1.0)
    done: list[float] = []
    fit = fit_colours(avatar, picture, done.append)
    assert done[-1] == 1.0
    assert fit.overlap > 0.9
    assert fit.error_after < 0.25 * fit.error_before

    def error(candidate: Avatar, azimuth_rad: float) -> float:
        return float(np.abs(seen_from(candidate, azimuth_rad) - seen_from(goal, azimuth_rad)).mean())

    assert error(fit.avatar, 0.0) < 0.35 * error(avatar, 0.0)
    assert error(fit.avatar, np.pi) < 0.6 * error(avatar, np.pi)
    for name in ("means_m", "quats_wxyz", "scales_m", "opacities"):
        np.testing.assert_array_equal(getattr(fit.avatar.splats, name), getattr(avatar.splats, name))
    np.testing.assert_array_equal(fit.avatar.splats.sh[:, 1:], avatar.splats.sh[:, 1:])
    sideways = np.ascontiguousarray(picture.transpose(1, 0, 2))
    with pytest.raises(InputError) as refused:
        fit_colours(avatar, sideways, done.append)
    assert refused.value.code == "reference-other-pose"
    with pytest.raises(InputError) as refused:
        fit_colours(avatar, np.ones((64, 64, 3), np.float32), done.append)
    assert refused.value.code == "reference-empty"
