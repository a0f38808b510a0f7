"""Actor: an avatar together with what can simulate its cloth and hair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.binding.activated import refuse_activated
from ani3d_runtime.bake.binding.betas import with_fitting_betas
from ani3d_runtime.bake.binding.bind import bind_to_body
from ani3d_runtime.bake.binding.find import laid_on_body
from ani3d_runtime.bake.binding.parts import read_parts
from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.characters import build_character
from ani3d_runtime.bake.characters.build import DetailName
from ani3d_runtime.bake.importers.avatar import read_avatar
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.bake.simulate.foreign import freedom_of, simulate_foreign
from ani3d_runtime.body.model import ShapedBody, load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.smpl import load_body
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.residual import ResidualLayer


@dataclass(frozen=True)
class Actor:
    """What the later stages of a bake need of an avatar.

    Attributes:
        avatar: its weights are snapped to what packages keep.
        simulate: residual layer of its cloth and hair for a motion.
        freedom: [N] how far each Gaussian may leave the rigid layer, 0..1; None where its part tells.
        proxy: the same by a proxy that is grown from the Gaussians, for which nobody need know how a garment was cut.
    """

    avatar: Avatar
    simulate: Callable[[Motion, ProgressCallback], ResidualLayer]
    freedom: Callable[[], Float32Array | None]
    proxy: Callable[[Motion, ProgressCallback], ResidualLayer]


def builtin_actor(name: str, seed: int, detail: DetailName, progress: ProgressCallback) -> Actor:
    """A built-in character."""
    character = build_character(name, seed=seed, detail=detail, progress=progress)
    avatar = replace(character.avatar, binding=character.avatar.binding.snapped())

    def body() -> ShapedBody:
        return load_builtin_body().shaped(character.betas)

    def proxy(motion: Motion, progress: ProgressCallback) -> ResidualLayer:
        return simulate_foreign(avatar, body(), motion, progress)

    return Actor(avatar, replace(character, avatar=avatar).simulate, lambda: freedom_of(avatar, body()), proxy)


def captured_actor(settings: BakeSettings, say: Say) -> Actor:
    """An avatar from a file of Gaussians, bound to a body."""
    path = Path(settings.avatar)
    body = load_builtin_body() if settings.body == "builtin" else load_body(Path(settings.body))
    rest_pose = RestPose.named(settings.rest_pose, body)
    imported = read_avatar(path, axes=settings.axes, drop_nan=settings.drop_nan)
    for note in imported.notes:
        say(f"{path.name}: {note}")
    if settings.fit == "auto":
        rest_pose, remark = with_fitting_betas(imported.cloud, body, rest_pose, path.stem)
        if remark is not None:
            say(remark)
    refuse_activated(imported.cloud, path.stem)
    axes = imported.axes if settings.axes is None else ""
    laid = laid_on_body(imported.cloud, body, rest_pose, fit=settings.fit, axes=axes, name=path.stem)
    avatar = bind_to_body(
        imported.cloud,
        body,
        rest_pose=rest_pose,
        laid=laid,
        drop_floor=settings.drop_floor,
        drop_strays=settings.drop_strays,
        parts=imported.parts if settings.parts is None else read_parts(settings.parts, imported.cloud.count),
        name=path.stem,
        say=say,
    )
    shaped = laid.shaped

    def simulate(motion: Motion, progress: ProgressCallback) -> ResidualLayer:
        return simulate_foreign(avatar, shaped, motion, progress)

    return Actor(avatar, simulate, lambda: freedom_of(avatar, shaped), simulate)
