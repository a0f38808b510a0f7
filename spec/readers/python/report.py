"""What a package holds, as canonical JSON: spec/vectors/README.md says what each field is."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.sections.driver_model import DriverModel
from ani3d_runtime.codec.sections.group import ResidualGroup
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion
from ani3d_runtime.geometry.travel import Travel
from ani3d_runtime.package.manifest import Manifest
from ani3d_runtime.package.packaged_clip import PackagedClip
from ani3d_runtime.package.playing import Playing
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.sections import appearance_name
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.playback.player import ClipPlayer

SHOWN = 8
EXACT_LAYOUT = 2
EXACT_FIELDS = ("means_m", "quats_wxyz", "scales_m", "opacities", "sh")
WEAVE = 97
CHANNELS = {
    "detail.position": "dpos_m",
    "detail.rotation": "drot_rad",
    "detail.scale": "dlogscale",
    "detail.colour": "dcolour",
}
ERRORS = ("max_error_m", "canonical_error_m", "max_shape_error_m", "max_colour_error")
PART_ERRORS = ("part_max_error_m", "part_max_shape_error_m")
COUNTS = ("gaussian_count", "joint_count", "sh_degree", "node_count", "corrective_count", "frames_per_group")


def outcome(path: str) -> dict[str, Any]:
    """The report of a package, or its refusal."""
    # A recipe that is none stops no player; see SPEC-container.md.
    findings = [finding for finding in validate_package(path).findings if not finding.subject.startswith("recipe: ")]
    if findings:
        return {"refused": findings[0].code}
    try:
        with Package.open(path) as package:
            return report(package)
    except Ani3dError as error:
        return {"refused": error.code}


def report(package: Package) -> dict[str, Any]:
    """What the README of the vectors lists."""
    skeleton, avatar = package.skeleton, package.avatar()
    splats = avatar.splats
    return {
        "digest": package.digest,
        "manifest": manifest_report(package.manifest),
        "skeleton": {
            "joint_names": list(skeleton.joint_names),
            "parents": skeleton.parents.tolist(),
            "zero_joints_m": floats(skeleton.zero_joints_m),
            "rest_rotations_wxyz": floats(skeleton.rest_rotations_wxyz),
            "rest_translation_m": floats(skeleton.rest_translation_m),
        },
        "splats": {
            "parts": integers(avatar.binding.parts),
            "joints": integers(avatar.binding.joints),
            "means_m": floats(splats.means_m),
            "quats_wxyz": floats(splats.quats_wxyz),
            "scales_m": floats(splats.scales_m),
            "opacities": floats(splats.opacities),
            "sh": floats(splats.sh),
            "weights": floats(avatar.binding.weights),
            **exact_report(package),
        },
        "order": integers(package.order.permutation),
        **levels_report(package),
        **({} if package.driver_model is None else {"driver": driver_report(package.driver_model)}),
        "model": model_report(package) if package.find_section("model") else None,
        "clips": [clip_report(package, package.clip(name)) for name in package.clip_names],
    }


def manifest_report(manifest: Manifest) -> dict[str, Any]:
    """Counts and texts as they are, floats rounded."""
    clips = [
        {
            "name": c.name,
            "fps": digits(c.fps),
            "frame_count": c.frame_count,
            "has_residual": c.has_residual,
            **playing_report(c.playing),
        }
        for c in manifest.clips
    ]
    return {
        "writer": manifest.writer,
        "avatar_name": manifest.avatar_name,
        **{name: getattr(manifest, name) for name in COUNTS},
        **{name: digits(getattr(manifest, name)) for name in ERRORS},
        **{name: [digits(bound) for bound in getattr(manifest, name)] for name in PART_ERRORS},
        "level_sizes": list(manifest.level_sizes),
        "part_counts": list(manifest.part_counts),
        "provenance": dict(manifest.provenance),
        "clips": clips,
    }


def playing_report(playing: Playing) -> dict[str, Any]:
    """Fields that are not as they are where they are absent."""
    travel, markers = playing.travel, playing.markers
    return {
        **({"loops": True} if playing.loops else {}),
        **({"in_place": True} if playing.in_place else {}),
        **({} if travel is None else {"travel": travel_report(travel)}),
        **(
            {"markers": [{"name": m.name, "time_s": digits(m.time_s), "kind": m.kind} for m in markers]}
            if markers
            else {}
        ),
    }


def travel_report(travel: Travel) -> dict[str, Any]:
    """By how much the root goes on in one period."""
    return {
        "translation_m": [digits(value) for value in travel.translation_m],
        "heading_rad": digits(travel.heading_rad),
    }


def exact_report(package: Package) -> dict[str, Any]:
    """Digests of every float of the levels that are stored without loss, by level; nothing where there are none."""
    avatar, ends = package.avatar(), np.cumsum((0, *package.manifest.level_sizes))
    found: dict[str, Any] = {}
    for level, (start, end) in enumerate(pairwise(ends)):
        if package.read_section(f"splats.{level}")[0] == EXACT_LAYOUT:
            found[str(level)] = {name: bits(getattr(avatar.splats, name)[start:end]) for name in EXACT_FIELDS}
    return {"exact": found} if found else {}


def levels_report(package: Package) -> dict[str, Any]:
    """Levels of detail but the last as they are drawn, and a quarter of the way to the next; where any is told of."""
    levels = range(package.level_count - 1)
    if all(package.find_section(appearance_name(level)) is None for level in levels):
        return {}
    shown = [(package.shown_at(level), package.shown_between(level, 0.25)) for level in levels]
    return {"levels": [{"shown": shown_report(at), "quarter": shown_report(on)} for at, on in shown]}


def shown_report(avatar: Avatar) -> dict[str, Any]:
    """What a level's appearance is about."""
    splats = avatar.splats
    return {
        "means_m": floats(splats.means_m),
        "scales_m": floats(splats.scales_m),
        "opacities": floats(splats.opacities),
        "base_colours": floats(splats.sh[:, 0]),
    }


