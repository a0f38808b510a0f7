"""Posed frames of a package as clouds that a static format can hold."""

from __future__ import annotations

from collections.abc import Callable

from ani3d_exporters.base import ExportRequest
from ani3d_runtime.errors import NotFoundError
from ani3d_runtime.geometry.frames import cloud_to_axes
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.splats import SplatCloud


def frame_poser(request: ExportRequest) -> Callable[[int], SplatCloud]:
    """A function from frame number to world-space cloud, in the Gaussians' input order and the request's axes.

    Harmonics are turned with each Gaussian, so that the file looks right without a skeleton.

    Raises:
        NotFoundError: ``frame-not-found``, ``lod-not-found``, before anything is written.
    """
    player = ClipPlayer(request.package, request.clip_name, layer=request.layer, lod=request.lod)
    count = request.package.clip(request.clip_name).frame_count
    outside = [frame for frame in request.frames if not 0 <= frame < count]
    if outside:
        raise NotFoundError(
            "frame-not-found",
            request.clip_name,
            found=f"frame {outside[0]}",
            expected=f"0..{count - 1}",
            fix="Choose frames of this clip; 'ani3d info' lists how many it has.",
        )
    input_order = request.package.input_order
    # Gaussians of a level come first in storage order.
    input_order = input_order[input_order < player.avatar.count]

    def pose(frame: int) -> SplatCloud:
        posed = player.pose(player.frame(frame)).take(input_order)
        return cloud_to_axes(posed.with_rotated_harmonics(), request.axes)

    return pose
