"""Verdict: whether what was restored may be shown, must be looked at, or must not, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.coarse.piercing import Coverings
from ani3d_runtime.bake.coarse.render import WHITE, kept_share
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.restoration.restorer import RestoredClip
from ani3d_runtime.bake.restoration.video import RestoredVideo
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.render.rasterise import render_cloud
from ani3d_runtime.residual import ResidualLayer

Weight: TypeAlias = Literal["look", "stop"]

_PICTURES = 6
_SOLID = 0.5
# Steepness of restored pictures over that of coarse ones: a prior that only blurs comes to 0.5.
_SOFT, _BLURRED = 0.85, 0.6
# Colour this far from the coarse silhouette, as a share of the picture's height, is no cloth of this person.
_FAR = 0.12
_SEEN = 0.06
_GHOSTS, _MANY_GHOSTS = 3e-4, 5e-3
# Share of skin in what cloth covers at rest.
_PIERCED = 0.01
_IDENTITY_DB, _LOST_IDENTITY_DB = 32.0, 24.0
_FARTHEST_M = 0.8


@dataclass(frozen=True)
class Reason:
    """Something that speaks against showing a clip.

    Attributes:
        weight: whether it wants a look, or stops.
        text: one sentence with the figure that it rests on.
    """

    weight: Weight
    text: str


@dataclass(frozen=True)
class Verdict:
    """Of a bake."""

    reasons: tuple[Reason, ...]

    @property
    def word(self) -> str:
        """``good``, ``look at these`` or ``do not ship``."""
        weights = {reason.weight for reason in self.reasons}
        return "do not ship" if "stop" in weights else "look at these" if weights else "good"


def verdict_on(
    avatar: Avatar,
    clips: Sequence[RestoredClip],
    truths: Sequence[ResidualLayer | None],
    warnings: Sequence[Ani3dError],
) -> Verdict:
    """What speaks against clips.

    Args:
        avatar: of all of them.
        clips: restored.
        truths: the true layer of each, where it is known.
        warnings: what the bake doubted.
    """
    reasons = [Reason("look", f"{warning.subject}: {warning.found} ({warning.code}).") for warning in warnings]
    for clip, truth in zip(clips, truths, strict=True):
        named = [*_of_videos(clip), *_of_layer(avatar, clip)]
        if truth is not None:
            named += _of_truth(avatar, clip, truth)
        reasons += [Reason(reason.weight, f"{clip.motion.name}: {reason.text}") for reason in named]
    return Verdict(tuple(reasons))


def distances_mm(avatar: Avatar, clip: RestoredClip, truth: ResidualLayer) -> tuple[float, float]:
    """Mean distance to the truth, in the world, of what the truth moves: of the rigid layer and of the restored one."""
    posers = [MotionPoser(avatar, clip.motion, layer) for layer in (truth, None, clip.restoration.layer)]
    gaps: list[list[float]] = []
    for time_s in np.linspace(0, clip.motion.duration_s, 4 * _PICTURES).tolist():
        true, *others = (poser.pose(time_s).cloud.means_m[truth.indices] for poser in posers)
        gaps.append([1e3 * float(np.linalg.norm(other - true, axis=1).mean()) for other in others])
    rigid, restored = np.mean(gaps, axis=0).tolist()
    return rigid, restored


def _of_videos(clip: RestoredClip) -> list[Reason]:
    steepness = float(np.mean([_relative_steepness(video) for video in clip.videos]))
    ghosts = float(np.mean([_ghosts(video) for video in clip.videos]))
    reasons: list[Reason] = []
    if steepness < _SOFT:
        weight: Weight = "stop" if steepness < _BLURRED else "look"
        reasons.append(Reason(weight, f"the prior's cloth is {steepness:.2f} times as sharp as the coarse one."))
    if ghosts > _GHOSTS:
        weight = "stop" if ghosts > _MANY_GHOSTS else "look"
        reasons.append(Reason(weight, f"{ghosts:.2%} of the prior's pixels are colour far from the person: ghosts."))
    return reasons


def _of_layer(avatar: Avatar, clip: RestoredClip) -> list[Reason]:
    layer = clip.restoration.layer
    reasons: list[Reason] = []
    pierced, identity_db = _seen(avatar, clip, Coverings.of(avatar))
    if pierced > _PIERCED:
        reasons.append(Reason("look", f"skin has come through cloth: {pierced:.1%} of what garments should cover."))
    if identity_db < _IDENTITY_DB:
        weight: Weight = "stop" if identity_db < _LOST_IDENTITY_DB else "look"
        reasons.append(Reason(weight, f"preserved skin has changed: {identity_db:.1f} dB to the rigid layer."))
    farthest = float(np.linalg.norm(layer.dpos_m, axis=2).max()) if len(layer.indices) else 0.0
    if farthest > _FARTHEST_M:
        reasons.append(Reason("look", f"some cloth or hair is {farthest:.2f} m from the rigid layer."))
    if not len(layer.indices):
        reasons.append(Reason("stop", "nothing moves."))
    return reasons


def _of_truth(avatar: Avatar, clip: RestoredClip, truth: ResidualLayer) -> list[Reason]:
    rigid, restored = distances_mm(avatar, clip, truth)
    if restored >= rigid:
        text = f"restored cloth is {restored:.0f} mm from the simulation, the rigid layer {rigid:.0f} mm."
        return [Reason("stop", text)]
    return []


def _relative_steepness(video: RestoredVideo) -> float:
    """Of restored pictures over coarse ones, where cloth shows in both."""
    shares: list[float] = []
    for index in _spread(len(video.rgb)):
        where = (video.coarse.alpha[index] > 0.9) & (video.coarse.preserve[index] < 0.1)
        if where.sum() > 20:
            shares.append(_steepness(video.rgb[index], where) / max(_steepness(video.coarse.rgb[index], where), 1e-6))
    return float(np.mean(shares)) if shares else 1.0


def _steepness(picture: Float32Array, where: NDArray[np.bool_]) -> float:
    down, right = np.gradient(picture.mean(axis=2))
    return float(np.hypot(down, right)[where].mean())


def _ghosts(video: RestoredVideo) -> float:
    """Share of pixels that are coloured, and far from every person of the coarse video."""
    shares: list[float] = []
    for index in _spread(len(video.rgb)):
        far = ndimage.distance_transform_edt(video.coarse.alpha[index] < _SOLID)
        away = np.asarray(far) > _FAR * video.rgb.shape[1]
        shares.append(float((away & (video.rgb[index].min(axis=2) < 1 - _SEEN)).mean()))
    return float(np.mean(shares))


def _seen(avatar: Avatar, clip: RestoredClip, coverings: Coverings) -> tuple[float, float]:
    """Share of skin in what garments should cover, and PSNR of preserved pixels against the rigid layer."""
    poser = MotionPoser(avatar, clip.motion, clip.restoration.layer)
    keep = np.repeat(kept_share(avatar.binding.parts)[:, None], 3, axis=1)
    through, covered, squares, pixels = 0.0, 0.0, 0.0, 0.0
    for video in clip.videos:
        for index in _spread(len(video.rgb)):
            camera, time_s = video.trajectory.cameras[index], float(video.trajectory.times_s[index])
            posed = poser.pose(time_s)
            shown = render_cloud(posed.cloud, camera, colours=keep)
            right = coverings.unpierced(posed, camera)
            without = render_cloud(posed.take(right).cloud, camera, colours=keep[right])
            cloth = without.alpha - without.rgb[..., 0] > _SOLID
            through += float((cloth & (shown.rgb[..., 0] > _SOLID)).sum())
            covered += float(cloth.sum())
            colours = posed.colours_seen_from(camera.position_m)
            picture = render_cloud(posed.cloud, camera, colours=colours, background=WHITE).rgb.clip(0, 1)
            kept = (video.coarse.preserve[index] > 0.95) & (shown.rgb[..., 0] > 0.95)
            squares += float(((picture - video.coarse.rgb[index])[kept] ** 2).sum())
            pixels += 3.0 * float(kept.sum())
    return through / max(covered, 1.0), float(-10 * np.log10(max(squares / max(pixels, 1.0), 1e-10)))


def _spread(count: int) -> list[int]:
    return np.unique(np.linspace(0, count - 1, _PICTURES).astype(int)).tolist()
