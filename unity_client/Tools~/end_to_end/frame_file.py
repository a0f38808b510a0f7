"""Frames as the client's program writes them: float64, one frame after the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class WrittenFrame:
    """One frame; arrays are those of Python's Frame and FullFrame, by their names."""

    time_s: float
    frame_index: int
    epoch: int
    arrays: dict[str, np.ndarray[Any, Any]]


class FrameReader:
    """Reads a file of frames."""

    def __init__(self, path: Path) -> None:
        self._numbers = np.fromfile(path, dtype="<f8")
        self._at = 0

    def light(self) -> list[WrittenFrame]:
        """All frames of a light stream."""
        frames: list[WrittenFrame] = []
        while self._at < len(self._numbers):
            time_s, index, epoch, joints, nodes, details = self._take(6)
            rows, moved = int(joints), int(nodes)
            arrays = {
                "root_translation_m": self._take(3),
                "joint_rotations_wxyz": self._take(rows, 4),
                "node_displacements_m": self._take(moved, 3),
                "node_rotations_wxyz": self._take(moved, 4),
            }
            if details:
                arrays["indices"] = self._take(int(details))
                arrays["position_m"] = self._take(int(details), 3)
                self._take(int(details), 4)
            frames.append(WrittenFrame(float(time_s), int(index), int(epoch), arrays))
        return frames

    def full(self) -> list[WrittenFrame]:
        """All frames of a full stream."""
        frames: list[WrittenFrame] = []
        while self._at < len(self._numbers):
            time_s, index, epoch, count = self._take(4)
            rows = int(count)
            arrays = {
                "means_m": self._take(rows, 3),
                "quats_wxyz": self._take(rows, 4),
                "scales_m": self._take(rows, 3),
                "opacities": self._take(rows),
                "colours": self._take(rows, 3),
            }
            frames.append(WrittenFrame(float(time_s), int(index), int(epoch), arrays))
        return frames

    def _take(self, *shape: int) -> np.ndarray[Any, Any]:
        count = int(np.prod(shape))
        taken = self._numbers[self._at : self._at + count].reshape(shape)
        self._at += count
        return taken
