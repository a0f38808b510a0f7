"""Residual layers from plugins."""

from __future__ import annotations

from pathlib import Path

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.generators.generator import ResidualRequest
from ani3d_runtime.bake.generators.registry import residual_generator
from ani3d_runtime.bake.generators.result import file_inside, kept_result
from ani3d_runtime.bake.importers.residual import read_residual
from ani3d_runtime.bake.restoration.digest import content_key
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.residual import ResidualLayer


def generated_layer(name: str, avatar: Avatar, motion: Motion, progress: ProgressCallback) -> ResidualLayer:
    """The residual layer that a plugin makes for a motion, kept in the cache folder.

    Args:
        name: of the plugin.
        avatar: N Gaussians, in its own order.
        motion: T frames.
        progress: takes the fraction done.

    Raises:
        NotFoundError: ``generator-unknown``. ResourceError: ``plugin-broken``, ``generator-result``,
            ``cache-unwritable``. ResidualError: what it made is no residual layer of this avatar and motion.
        Ani3dError: the plugin's own.
    """
    generator = residual_generator(name)
    key = content_key("residual", name, generator.version(), avatar.splats, avatar.skeleton, avatar.binding, motion)

    def make(folder: Path) -> dict[str, str | None]:
        made = file_inside(generator.generate(ResidualRequest(avatar, motion, folder), progress), folder, name)
        # Read before it is kept: what is wrong shall be made anew.
        _read(folder / made, avatar, motion)
        return {"file_layer": made}

    folder, facts = kept_result(key, make)
    return _read(folder / str(facts["file_layer"]), avatar, motion)


def _read(path: Path, avatar: Avatar, motion: Motion) -> ResidualLayer:
    return read_residual(path, motion.frame_count, avatar.count, avatar=avatar.name, motion=motion.name)
