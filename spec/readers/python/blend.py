"""Our blends on their golden vectors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np

from ani3d_runtime.avatar import Binding
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.deformation import DeformationModel, Frame
from ani3d_runtime.playback.blending import Blending
from ani3d_runtime.playback.frame_row import FrameRow
from ani3d_runtime.playback.joint_mask import JointMask
from ani3d_runtime.playback.mix import Shares
from ani3d_runtime.playback.root_path import RootMotion
from spec.readers.python.playback import frame_fields, numbers, row_of


def blended(vector: dict[str, Any]) -> dict[str, Any]:
    """Frames, steps of the root, and how far each layer reaches."""
    clips = _Clips(vector)
    blending = Blending(clips)
    for play in vector["plays"]:
        blending.play(**play)
    laid = [_laid(blending, clips, overlay) for overlay in vector["overlays"]]
    frames = [blending.frame_at(each["time_s"], cast("RootMotion", each["root"])) for each in vector["shown"]]
    return {
        "frames": [frame_fields(frame, vector["detail_of"]) for frame in frames],
        "steps": [numbers(blending.root_step(*times)) for times in vector["steps"]],
        "shares": [{"nodes": numbers(shares.nodes), "gaussians": numbers(shares.gaussians)} for shares in laid],
    }


def _laid(blending: Blending, clips: _Clips, told: dict[str, Any]) -> Shares:
    options = {name: told[name] for name in ("clip", "at_s", "fade_s", "weight", "start_s", "rate")}
    overlay = blending.overlay(mask=JointMask(clips.skeleton, told["mask"]), **options)
    if told["end_s"] is not None:
        blending.end(overlay, told["end_s"], fade_s=told["fade_out_s"])
    return overlay.shares


class _Clips:
    """Clips and binding of a vector."""

    def __init__(self, vector: dict[str, Any]) -> None:
        self.root_joint_m = np.array(vector["root_joint_m"], dtype=np.float32)
        names = tuple(vector["joint_names"])
        parents = np.arange(-1, len(names) - 1, dtype=np.int32)
        self.skeleton = Skeleton.in_zero_pose(names, parents, np.zeros((len(names), 3), dtype=np.float32))
        self._rows = {name: row_of(clip, self.root_joint_m) for name, clip in vector["clips"].items()}
        binding, nodes = vector["binding"], vector["nodes"]
        count = len(binding["joints"])
        self._binding = Binding(
            np.array(binding["joints"], dtype=np.uint8),
            np.array(binding["weights"], dtype=np.float32),
            np.zeros(count, dtype=np.uint8),
        )
        self._model = replace(
            DeformationModel.empty(count),
            node_rest_m=np.zeros((nodes["count"], 3), dtype=np.float32),
            node_indices=np.array(nodes["indices"], dtype=np.int32),
            node_weights=np.array(nodes["weights"], dtype=np.float32),
        )
        self._level_sizes = vector["level_sizes"]

    def check(self, clip: str) -> None:
        assert clip in self._rows

    def frame_at(self, clip: str, time_s: float, loop: bool | None, *, detail: bool) -> Frame:
        row: FrameRow = self._rows[clip]
        return row.at(*row.place(time_s, loop), detail=detail)

    def shares(self, mask: JointMask) -> Shares:
        return mask.shares(self._binding, self._model, self._level_sizes)
