"""Intact packages, each with the features that its name states."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.codec.entropy import codec_number, encode
from ani3d_runtime.package.layout import pack
from ani3d_runtime.package.recipe import InputFile, Recipe, RecipeStep
from ani3d_runtime.package.writer import ClipSource, add_clips, write_package
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion, synthetic_residual, synthetic_skeleton
from ani3d_runtime.testing.forgery import ForgedSection, Forgery
from ani3d_runtime.testing.sequences import dancing_sequence
from tests.conformance import handmade
from tests.conformance.handmade_driver import driven_package, driver

SMALL = 24
RECIPE = Recipe(
    (
        RecipeStep(
            clips=("two",),
            settings={"avatar": "doll.ply", "max_error_m": 0.001, "motions": ["two.bvh"], "quality": None, "seed": 0},
            inputs=(InputFile("avatar", "doll.ply", "ab" * 32, 1234), InputFile("motion", "two.bvh", "cd" * 32, 56)),
            made_with={"codec": 1, "program": "ani3d 1.0.0"},
        ),
    )
)
PICTURE = bytes.fromhex("89504e470d0a1a0a") + b"a small picture"


def written(avatar: Avatar, clips: Sequence[ClipSource] = (), **options: Any) -> bytes:
    """The bytes of a package, signed by a writer of no particular version: vectors outlive releases."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vector.a3d"
        write_package(path, avatar, clips, **options)
        forgery = Forgery.of(path.read_bytes())
    forgery.change_map("manifest", lambda manifest: manifest.update(writer="conformance"))
    return forgery.to_bytes()


def clip(
    avatar: Avatar, frames: int, *, name: str = "walk", residual: ResidualLayer | None = None, **motion: Any
) -> ClipSource:
    """A random motion of the avatar."""
    return ClipSource(name, synthetic_motion(avatar.skeleton, frames, name=name, **motion), residual)


def moving(avatar: Avatar, frames: int, *, channels: bool = False, share: float = 0.7) -> ResidualLayer:
    """A rough residual of most Gaussians, with rotations, scales and colours where ``channels`` are asked for."""
    generator = np.random.default_rng(5)
    indices = np.flatnonzero(generator.uniform(0, 1, avatar.count) < share).astype(np.int32)
    times = np.linspace(0, 1, frames)[:, None, None]
    shape = (1, len(indices), 3)

    def wave(size: float) -> np.ndarray:
        turns = generator.uniform(0.5, 2, shape) * times + generator.uniform(0, 1, shape)
        return (generator.normal(0, size, shape) * np.sin(2 * np.pi * turns)).astype(np.float32)

    extra = (wave(0.2), wave(0.1), wave(0.1)) if channels else ()
    return ResidualLayer(avatar.count, indices, wave(0.02), *extra)


def no_clips() -> bytes:
    """An avatar alone, harmonics of degree 0."""
    return written(synthetic_avatar(SMALL, sh_degree=0))


def single_gaussian() -> bytes:
    """One Gaussian, one joint, one frame, no residual."""
    avatar = synthetic_avatar(1, joint_count=1)
    return written(avatar, [clip(avatar, 1)])


def one_clip_no_residual() -> bytes:
    """The rigid layer alone, in one group."""
    avatar = synthetic_avatar(SMALL)
    return written(avatar, [clip(avatar, 12)])


def rest_pose_zero() -> bytes:
    """A rest pose that is the zero pose; the other vectors have one that is bent."""
    avatar = synthetic_avatar(SMALL)
    bent = synthetic_skeleton(rest_bend_rad=0)
    skeleton = Skeleton(
        bent.joint_names, bent.parents, bent.zero_joints_m, bent.rest_rotations_wxyz, np.zeros(3, np.float32)
    )
    avatar = replace(avatar, skeleton=skeleton)
    return written(avatar, [clip(avatar, 5)])


def sh3_unicode_names() -> bytes:
    """Harmonics of degree 3; names that are not ASCII; provenance."""
    avatar = replace(synthetic_avatar(SMALL, sh_degree=3), name="Tänzerin 舞者")
    return written(avatar, [clip(avatar, 3, name="Drehung 🌀")], provenance={"source": "Würfel"})


