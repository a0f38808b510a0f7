"""Skin: body and face, with colours painted by landmarks."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.characters.figure import CAVITY, EYE_BACK, EYE_FRONT, BodyPoint, Figure, value_noise
from ani3d_runtime.bake.characters.light import skin_shade
from ani3d_runtime.bake.characters.mesh import Mesh, scatter, smoothed
from ani3d_runtime.bake.characters.patch import Patch, aligned_to_borders, mixed, patch_on, ramp, shaped_samples
from ani3d_runtime.bake.characters.style import Style, colour
from ani3d_runtime.bake.characters.wardrobe import Wardrobe


def skin_patch(
    figure: Figure, skin: Mesh, style: Style, wardrobe: Wardrobe, count: int, rng: np.random.Generator
) -> Patch:
    """Body and face, without what clothes hide. About ``count`` Gaussians before hiding."""
    samples = scatter(skin.vertices_m, skin.faces, count, rng, _density(figure))
    point = BodyPoint(samples.mix(skin.pattern))
    samples = samples.take(~wardrobe.hides_skin(point))
    point = BodyPoint(samples.mix(skin.pattern))
    masks = {name: figure.mask(name) for name in _MASKS}
    lips = Mesh(skin.vertices_m, skin.faces, skin.skin_weights, smoothed(masks["lips"][:, None], skin.faces, 1))
    shape = aligned_to_borders(
        lips, shaped_samples(skin, samples, spread=SKIN_SPREAD), lambda pattern: pattern - LIP_EDGE
    )
    samples = shape.samples
    point = BodyPoint(samples.mix(skin.pattern))
    at_samples = {name: samples.mix(values) for name, values in masks.items()}
    at_samples["lips"] = samples.mix(lips.pattern)[:, 0]
    painted = _painted(figure, style, point, at_samples, shape.normals)
    assert skin.light is not None
    shaded = skin_shade(painted, samples.mix(skin.light))
    patch = patch_on(skin, shape, shaded, part=Part.SKIN, opacity=0.97)
    return _with_face_label(patch, figure, point)


LIP_EDGE = 0.40
# Skin has nothing bright behind it to shine through, and a face wants its detail.
SKIN_SPREAD = 0.70
_MASKS = ("lips", "ears", "eyelids", "fingernails", "toenails")


def _density(figure: Figure) -> Float64Array:
    """[F] samples per area: a face is looked at more closely than a shin."""
    zero = figure.skin.pattern[:, :3][figure.skin.faces].mean(axis=1)
    point = BodyPoint(figure.skin.pattern[figure.skin.faces].mean(axis=1))
    left, right = figure.eye_centres_m()
    middle = (left + right) / 2
    to_eye = np.minimum(np.linalg.norm(zero - left, axis=1), np.linalg.norm(zero - right, axis=1))
    to_mouth = np.linalg.norm((zero - middle - [0, -0.062, 0.01]) / [1.25, 1, 1.5], axis=1)
    head = point.weight("neck", "head")
    face = head * (zero[:, 2] > figure.joint_m("head")[2] - 0.01)
    density = 1 + 0.6 * head + 4.0 * face + 2.2 * point.weight("wrist", "hand")
    density += 11 * np.exp(-((to_eye / 0.026) ** 2)) + 9 * np.exp(-((to_mouth / 0.030) ** 2))
    scalp = (zero[:, 1] > middle[1] + 0.085) & (head > 0.5)
    density[scalp] = 0.4
    density[np.isin(figure.face_regions, (EYE_BACK, EYE_FRONT, CAVITY))] = 0
    return density


def _painted(
    figure: Figure, style: Style, point: BodyPoint, masks: dict[str, Float64Array], normals: Float64Array
) -> Float64Array:
    """[N, 3] skin colour before light."""
    base, blush = colour(style.skin), colour(style.blush)
    middle = figure.eye_centres_m().mean(axis=0)
    folded, position = point.folded, point.position

    def spot(centre: tuple[float, float, float], radii: tuple[float, float, float] | float) -> Float64Array:
        offset = (folded - (middle * [0, 1, 1] + np.array(centre))) / np.array(radii)
        return np.exp(-(offset**2).sum(axis=1))

    red = 0.55 * spot((0.046, -0.040, -0.012), (0.024, 0.019, 0.05))  # cheeks
    red += 0.42 * spot((0.0, -0.040, 0.030), 0.016)  # nose tip
    red += 0.12 * spot((0.0, 0.055, 0.0), (0.05, 0.03, 0.05))  # forehead
    red += 0.30 * spot((0.0, -0.104, 0.0), (0.03, 0.016, 0.05))  # chin
    red += 0.42 * masks["ears"] + 0.22 * masks["eyelids"]
    for name in ("left_knee", "right_knee", "left_elbow", "right_elbow", "left_foot", "right_foot"):
        red += 0.20 * np.exp(-(((position - figure.joint_m(name)) / 0.05) ** 2).sum(axis=1))
    red += 0.26 * point.weight("hand")
    # Where the surface bends most, light leaves again through thin tissue.
    tone = 1 + 0.016 * value_noise(position, 40, 1) + 0.010 * value_noise(position, 150, 2)
    result = mixed(base, blush, np.clip(red, 0, 1)) * tone[:, None]

    under_eye = spot((0.028, -0.016, 0.005), (0.016, 0.006, 0.03))
    result = mixed(result, result * [0.88, 0.84, 0.90], 0.55 * under_eye)
    socket = spot((0.030, 0.0095, 0.0), (0.019, 0.0075, 0.03))
    result = mixed(result, result * [0.80, 0.70, 0.68], 0.55 * socket)
    nose_side = spot((0.013, -0.047, 0.012), (0.004, 0.006, 0.02))
    result = mixed(result, result * [0.80, 0.68, 0.64], 0.6 * nose_side)
    philtrum = spot((0.0, -0.058, 0.02), (0.0035, 0.006, 0.02))
    result = mixed(result, result * [0.92, 0.86, 0.84], 0.6 * philtrum)
    if style.freckles:
        grain = value_noise(position, 520, 11, octaves=2)
        where = spot((0.030, -0.035, 0.0), (0.032, 0.016, 0.06)) + spot((0.0, -0.022, 0.02), 0.018)
        amount = style.freckles * ramp(0.55, 1.1, grain) * np.clip(where, 0, 1)
        result = mixed(result, result * [0.78, 0.62, 0.52], amount)

    lips = ramp(LIP_EDGE - 0.12, LIP_EDGE + 0.12, masks["lips"])
    mouth_y = middle[1] - 0.0715
    lip = np.tile(colour(style.lip), (len(position), 1))
    lower = ramp(mouth_y + 0.002, mouth_y - 0.004, position[:, 1])
    lip *= (0.90 + 0.16 * lower)[:, None]
    shine = np.exp(-(((position[:, 1] - mouth_y + 0.0075) / 0.0028) ** 2) - (position[:, 0] / 0.013) ** 2)
    lip = mixed(lip, np.array([0.98, 0.84, 0.82]), 0.35 * shine)
    inward = ramp(0.35, -0.25, normals[:, 2]) * lips
    lip = mixed(lip, lip * 0.45, inward)
    result = mixed(result, lip, 0.66 * lips)

    nails = np.maximum(masks["fingernails"], masks["toenails"])
    return mixed(result, np.array([0.93, 0.76, 0.71]), 0.65 * ramp(0.3, 0.7, nails))


def _with_face_label(patch: Patch, figure: Figure, point: BodyPoint) -> Patch:
    middle = figure.eye_centres_m().mean(axis=0)
    face = (point.weight("head") > 0.5) & (point.z > middle[2] - 0.085) & (point.y < middle[1] + 0.07)
    patch.parts[face] = int(Part.FACE)
    return patch
