"""Guessing what each Gaussian belongs to: skin, face, hair, garment or accessory.

Three things tell: the joint it hangs on, how far it stands off the body, and whether its colour is this person's skin,
learnt from face and hands. Shoes count as accessories: they are stiff.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.binding.colour_space import lab_of
from ani3d_runtime.bake.binding.surface import BodySurface
from ani3d_runtime.bake.binding.weights import SurfaceBinding
from ani3d_runtime.errors import InputError
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion
from ani3d_runtime.npz import NpzArchive
from ani3d_runtime.splats import SplatCloud

_HEAD = ("head", "jaw", "left_eye_smplhf", "right_eye_smplhf")
_FEET = ("left_ankle", "right_ankle", "left_foot", "right_foot")
_HANDS = ("left_wrist", "right_wrist", "left_hand", "right_hand")
# Where long hair can be: a brown arm in the shade must not turn into hair.
_UNDER_HAIR = (*_HEAD, "neck", "spine2", "spine3", "left_collar", "right_collar", "left_shoulder", "right_shoulder")
# What carries hair: never an arm, or lowering it would lift the hair that hangs over the shoulder.
_CARRIES_HAIR = ("head", "neck", "spine3")
# CIELAB distances. Shade changes lightness most, so it counts little for whether a colour is the skin's.
_SKIN_TOLERANCE, _SKIN_LIGHTNESS = 16.0, 0.5
_HAIR_TOLERANCE, _HAIR_LIGHTNESS = 14.0, 0.7
# A scalp as near to the skin's colour as this is bald.
_BALD_TOLERANCE = 8.0
_OFF_SKIN_M = 0.025
# Long hair lies on clothes and strands lie on the face; what lies closer is clothes or face.
_OFF_BACK_M, _OFF_FACE_M = 0.012, 0.008
# A strand is so many times longer than wide, and goes on in its neighbour's direction.
_STRAND_LENGTH, _STRAND_COSINE = 2.5, 0.8
# Cosines of the turn from straight ahead, seen from the middle of the head.
_FACE_FORWARD, _FACE_MIDDLE, _SCALP_FORWARD = 0.3, 0.5, -0.2
_HAIRLINE_QUANTILE = 0.97
# Fewer Gaussians than this tell nothing about a colour.
_FEWEST = 20
_TONE_SAMPLES = 600
_MODE_ROUNDS = 3
# Skin at an edge: at most this share of the way to the garment's colour, beside so many others.
_CLEARLY, _FEWEST_BESIDE = 0.5, 2


def guess_parts(
    cloud: SplatCloud, bound: SurfaceBinding, surface: BodySurface, joint_names: tuple[str, ...]
) -> UInt8Array:
    """[N] labels, values of :class:`Part`."""
    head = _share(bound, joint_names, _HEAD) > 0.6
    feet = _share(bound, joint_names, _FEET) > 0.6
    if head.sum() < _FEWEST:
        return np.full(cloud.count, int(Part.GARMENT), dtype=np.uint8)
    from_middle = surface.zero_points_m[bound.anchors] - surface.zero_points_m[bound.anchors[head]].mean(axis=0)
    forward = from_middle[:, 2] / np.maximum(np.linalg.norm(from_middle[:, ::2], axis=1), 1e-6)
    height = from_middle[:, 1]
    close = bound.distances_m < _OFF_SKIN_M
    lab = lab_of(cloud)
    front = head & close & (forward > _FACE_FORWARD)
    skin_tone = _skin_tone(lab, front, _share(bound, joint_names, _HANDS) > 0.5)
    hair_like = _hair_likeness(lab, skin_tone, head & (forward < _SCALP_FORWARD) & (height > 0))
    hair_like &= _share(bound, joint_names, _UNDER_HAIR) > 0.5
    skin_like = (_colour_distance(lab, skin_tone, _SKIN_LIGHTNESS) < _SKIN_TOLERANCE) & ~hair_like
    parts = np.full(cloud.count, int(Part.GARMENT), dtype=np.uint8)
    parts[close & skin_like] = Part.SKIN
    parts[feet & ~skin_like] = Part.ACCESSORY
    parts[head] = np.where(skin_like[head] & close[head], Part.SKIN, Part.HAIR)
    parts = _edges_of_skin(parts, _mode_filtered(parts, bound), bound, lab, skin_tone)
    parts[_hanging_hair(hair_like, parts, bound, cloud)] = Part.HAIR
    strands = hair_like & (bound.distances_m > _OFF_FACE_M)
    hairline = float(np.quantile(height[front & skin_like], _HAIRLINE_QUANTILE)) if (front & skin_like).any() else 0.0
    near_skin = _around(skin_like, bound) > 0.3
    parts[front & ~strands & (height < hairline) & (near_skin | (forward > _FACE_MIDDLE))] = Part.FACE
    return parts


def hair_off_the_arms(bound: SurfaceBinding, parts: UInt8Array, joint_names: tuple[str, ...]) -> SurfaceBinding:
    """The same binding with hair carried by head, neck and chest only; what hung on other joints goes to the chest."""
    carriers = [joint_names.index(name) for name in _CARRIES_HAIR if name in joint_names]
    if len(carriers) < len(_CARRIES_HAIR):
        return bound
    hair = np.flatnonzero(parts == Part.HAIR)
    joints, weights = bound.joints[hair], bound.weights[hair]
    carried = np.stack([np.where(joints == joint, weights, 0).sum(axis=1) for joint in carriers], axis=1)
    carried[:, -1] += 1 - carried.sum(axis=1)
    all_joints, all_weights = bound.joints.copy(), bound.weights.copy()
    all_joints[hair] = np.array([*carriers, carriers[-1]], dtype=np.uint8)
    all_weights[hair] = np.concatenate([carried, np.zeros((len(hair), 1))], axis=1)
    return replace(bound, joints=all_joints, weights=np.maximum(all_weights, 0))


def read_parts(path: Path | str, gaussian_count: int) -> UInt8Array:
    """Labels from an .npz file with ``parts`` [N], values of :class:`Part`.

    Raises:
        InputError: ``parts-*``.
    """
    archive = NpzArchive(path, error=InputError, code_prefix="parts")
    labels: NDArray[np.generic] = archive.array("parts")
    return checked_parts(labels, gaussian_count, str(path))


def checked_parts(labels: NDArray[np.generic], gaussian_count: int, subject: str) -> UInt8Array:
    """Labels as uint8, refusing another count and numbers that are no part.

    Raises:
        InputError: ``parts-wrong-shape`` or ``parts-unknown``.
    """
    if labels.shape != (gaussian_count,) or labels.dtype.kind not in "iuf":
        raise InputError(
            "parts-wrong-shape",
            subject,
            found=f"shape {labels.shape} of {labels.dtype}",
            expected=f"({gaussian_count},) whole numbers, one for each Gaussian",
            fix="Save parts in the order of the PLY.",
        )
    known = np.isin(labels, [int(part) for part in Part])
    if not known.all():
        raise InputError(
            "parts-unknown",
            subject,
            found=f"the label {labels[~known][0]}",
            expected=", ".join(f"{int(part)} {part.name.lower()}" for part in Part),
            fix="Use these numbers.",
        )
    return labels.astype(np.uint8)


def _share(bound: SurfaceBinding, joint_names: tuple[str, ...], wanted: Iterable[str]) -> Float32Array:
    """[N] weight that hangs on any of the wanted joints."""
    indices = [joint_names.index(name) for name in wanted if name in joint_names]
    return np.where(np.isin(bound.joints, indices), bound.weights, 0).sum(axis=1)


def _colour_distance(lab: Float32Array, tone: Float32Array, lightness: float) -> Float32Array:
    return np.linalg.norm((lab - tone) * np.array([lightness, 1, 1], dtype=np.float32), axis=-1)


def _skin_tone(lab: Float32Array, front: NDArray[np.bool_], hands: NDArray[np.bool_]) -> Float32Array:
    """[3] the colour most common to the front of the head and the hands; the face alone decides under gloves."""
    generator = np.random.default_rng(0)
    face, palms = (lab[generator.permutation(np.flatnonzero(where))[:_TONE_SAMPLES]] for where in (front, hands))
    if len(face) < _FEWEST:
        return np.full(3, np.inf, dtype=np.float32)
    near_face = _colour_distance(face[:, None], face, _SKIN_LIGHTNESS) < _BALD_TOLERANCE
    votes = near_face.mean(axis=1)
    if len(palms) >= _FEWEST:
        votes *= 0.1 + (_colour_distance(face[:, None], palms, _SKIN_LIGHTNESS) < _BALD_TOLERANCE).mean(axis=1)
    return np.median(face[near_face[votes.argmax()]], axis=0)


def _hair_likeness(lab: Float32Array, skin_tone: Float32Array, scalp: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[N] whether a colour is the hair's, which is the back of the head's, and not rather the skin's."""
    if scalp.sum() < _FEWEST:
        return np.zeros(len(lab), dtype=bool)
    tone = np.median(lab[scalp], axis=0)
    if _colour_distance(tone, skin_tone, _HAIR_LIGHTNESS) < _BALD_TOLERANCE:
        return np.zeros(len(lab), dtype=bool)
    to_hair = _colour_distance(lab, tone, _HAIR_LIGHTNESS)
    return (to_hair < _HAIR_TOLERANCE) & (to_hair < _colour_distance(lab, skin_tone, _HAIR_LIGHTNESS))