def two_clips_one_residual() -> bytes:
    """One clip with a residual layer and one without, at different rates."""
    avatar = synthetic_avatar(2 * SMALL)
    walk = clip(avatar, 20, residual=synthetic_residual(avatar, 20))
    return written(avatar, [walk, clip(avatar, 7, name="stand", fps=59.94, seed=3)])


def partial_last_group() -> bytes:
    """Thirty frames and three."""
    avatar = synthetic_avatar(SMALL)
    return written(avatar, [clip(avatar, 33, residual=moving(avatar, 33))])


def single_frame_residual() -> bytes:
    """A residual layer of one frame."""
    avatar = synthetic_avatar(SMALL)
    return written(avatar, [clip(avatar, 1, residual=moving(avatar, 1))])


def all_detail_channels() -> bytes:
    """Position, rotation, scale and colour."""
    avatar = synthetic_avatar(2 * SMALL)
    return written(avatar, [clip(avatar, 16, residual=moving(avatar, 16, channels=True))])


def nodes_and_stages() -> bytes:
    """A skirt and hair large enough for control nodes, stages of prediction and tables with sixteen contexts."""
    avatar, residual = dancing_sequence(1800, 24, jitter_m=5e-4)
    return written(avatar, [clip(avatar, 24, residual=residual)], max_error_m=2e-3)


def nodes_sh2_two_clips() -> bytes:
    """Two clips over one model, harmonics of degree 2."""
    avatar, residual = dancing_sequence(700, 34)
    generator = np.random.default_rng(1)
    sh = np.concatenate([avatar.splats.sh[:, :1], generator.normal(0, 0.1, (avatar.count, 8, 3))], axis=1)
    avatar = replace(avatar, splats=replace(avatar.splats, sh=sh.astype(np.float32)))
    early = ResidualLayer(avatar.count, residual.indices, residual.dpos_m[:10])
    clips = [clip(avatar, 34, residual=residual), clip(avatar, 10, name="start", residual=early, seed=4)]
    return written(avatar, clips, max_error_m=4e-3)


def thumbnail() -> bytes:
    """A picture."""
    forgery = handmade.package()
    forgery.sections.append(ForgedSection("thumbnail", PICTURE, critical=False))
    return forgery.to_bytes()


def recipe() -> bytes:
    """What a package was baked from and with, which players skip."""
    forgery = handmade.package()
    forgery.sections.append(ForgedSection("recipe", RECIPE.to_bytes(), critical=False))
    return forgery.to_bytes()


def recipe_that_is_none() -> bytes:
    """A recipe that whoever asks for it refuses, and that does not stop a player."""
    forgery = handmade.package()
    forgery.sections.append(ForgedSection("recipe", b'{"version":1,"steps":[]', critical=False))
    return forgery.to_bytes()


def ancillary_unknown_section() -> bytes:
    """A section of an unknown name that readers skip."""
    forgery = handmade.package()
    forgery.sections.insert(3, ForgedSection("scent", b"roses", critical=False))
    return forgery.to_bytes()


def ancillary_unknown_codec() -> bytes:
    """A section of an unknown name under a codec of an unknown number: readers skip it and decode nothing."""
    forgery = handmade.package()
    forgery.sections.insert(3, ForgedSection("scent", b"roses", critical=False, codec=200, raw_bytes=5000))
    forgery.sections.append(ForgedSection("sound", b"not rANS", clip=7, critical=False, codec=1, raw_bytes=5000))
    return forgery.to_bytes()


def any_script() -> bytes:
    """Names with joiners, spaces of all kinds and code points that no Unicode of today assigns."""
    forgery = handmade.package()
    family, persian = "\U0001f468\u200d\U0001f680", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    names = {"avatar_name": f"{family} {persian}\u00a0\u3000\u0378\U0001fae9"}
    forgery.change_map("manifest", lambda manifest: manifest.update(names, provenance={"\u0378": "\ue000\u00ad"}))
    return forgery.to_bytes()


def sixteen_levels_deep() -> bytes:
    """A field that no reader knows, as deep as msgpack may be, and of every kind."""
    forgery = handmade.package()
    unknown: Any = [None, True, -1, -33, 1 << 40, -(1 << 40), 0.5, b"bytes", "text" * 20, {"a": 1}]
    for _ in range(13):
        unknown = [unknown]
    forgery.change_map("manifest", lambda manifest: manifest.update(mood=unknown))
    return forgery.to_bytes()


