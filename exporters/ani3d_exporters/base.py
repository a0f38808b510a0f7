"""Exporter: one file format, written from posed frames of a package."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from ani3d_runtime.errors import UsageError
from ani3d_runtime.geometry.frames import Axes
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import Layer
from ani3d_runtime.progress import ProgressCallback


@dataclass(frozen=True)
class ExportRequest:
    """The request to an exporter.

    Attributes:
        package: the open package.
        clip_name: clip to pose the avatar with.
        frames: frame numbers of that clip.
        layer: with or without the residual layer.
        axes: axes of the written file.
        output: file or folder to write.
        overwrite: replace what is there.
        lod: level of detail, 0 the coarsest; all Gaussians where it is None.
    """

    package: Package
    clip_name: str
    frames: Sequence[int]
    layer: Layer
    axes: Axes
    output: Path
    overwrite: bool
    lod: int | None = None


@dataclass(frozen=True)
class ExportReport:
    """The outcome of an export: the files, and what they could not hold.

    Attributes:
        files: in the order of their frames; what belongs to all of them last.
        gaussian_count: of each file.
        bytes_written: of all files together.
        losses: what the package holds and these files do not, a phrase each.
        axes: of the files.
    """

    files: list[str]
    gaussian_count: int
    bytes_written: int
    losses: list[str] = field(default_factory=list[str])
    axes: Axes | None = None

    def to_json(self) -> dict[str, object]:
        """The report as scripts read it."""
        return {
            "files": self.files,
            "gaussians": self.gaussian_count,
            "bytes": self.bytes_written,
            "losses": self.losses,
            "axes": self.axes,
        }


class Exporter(ABC):
    """Base of all exporters; subclasses take no constructor arguments.

    Attributes:
        description: what is written, for the list of formats.
        suffix: of the files that are written, such as ``.ply``.
        follows: endings of an output's name that choose this format where none is named; empty for a format that has
            to be named.
        writes_folder: many files go into a folder; otherwise one file is written.
        usual_axes: of the files, where nothing else is asked for.
        axes_fixed: the format has no other axes.
    """

    description: ClassVar[str]
    suffix: ClassVar[str]
    follows: ClassVar[tuple[str, ...]] = ()
    writes_folder: ClassVar[bool] = False
    usual_axes: ClassVar[Axes] = "rdf"
    axes_fixed: ClassVar[bool] = False

    def check_output(self, output: Path, overwrite: bool) -> None:
        """Refuse an output that cannot be what this format writes.

        Args:
            output: file or folder to write.
            overwrite: replace what is there.

        Raises:
            UsageError: ``export-suffix`` or ``output-exists``.
        """
        if (output.suffix.lower() == self.suffix) == self.writes_folder:
            raise UsageError(
                "export-suffix",
                output,
                found=f"suffix {output.suffix!r}",
                expected=f"a folder's name, not a {self.suffix} file's" if self.writes_folder else self.suffix,
                fix="Name the output so, or choose another format.",
            )
        if output.exists() and not (overwrite and output.is_dir() == self.writes_folder) and not self._is_empty(output):
            raise UsageError(
                "output-exists",
                output,
                found="a file or folder of that name",
                expected="a new or empty folder" if self.writes_folder else "a new file",
                fix="Choose another name or pass --force.",
            )

    def chosen_axes(self, asked: Axes | None) -> Axes:
        """Axes of the files.

        Args:
            asked: by the user; None for the usual ones.

        Raises:
            UsageError: ``export-axes`` where the format has others.
        """
        if asked is not None and self.axes_fixed and asked != self.usual_axes:
            raise UsageError(
                "export-axes",
                "--axes",
                found=f"{asked} for a {self.suffix} file",
                expected=f"{self.usual_axes}, as its format says",
                fix="Leave --axes out.",
            )
        return asked or self.usual_axes

    @abstractmethod
    def export(self, request: ExportRequest, progress: ProgressCallback) -> ExportReport:
        """Write the request.

        Raises:
            Ani3dError: nothing is left behind when it fails.
        """

    def _is_empty(self, output: Path) -> bool:
        return self.writes_folder and output.is_dir() and not any(output.iterdir())
