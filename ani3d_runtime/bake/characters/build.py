"""Build a built-in character: figure, clothes, hair, light, Gaussians."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.avatar import Avatar, Binding
from ani3d_runtime.bake.character_names import DetailName
from ani3d_runtime.bake.characters.character import Character
from ani3d_runtime.bake.characters.clothes import top_patch, trouser_patch
from ani3d_runtime.bake.characters.face import brows_and_lashes_patch, eyes_patch
from ani3d_runtime.bake.characters.figure import Figure, build_pose
from ani3d_runtime.bake.characters.garment import Draped
from ani3d_runtime.bake.characters.light import LightStage
from ani3d_runtime.bake.characters.mesh import Mesh, unit
from ani3d_runtime.bake.characters.patch import Patch
from ani3d_runtime.bake.characters.scalp import Scalp, scalp_patch
from ani3d_runtime.bake.characters.shirt import make_shirt, shirt_patch
from ani3d_runtime.bake.characters.shoes import make_shoe, shoe_patch
from ani3d_runtime.bake.characters.skin import skin_patch
from ani3d_runtime.bake.characters.skirt import dots_patch, make_skirt, skirt_patch
from ani3d_runtime.bake.characters.store import load_or_build
from ani3d_runtime.bake.characters.strands import (
    hair_tie_patch,
    make_long_hair,
    make_ponytail,
    shaded_strands,
    strands_patch,
)
from ani3d_runtime.bake.characters.style import Style, style_named
from ani3d_runtime.bake.characters.wardrobe import Wardrobe
from ani3d_runtime.bake.simulate.proxy import Attachment
from ani3d_runtime.bake.simulate.skinning import blended, polar_rotation, strongest_four, taken_back
from ani3d_runtime.errors import UsageError
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.geometry.quaternion import conjugate, multiply, quaternion_from_matrix
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.splats import SplatCloud

DETAIL_COUNTS: dict[str, int] = {"low": 22_000, "medium": 55_000, "high": 70_000}
FEWEST, MOST = 5_000, 300_000
# The counts below are for this many Gaussians in all; another detail scales them.
NOMINAL_COUNT = 55_000


def build_character(
    name: str,
    *,
    seed: int = 0,
    detail: DetailName | int = "medium",
    use_cache: bool = True,
    progress: ProgressCallback | None = None,
) -> Character:
    """A built-in character: ``dancer``, ``runner`` or ``longhair``.

    Args:
        name: which one.
        seed: the same seed gives the same Gaussians.
        detail: low, medium or high, or about how many Gaussians are wanted.
        use_cache: take it from, and leave it in, the folder that ``ani3d_runtime.cache`` names.
        progress: called with the fraction done.

    Raises:
        NotFoundError: ``character-unknown``.
        UsageError: ``character-detail``.
    """
    style = style_named(name)
    count = _count_of(detail)

    def build() -> Character:
        return _Builder(style, seed, count, progress).build()

    if not use_cache:
        return build()
    return load_or_build(name, seed, count, build)


def build_styled(style: Style, *, seed: int = 0, detail: DetailName | int = "medium") -> Character:
    """A character of any style, built anew; the same style, seed and detail give the same Gaussians.

    Raises:
        UsageError: ``character-detail``.
    """
    return _Builder(style, seed, _count_of(detail), None).build()


def _count_of(detail: DetailName | int) -> int:
    count = DETAIL_COUNTS.get(detail, 0) if isinstance(detail, str) else int(detail)
    if not FEWEST <= count <= MOST:
        raise UsageError(
            "character-detail",
            "detail",
            found=repr(detail),
            expected=f"low, medium, high, or a number of Gaussians from {FEWEST} to {MOST}",
            fix="Leave it out for medium.",
        )
    return count


@dataclass(frozen=True)
class _Wear:
    """What a character has on, in the building pose."""

    skirt: tuple[Draped, Mesh] | None
    shirt: tuple[Draped, Mesh] | None
    hair: Draped | None
    shoes: tuple[Mesh, ...]


class _Builder:
    def __init__(self, style: Style, seed: int, count: int, progress: ProgressCallback | None) -> None:
        self._style = style
        self._rng = np.random.default_rng(seed)
        self._scale = count / NOMINAL_COUNT
        self._progress = progress or (lambda _: None)
        self._figure = Figure.of_shape(style.betas)
        self._wardrobe = Wardrobe(self._figure, style)
        self._scalp = Scalp.of(self._figure, style)

    def build(self) -> Character:
        wear = self._dressed()
        self._progress(0.5)
        patches = self._patches(wear)
        self._progress(0.9)
        hung = [item[0] for item in (wear.skirt, wear.shirt) if item is not None]
        hung += [wear.hair] if wear.hair is not None else []
        avatar, starts = _avatar_of(self._style.name, self._figure, patches)
        attachments = tuple(
            Attachment(
                patch.hold.proxy,
                np.arange(start, start + patch.count, dtype=np.int32),
                patch.hold.particles,
                patch.hold.weights,
            )
            for patch, start in zip(patches, starts, strict=True)
            if patch.hold is not None
        )
        self._progress(1.0)
        betas = np.array(self._style.betas, dtype=np.float32)
        return Character(avatar, betas, build_pose()[0], tuple(d.proxy for d in hung), attachments)

    def _dressed(self) -> _Wear:
        figure, style, rng = self._figure, self._style, self._rng
        hair = None
        if style.hair_cut == "ponytail":
            hair = make_ponytail(figure, self._scalp, rng)
        elif style.hair_cut == "long":
            hair = make_long_hair(figure, self._scalp, rng)
        return _Wear(
            make_skirt(figure, style, rng) if style.has_skirt else None,
            make_shirt(figure, self._wardrobe, rng) if style.has_loose_shirt else None,
            hair,
            tuple(make_shoe(figure, style, side) for side in ("left", "right")),
        )

    def _patches(self, wear: _Wear) -> list[Patch]:
        figure, style, rng, wardrobe = self._figure, self._style, self._rng, self._wardrobe
        occluders = [(figure.skin.vertices_m, figure.visible_faces)]
        occluders += [(mesh.vertices_m, mesh.faces) for mesh in wear.shoes]
        loose = [item[1] for item in (wear.skirt, wear.shirt) if item is not None]
        occluders += [(mesh.vertices_m, mesh.faces) for mesh in loose]
        stage = LightStage(occluders)
        self._progress(0.6)
        skin = stage.lit(figure.skin)
        shell = stage.lit(figure.shell, rounds=5)
        trousers = {"hip": 1_500, "thigh": 5_000, "ankle": 12_500}[style.trouser_hem]
        patches = [
            skin_patch(figure, skin, style, wardrobe, self._number(26_000), rng),
            eyes_patch(figure, skin, style, self._number(1_300), rng),
            brows_and_lashes_patch(figure, style, 110, rng),
            trouser_patch(figure, shell, style, wardrobe, self._number(trousers), rng),
            scalp_patch(self._scalp, skin, style, self._number(6_500), rng),
        ]
        if wear.shirt is None:
            patches.append(top_patch(figure, shell, style, wardrobe, self._number(12_000), rng))
        else:
            shirt = stage.lit(wear.shirt[1], rounds=6)
            patches.append(shirt_patch(figure, shirt, style, wardrobe, self._number(15_000), rng))
        if wear.skirt is not None:
            skirt = stage.lit(wear.skirt[1], rounds=4)
            patches.append(skirt_patch(skirt, style, self._number(15_500), rng))
            patches.append(dots_patch(skirt, style))
        for mesh in wear.shoes:
            patches.append(shoe_patch(figure, stage.lit(mesh), style, wardrobe, self._number(2_300), rng))
        if wear.hair is not None:
            patches.append(self._strands(wear.hair, stage))
        if style.hair_cut == "ponytail":
            patches.append(hair_tie_patch(self._scalp, style))
        return patches

    def _strands(self, hair: Draped, stage: LightStage) -> Patch:
        patch = strands_patch(hair, self._style, self._scale, self._rng)
        outward = unit(
            patch.means_m - patch.means_m.mean(axis=0) * [1, 0, 1] - patch.means_m * [0, 1, 0] + [0, 0.02, 0]
        )
        return shaded_strands(patch, stage.light_at(patch.means_m, outward))

    def _number(self, nominal: int) -> int:
        return max(40, round(nominal * self._scale))


def _avatar_of(name: str, figure: Figure, patches: Sequence[Patch]) -> tuple[Avatar, list[int]]:
    """All patches taken back from the building pose to the zero pose, and where each starts."""
    starts = np.cumsum([0, *(patch.count for patch in patches)])[:-1].tolist()
    joints, weights = strongest_four(np.concatenate([p.skin_weights for p in patches]))
    matrices = blended(joints, weights, figure.transforms)
    means = taken_back(matrices, np.concatenate([p.means_m for p in patches]))
    turn = quaternion_from_matrix(polar_rotation(matrices[:, :, :3]))
    quats = multiply(conjugate(turn), np.concatenate([p.quats_wxyz for p in patches]))
    colours = np.concatenate([p.colours for p in patches])
    splats = SplatCloud.checked(
        means,
        quats,
        np.maximum(np.concatenate([p.scales_m for p in patches]), 1e-5),
        np.clip(np.concatenate([p.opacities for p in patches]), 0.01, 0.995),
        ((colours - 0.5) / SH_C0)[:, None, :],
        name=name,
    )
    parts = np.concatenate([p.parts for p in patches]).astype(np.uint8)
    binding = Binding.checked(joints, weights, parts, joint_count=figure.body.skeleton.joint_count)
    return Avatar(name, splats, figure.body.skeleton, binding), starts