def _hanging_hair(
    hair_like: NDArray[np.bool_], parts: UInt8Array, bound: SurfaceBinding, cloud: SplatCloud
) -> NDArray[np.bool_]:
    """[N] what hangs together with the hair of the head and has its colour: tails and long hair.

    What stands off the body is taken, and what lies on clothes where it goes on as a strand does: long and thin, along
    its neighbour in the hair. So a collar of the same colour stays a collar.
    """
    hair = parts == Part.HAIR
    stands_off = bound.distances_m > _OFF_BACK_M
    directions = _long_axes(cloud)
    thin = np.sort(cloud.scales_m, axis=1)
    thin = thin[:, 2] > _STRAND_LENGTH * thin[:, 1]
    continues = np.abs(np.einsum("nkd,nd->nk", directions[bound.neighbours], directions)) > _STRAND_COSINE
    continues &= (thin[:, None] & thin[bound.neighbours]) | stands_off[:, None]
    eligible = hair_like & ~hair & (stands_off | thin)
    while True:
        grown = hair | (eligible & (hair[bound.neighbours] & (continues | stands_off[:, None])).any(axis=1))
        if (grown == hair).all():
            return hair
        hair = grown


def _long_axes(cloud: SplatCloud) -> Float32Array:
    """[N, 3] unit vectors along which each Gaussian is longest."""
    turns = matrix_from_quaternion(cloud.quats_wxyz)
    return turns[np.arange(cloud.count), :, cloud.scales_m.argmax(axis=1)].astype(np.float32)