def model_report(package: Package) -> dict[str, Any]:
    """Control nodes and what hangs on them."""
    model = package.deformation
    return {
        "node_count": model.node_count,
        "node_rest_m": floats(model.node_rest_m),
        "node_indices": integers(model.node_indices),
        "node_weights": floats(model.node_weights),
    }


def driver_report(driver: DriverModel) -> dict[str, Any]:
    """How nodes hang, what they are linked to and kept out of, and what was learned."""
    nodes, links, capsules, learned = driver.nodes, driver.links, driver.capsules, driver.correctives
    materials = driver.materials
    return {
        "reach_m": digits(driver.reach_m),
        "materials": floats(
            [materials.damping_hz, materials.drag, materials.thickness_m, materials.friction, materials.share]
        ),
        "kinds": integers(nodes.kinds),
        "joints": integers(nodes.joints),
        "weights": floats(nodes.weights),
        "normals": floats(nodes.normals),
        "follow": floats(nodes.follow),
        "mean_m": floats(nodes.mean_m),
        "links": integers(links.pairs),
        "compliances": floats(links.compliances),
        "capsule_joints": integers(capsules.joints),
        "capsule_ends_m": floats(capsules.ends_m),
        "capsule_radii_m": floats(capsules.radii_m),
        "tracked": integers(learned.tracked),
        "poles": floats(learned.poles),
        "means": floats(learned.means),
        "scales": floats(learned.scales),
        "learned": floats(learned.weights),
        "basis_m": floats(learned.basis_m),
    }


def clip_report(package: Package, clip: PackagedClip) -> list[dict[str, Any]]:
    """One entry per group of frames."""
    player = ClipPlayer(package, clip.name)
    groups: list[dict[str, Any]] = []
    for number in range(clip.group_count):
        first, frames = clip.group_frames(number)
        root, rotations = clip.pose_group(number)
        residual = clip.residual_group(number)
        groups.append(
            {
                "first_frame": first,
                "frame_count": frames,
                "root_translation_m": floats(root),
                "joint_rotations_wxyz": floats(rotations),
                "node_displacements_m": floats(residual.node_displacements_m if residual else []),
                "node_rotations_wxyz": floats(residual.node_rotations_wxyz if residual else []),
                **{name: detail_report(residual, field, player) for name, field in CHANNELS.items()},
                "posed": [posed_report(player, frame) for frame in (first, first + frames - 1)],
            }
        )
    return groups


def detail_report(residual: ResidualGroup | None, field: str, player: ClipPlayer) -> dict[str, Any]:
    """[F, N, 3] over all Gaussians of the avatar; empty where all of it is zero."""
    values = None if residual is None else getattr(residual, field)
    if residual is None or values is None or not values.any():
        return floats([])
    whole = np.zeros((residual.frame_count, player.avatar.count, 3))
    whole[:, residual.indices] = values
    return floats(whole)


def posed_report(player: ClipPlayer, index: int) -> dict[str, Any]:
    """Posed means, covariances [N, 3, 3] and degree-0 harmonics."""
    cloud = player.pose(player.frame(index)).cloud
    axes = matrix_from_quaternion(cloud.quats_wxyz.astype(np.float64)) * cloud.scales_m[:, None, :].astype(np.float64)
    return {
        "frame": index,
        "means_m": floats(cloud.means_m),
        "covariances_m2": floats(axes @ axes.transpose(0, 2, 1)),
        "base_colours": floats(cloud.sh[:, 0]),
    }


def integers(values: ArrayLike) -> dict[str, Any]:
    """Count and SHA-256 of the numbers as little-endian int32."""
    flat = np.asarray(values).astype("<i4").ravel()
    return {"count": len(flat), "sha256": hashlib.sha256(flat.tobytes()).hexdigest()}


def bits(values: ArrayLike) -> dict[str, Any]:
    """Count and SHA-256 of the numbers as little-endian float32."""
    flat = np.asarray(values).astype("<f4").ravel()
    return {"count": len(flat), "sha256": hashlib.sha256(flat.tobytes()).hexdigest()}


def floats(values: ArrayLike) -> dict[str, Any]:
    """The first numbers and three sums that every number enters, the last of them according to its place."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    places = np.arange(len(flat)) % WEAVE
    return {
        "count": len(flat),
        "first": [digits(value) for value in flat[:SHOWN]],
        "size": digits(np.abs(flat).sum()),
        "sum": digits(flat.sum()),
        "weave": digits((flat * places).sum()),
    }


def digits(value: float) -> float:
    """Nine significant digits."""
    return float(f"{value:.9g}")