def minor_version_ahead() -> bytes:
    """A later minor version with a manifest field of its own."""
    forgery = handmade.package()
    forgery.header["minor"] = 7
    forgery.change_map("manifest", lambda manifest: manifest.update(mood="merry", clips_to_come=[1, 2]))
    return forgery.to_bytes()


def sections_under(codec_id: str) -> bytes:
    """Every section with a codec around the whole of it."""
    forgery = handmade.residual_package()
    for section in forgery.sections:
        section.raw_bytes = len(section.data)
        section.codec = codec_number(codec_id)
        section.data = encode(codec_id, section.data)
    return forgery.to_bytes()


def tables_under(codec_id: str) -> bytes:
    """Canonical splats whose tables are coded one by one."""
    changes = {
        "splats_0": handmade.splats([(0, 1)], codec_id=codec_id),
        "splats_1": handmade.splats([(0, 1), (2, 1), (3, 1)], codec_id=codec_id),
    }
    return handmade.package(**changes).to_bytes()


def by_hand_rigid() -> bytes:
    """Four Gaussians written from the specification, without the codec."""
    return handmade.package().to_bytes()


def looping_clips() -> bytes:
    """Two clips: one that loops, travels and turns, in place unless asked, marked up to its last moment; one marked."""
    walk = handmade.manifest()["clips"][0]
    frames, fps = walk["frame_count"], walk["fps"]
    steps = [
        ("left_foot_down", 0, "contact"),
        ("left_foot_down", 0.0, "given"),
        ("schön 🎵", frames / fps - 1e-9, "given"),
    ]
    last = {"name": "", "time_s": (frames - 1) / fps, "kind": "of a later version"}
    clips = [
        walk
        | {
            "loops": True,
            "in_place": True,
            "travel": {"translation_m": [-0.25, 0, 1e5], "heading_rad": -3.1416},
            "markers": [{"name": name, "time_s": time_s, "kind": kind} for name, time_s, kind in steps],
        },
        walk | {"name": "again", "loops": False, "markers": [last]},
        walk | {"name": "bare", "in_place": False, "markers": []},
    ]
    forgery = handmade.package(manifest=pack(handmade.manifest(clips=clips)))
    poses = [section for section in forgery.sections if section.name == "pose"]
    forgery.sections.extend(replace(section, clip=clip) for clip in (1, 2) for section in poses)
    return forgery.to_bytes()


def by_hand_residual() -> bytes:
    """The same with control nodes, a predicted track and detail in all channels, in two groups."""
    return handmade.residual_package().to_bytes()


def many_alike() -> bytes:
    """As many Gaussians of degree 0 as a hundred bytes may hold."""
    return handmade.alike_package(50_100, 0).to_bytes()


def by_hand_node_signs() -> bytes:
    """Two Gaussians whose three nodes are turned apart by more than pi.

    Alignment to the sum so far, to the first node and none at all give three different shapes.
    """
    hung = handmade.model(weights=(47, 60, 38, 0, 0, 30))
    turned = {f"nodes_{group}": handmade.turned_nodes(frames) for group, frames in enumerate((2, 1))}
    return handmade.residual_package(model=hung, **turned).to_bytes()


def by_hand_model_alone() -> bytes:
    """A model that outlives the last clip with a residual layer, and a driver of its nodes."""
    forgery = handmade.package(manifest=pack(handmade.manifest(node_count=4)))
    forgery.sections.append(ForgedSection("model", handmade.model()))
    forgery.sections.append(ForgedSection("driver", driver(), critical=False))
    return forgery.to_bytes()


def by_hand_further() -> bytes:
    """The same with a Gaussian that the clip moves and the model does not know."""
    return handmade.further_package().to_bytes()


def by_hand_driver_without_correctives() -> bytes:
    """A driver that learned nothing."""
    return driven_package(driver(rows=0))


def added_clip() -> bytes:
    """A clip baked into a package whose model was fitted to another; it moves Gaussians that the other does not."""
    avatar, residual = dancing_sequence(1800, 12, jitter_m=5e-4)
    generator = np.random.default_rng(2)
    dense = np.zeros((9, avatar.count, 3), np.float32)
    dense[:, residual.indices] = residual.dpos_m[3:]
    dense[:, :600] += generator.normal(0, 0.02, (9, 600, 3)).cumsum(axis=0).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vector.a3d"
        write_package(path, avatar, [clip(avatar, 12, residual=residual)], max_error_m=8e-3)
        add_clips(path, avatar, [clip(avatar, 9, name="shake", residual=ResidualLayer.from_dense(dense), seed=2)])
        forgery = Forgery.of(path.read_bytes())
    forgery.change_map("manifest", lambda manifest: manifest.update(writer="conformance"))
    return forgery.to_bytes()


