"""Exporter: one file format, written from posed frames of a package."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ani3d_runtime.geometry.frames import Axes
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import Layer
from ani3d_runtime.progress import ProgressCallback


@dataclass(frozen=True)
class ExportRequest:
    """What to write.

    Attributes:
        package: the open package.
        clip_name: clip to pose the avatar with.
        frames: frame numbers of that clip.
        layer: with or without the residual layer.
        axes: axes of the written file.
        output: file or folder to write.
        overwrite: replace what is there.
    """

    package: Package
    clip_name: str
    frames: Sequence[int]
    layer: Layer
    axes: Axes
    output: Path
    overwrite: bool


@dataclass(frozen=True)
class ExportReport:
    """What was written, and what the format could not hold."""

    files: list[str]
    gaussian_count: int
    bytes_written: int
    losses: list[str] = field(default_factory=list[str])

    def to_json(self) -> dict[str, object]:
        """The report as scripts read it."""
        return {
            "files": self.files,
            "gaussians": self.gaussian_count,
            "bytes": self.bytes_written,
            "losses": self.losses,
        }


class Exporter(ABC):
    """Base of all exporters; subclasses take no constructor arguments."""

    description: str

    @abstractmethod
    def export(self, request: ExportRequest, progress: ProgressCallback) -> ExportReport:
        """Write the request.

        Raises:
            Ani3dError: nothing is left behind when it fails.
        """
