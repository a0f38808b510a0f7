"""Clothes that lie on the body: fitted tops, trunks, shorts and trousers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.characters.figure import SKIN, BodyPoint, Figure, value_noise
from ani3d_runtime.bake.characters.light import cloth_shade
from ani3d_runtime.bake.characters.mesh import Mesh, Samples, scatter
from ani3d_runtime.bake.characters.patch import BorderFields, Patch, aligned_to_borders, mixed, patch_on, shaped_samples
from ani3d_runtime.bake.characters.style import Style, colour
from ani3d_runtime.bake.characters.wardrobe import Wardrobe

TOP_LIFT_M = 0.008
TROUSER_LIFT_M = 0.005
SHORTS_LIFT_M = 0.007
STRIPE_M = 0.045
TRIM_M = 0.013


def top_patch(
    figure: Figure, shell: Mesh, style: Style, wardrobe: Wardrobe, count: int, rng: np.random.Generator
) -> Patch:
    """Striped blouse or plain sweater with trimmed neck and sleeves."""
    stripes_end = figure.joint_m("spine3")[1] + 0.04
    striped = style.has_skirt

    def borders(pattern: Float64Array) -> Float64Array:
        p = BodyPoint(pattern)
        fields = [
            wardrobe.top(p),
            wardrobe.neckline(p) - TRIM_M,
            wardrobe.sleeve(p) - TRIM_M,
        ]
        if striped:
            fields += [np.sin((p.y - wardrobe.waist_m) * 2 * np.pi / STRIPE_M) - 0.25, stripes_end - p.y]
        else:
            fields += [p.y - (wardrobe.waist_m - 0.055)]
        return np.stack(fields, axis=1)

    samples = _covering(figure, shell, wardrobe.top, borders, count, rng)
    shape = aligned_to_borders(shell, shaped_samples(shell, samples), borders)
    pattern = shape.samples.mix(shell.pattern)
    inside = borders(pattern)
    p = BodyPoint(pattern)
    cloth, trim = colour(style.top), colour(style.trim)
    painted = cloth * (1 + 0.012 * value_noise(p.position, 60, 5))[:, None]
    if striped:
        painted = np.where(((inside[:, 3] > 0) & (inside[:, 4] > 0))[:, None], mixed(cloth, trim, 0.94), painted)
    else:
        painted = np.where((inside[:, 3] < 0)[:, None], cloth * 0.80, painted)
    painted = np.where((np.minimum(inside[:, 1], inside[:, 2]) < 0)[:, None], trim, painted)
    assert shell.light is not None
    shaded = cloth_shade(painted, samples.mix(shell.light), depth=0.46)
    return patch_on(shell, shape, shaded, part=Part.GARMENT, lift_m=TOP_LIFT_M, opacity=0.99)


def trouser_patch(
    figure: Figure, shell: Mesh, style: Style, wardrobe: Wardrobe, count: int, rng: np.random.Generator
) -> Patch:
    """Trunks, running shorts with a side stripe, or worn jeans."""
    hip = figure.joint_m("left_hip")

    def borders(pattern: Float64Array) -> Float64Array:
        p = BodyPoint(pattern)
        side = 0.011 - np.abs(p.z - hip[2])
        stripe = side if style.trouser_hem == "thigh" else np.full(len(side), -1.0)
        stripe = np.where(np.abs(p.x) > hip[0] * 0.85, stripe, -0.05)
        return np.stack(
            [wardrobe.trousers(p), stripe, wardrobe.waist_m - (0.115 if style.has_loose_shirt else 0.02) - p.y], axis=1
        )

    samples = _covering(figure, shell, wardrobe.trousers, borders, count, rng)
    shape = aligned_to_borders(shell, shaped_samples(shell, samples), borders)
    pattern = shape.samples.mix(shell.pattern)
    inside = borders(pattern)
    p = BodyPoint(pattern)
    cloth = colour(style.bottom)
    painted = cloth * (1 + 0.02 * value_noise(p.position, 50, 7))[:, None]
    if style.trouser_hem == "ankle":
        worn = np.exp(-(((p.y - figure.joint_m("left_knee")[1] - 0.16) / 0.14) ** 2)) * (p.z > hip[2])
        painted = mixed(painted, np.array([0.42, 0.46, 0.55]), 0.30 * worn)
    elif style.trouser_hem == "thigh":
        painted = np.where((inside[:, 1] > 0)[:, None], colour(style.trim), painted)
    painted = np.where((inside[:, 2] < 0)[:, None], cloth * 0.75, painted)
    assert shell.light is not None
    shaded = cloth_shade(painted, samples.mix(shell.light), depth=0.40)
    lift = SHORTS_LIFT_M if style.trouser_hem == "thigh" else TROUSER_LIFT_M
    return patch_on(shell, shape, shaded, part=Part.GARMENT, lift_m=lift, opacity=0.99)


def _covering(
    figure: Figure,
    shell: Mesh,
    cut: Callable[[BodyPoint], Float64Array],
    borders: BorderFields,
    count: int,
    rng: np.random.Generator,
) -> Samples:
    """Samples inside ``cut``, about ``count`` of them, twice as dense near ``borders``."""
    corner_values = cut(BodyPoint(shell.pattern))[shell.faces]
    chosen = (figure.face_regions == SKIN) & (corner_values.max(axis=1) > 0)
    faces = shell.faces[chosen]
    values = borders(shell.pattern)[faces]
    crossed = ((values.min(axis=1) < 0) & (values.max(axis=1) > 0)).any(axis=1)
    samples = scatter(shell.vertices_m, faces, count, rng, 1 + 1.3 * crossed)
    return samples.take(cut(BodyPoint(samples.mix(shell.pattern))) > 0)