def by_hand_exact() -> bytes:
    """One level of floats told bit for bit, with -0.0 and subnormals, and one in whole steps."""
    return handmade.package(splats_0=handmade.exact_splats([(0, 1)])).to_bytes()


def by_hand_not_quite_unit() -> bytes:
    """A quaternion that is longer than 1 by a two-thousandth: drawn as if it were unit, kept as it is."""
    return handmade.package(splats_0=handmade.exact_splats([(0, 1)], correction=1 << 13, scale=0.05)).to_bytes()


def exact_archive() -> bytes:
    """Everything of the rest pose bit for bit, harmonics of degree 2."""
    avatar = synthetic_avatar(2 * SMALL, sh_degree=2)
    return written(avatar, [clip(avatar, 4)], bounds=PartBounds.of_quality("archive"))


def by_hand_sixteen_contexts() -> bytes:
    """Sixty-four nodes over thirty frames: tables of ninety rows that are coded with sixteen contexts."""
    frames, count = 30, 64
    clip_map = handmade.manifest()["clips"][0] | {"has_residual": True, "frame_count": frames}
    document = handmade.manifest(node_count=count, clips=[clip_map], frames_per_group=frames)
    forgery = handmade.package(manifest=pack(document), pose_0=handmade.pose(frames)).without("pose", 0, 1)
    forgery.sections.append(ForgedSection("model", handmade.model(nodes=count)))
    forgery.sections.append(ForgedSection("nodes", handmade.fading_nodes(frames, count), 0, 0))
    return forgery.to_bytes()


# Written from integers: the same bytes whatever becomes of the encoder.
VALID: dict[str, Callable[[], bytes]] = {
    "ancillary-unknown-codec": ancillary_unknown_codec,
    "ancillary-unknown-section": ancillary_unknown_section,
    "by-hand-driver": driven_package,
    "by-hand-driver-without-correctives": by_hand_driver_without_correctives,
    "by-hand-exact": by_hand_exact,
    "by-hand-exact-not-quite-unit": by_hand_not_quite_unit,
    "by-hand-further": by_hand_further,
    "by-hand-model-alone": by_hand_model_alone,
    "by-hand-node-signs": by_hand_node_signs,
    "by-hand-residual": by_hand_residual,
    "by-hand-many-alike": many_alike,
    "by-hand-rigid": by_hand_rigid,
    "by-hand-sixteen-contexts": by_hand_sixteen_contexts,
    "looping-clips": looping_clips,
    "manifest-any-script": any_script,
    "manifest-sixteen-levels-deep": sixteen_levels_deep,
    "minor-version-ahead": minor_version_ahead,
    "sections-lz4": lambda: sections_under("lz4"),
    "recipe": recipe,
    "recipe-that-is-none": recipe_that_is_none,
    "sections-rans": lambda: sections_under("rans"),
    "tables-lz4": lambda: tables_under("lz4"),
    "tables-rans": lambda: tables_under("rans"),
    "thumbnail": thumbnail,
}
# Written by the encoder, or by a library, as it was on one day. A better encoder does not change them: what was
# written once must be read for good.
KEPT: dict[str, Callable[[], bytes]] = {
    "added-clip-further": added_clip,
    "all-detail-channels": all_detail_channels,
    "no-clips-sh0": no_clips,
    "exact-sh2": exact_archive,
    "nodes-sh2-two-clips": nodes_sh2_two_clips,
    "nodes-stages-sixteen-contexts": nodes_and_stages,
    "one-clip-no-residual": one_clip_no_residual,
    "partial-last-group": partial_last_group,
    "rest-pose-zero": rest_pose_zero,
    "sections-zstd": lambda: sections_under("zstd"),
    "sh3-unicode-names": sh3_unicode_names,
    "single-frame-residual": single_frame_residual,
    "single-gaussian-joint-and-frame": single_gaussian,
    "tables-zstd": lambda: tables_under("zstd"),
    "two-clips-one-residual": two_clips_one_residual,
}