def _around(flags: NDArray[np.bool_], bound: SurfaceBinding) -> Float32Array:
    """[N] share of neighbours, two rings wide, that carry a flag."""
    ring = flags[bound.neighbours].mean(axis=1)
    return ring[bound.neighbours].mean(axis=1)


def _edges_of_skin(
    before: UInt8Array, filtered: UInt8Array, bound: SurfaceBinding, lab: Float32Array, skin_tone: Float32Array
) -> UInt8Array:
    """Filtered labels, with skin that garments around it outvoted at an edge given back.

    It is one where its colour is much nearer to the skin's than to that of the garment around, and it is not alone.
    """
    lost = np.flatnonzero((before == Part.SKIN) & (filtered == Part.GARMENT))
    around = bound.neighbours[lost]
    garment = before[around] == Part.GARMENT
    cloth = (lab[around] * garment[..., None]).sum(axis=1) / np.maximum(garment.sum(axis=1), 1)[:, None]
    to_cloth = np.linalg.norm((lab[lost] - cloth) * np.array([_SKIN_LIGHTNESS, 1, 1], dtype=np.float32), axis=1)
    clearly = _colour_distance(lab[lost], skin_tone, _SKIN_LIGHTNESS) < _CLEARLY * to_cloth
    held = (before[around] == Part.SKIN).sum(axis=1) >= _FEWEST_BESIDE
    parts = filtered.copy()
    parts[lost[clearly & held & garment.any(axis=1)]] = Part.SKIN
    return parts


def _mode_filtered(parts: UInt8Array, bound: SurfaceBinding) -> UInt8Array:
    """Each label replaced by the most frequent one among its neighbours and itself: no confetti."""
    for _ in range(_MODE_ROUNDS):
        votes = np.stack(
            [(parts[bound.neighbours] == part).sum(axis=1) + 1.5 * (parts == part) for part in Part], axis=1
        )
        parts = votes.argmax(axis=1).astype(np.uint8)
    return parts
