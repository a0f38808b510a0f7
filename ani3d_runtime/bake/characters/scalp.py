"""Hair on the head itself: short strokes that follow the way the hair is combed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.characters.figure import SKIN, BodyPoint, Figure, value_noise
from ani3d_runtime.bake.characters.light import cloth_shade
from ani3d_runtime.bake.characters.mesh import Mesh, Samples, scatter, unit
from ani3d_runtime.bake.characters.patch import Patch, Shape, mixed, patch_on, ramp
from ani3d_runtime.bake.characters.style import Style, colour

# Height of the hairline over the eyes by angle from the front, degrees and metres.
HAIRLINE_DEG = (0, 28, 45, 60, 72, 86, 104, 122, 180)
HAIRLINE_M = (0.067, 0.066, 0.054, 0.030, -0.004, -0.008, 0.012, -0.055, -0.072)


@dataclass(frozen=True)
class Scalp:
    """Where hair grows on a figure.

    Attributes:
        figure: the body.
        centre_m: [3] middle of the head.
        knot_m: [3] where the hair is combed to.
    """

    figure: Figure
    centre_m: Float64Array
    knot_m: Float64Array

    @classmethod
    def of(cls, figure: Figure, style: Style) -> Scalp:
        """The scalp of a figure; a ponytail is tied higher than loose hair parts."""
        eyes = figure.eye_centres_m().mean(axis=0)
        centre = np.array([0.0, eyes[1] + 0.02, figure.joint_m("head")[2] + 0.012])
        head = figure.skin.skin_weights[:, [12, 15]].sum(axis=1) > 0.5
        back = figure.skin.vertices_m[head][:, 2].min()
        knot = np.array([0.0, centre[1] + (0.045 if style.hair_cut == "ponytail" else 0.0), back - 0.008])
        return cls(figure, centre, knot)

    def faces(self) -> Int32Array:
        """[F', 3] faces of the head that may carry hair."""
        figure = self.figure
        head = figure.skin.skin_weights[:, [12, 15]].sum(axis=1) > 0.5
        chosen = head[figure.skin.faces].all(axis=1) & (figure.face_regions == SKIN)
        height = figure.skin.vertices_m[figure.skin.faces].mean(axis=1)[:, 1]
        return figure.skin.faces[chosen & (height > figure.joint_m("neck")[1])]

    def angle_deg(self, points_m: Float64Array) -> Float64Array:
        """[N] angle from straight ahead, 0 to 180."""
        relative = points_m - self.centre_m
        return np.abs(np.degrees(np.arctan2(relative[:, 0], relative[:, 2])))

    def above_hairline(self, samples: Samples) -> Float64Array:
        """[N] metres above the hairline; negative where no hair grows."""
        points = samples.mix(self.figure.skin.vertices_m)
        eyes_y = self.figure.eye_centres_m()[0, 1]
        line = np.interp(self.angle_deg(points), HAIRLINE_DEG, HAIRLINE_M) + eyes_y
        height = points[:, 1] - line + 0.004 * value_noise(points, 120, 9)
        head = BodyPoint(samples.mix(self.figure.skin.pattern))
        grows = head.weight("head") + 0.6 * head.weight("neck") > 0.55
        grows &= samples.mix(self.figure.mask("ears")) < 0.3
        return np.where(grows, height, -1.0)


def scalp_patch(scalp: Scalp, skin: Mesh, style: Style, count: int, rng: np.random.Generator) -> Patch:
    """About ``count`` strokes of combed hair over the skull."""
    # Hair covers less than half of the faces that may carry it.
    samples = scatter(skin.vertices_m, scalp.faces(), round(count * 1.9), rng)
    samples = samples.take(scalp.above_hairline(samples) > -0.001)
    height = scalp.above_hairline(samples)
    points = samples.mix(skin.vertices_m)
    normals = unit(samples.mix(skin.normals))
    flow = _combing(scalp, style, points)
    flow = unit(flow - (flow * normals).sum(axis=1, keepdims=True) * normals)
    streaks = _streaks(scalp, style, points)
    wild = rng.random(len(points))
    tone = np.clip(0.55 * streaks + 0.45 * wild, 0, 1) ** 1.5
    sheen = np.exp(-(((points[:, 1] - scalp.centre_m[1] - 0.058) / 0.020) ** 2)) * (0.4 + 0.6 * streaks)
    painted = mixed(colour(style.hair), colour(style.hair_shine), np.clip(0.62 * tone + 0.35 * sheen, 0, 1))
    thick = ramp(0, 0.022, height)
    volume = {"ponytail": 0.010, "short": 0.015, "long": 0.013}[style.hair_cut]
    ruffle = {"ponytail": 0.003, "short": 0.006, "long": 0.004}[style.hair_cut]
    lift = 0.0012 + volume * thick + ruffle * (wild - 0.3) * thick
    depth = 0.72 + 0.28 * wild
    length = 0.0088 * (0.45 + 0.55 * ramp(0, 0.012, height)) * np.sqrt(6000 / max(count, 1)) ** 0.5
    width = 0.46 * samples.spacing_m * (0.65 + 0.35 * thick)
    shape = Shape(samples, flow, normals, np.stack([length, width, 0.6 * width], axis=1))
    assert skin.light is not None
    shaded = cloth_shade(painted * depth[:, None], samples.mix(skin.light), depth=0.42)
    opacity = 0.93 * np.clip(0.25 + 0.75 * ramp(0, 0.007, height), 0, 1)
    return patch_on(skin, shape, shaded, part=Part.HAIR, lift_m=lift, opacity=opacity)


def _combing(scalp: Scalp, style: Style, points: Float64Array) -> Float64Array:
    if style.hair_cut == "ponytail":
        return scalp.knot_m - points
    parting = np.sign(points[:, 0]) * np.exp(-np.abs(points[:, 0]) / 0.05) * ramp(120, 80, scalp.angle_deg(points))
    sideways = 0.35 * parting if style.hair_cut == "short" else 0.75 * parting
    return np.stack([sideways, np.full(len(points), -1.0), np.full(len(points), -0.9)], axis=1)


def _streaks(scalp: Scalp, style: Style, points: Float64Array) -> Float64Array:
    """[N] 0..1 locks of lighter and darker hair along the combing direction."""
    if style.hair_cut == "ponytail":
        relative = points - scalp.knot_m
        angle = np.arctan2(relative[:, 0], relative[:, 1])
    else:
        angle = np.arctan2(points[:, 0], points[:, 1] - scalp.centre_m[1]) + 9 * points[:, 2]
    return 0.5 + 0.5 * np.sin(46 * angle + 3 * value_noise(points, 30, 4))
