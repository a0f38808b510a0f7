"""ImportedAvatar: Gaussians of a file of whatever format, in our axes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.errors import PlyError, UsageError
from ani3d_runtime.formats.importer import AvatarImporter
from ani3d_runtime.formats.registry import importer_for
from ani3d_runtime.geometry.frames import Axes, checked_axes, cloud_from_axes
from ani3d_runtime.splats import SplatCloud

# As most captures have them, where neither file nor user says.
USUAL_AXES: Axes = "rdf"


@dataclass(frozen=True)
class ImportedAvatar:
    """Gaussians of a file.

    Attributes:
        cloud: in our axes, the file's order and its unit of length.
        parts: [N] values of :class:`~ani3d_runtime.avatar.Part`; None where the file does not say.
        axes: that the file was read in.
        notes: what was decided on the user's behalf.
    """

    cloud: SplatCloud
    parts: UInt8Array | None
    axes: Axes
    notes: tuple[str, ...]


def read_avatar(path: Path | str, *, axes: Axes | None = None, drop_nan: bool = False) -> ImportedAvatar:
    """Read Gaussians from a file of any format with an importer.

    Args:
        path: the file.
        axes: how its axes lie; the format's own where it says so, else rdf, when None.
        drop_nan: leave Gaussians with NaN out instead of refusing the file.

    Raises:
        InputError: ``import-*``, ``ply-*``, ``splat-file-*``, ``splats-*``, ``gltf-*``.
        UsageError: ``axes-unknown``; ``axes-fixed`` where the format says others.
    """
    path = Path(path)
    if axes is not None:
        checked_axes(axes)
    importer = importer_for(path, "avatar")
    assert isinstance(importer, AvatarImporter)
    file = importer.read(path, drop_nan=drop_nan)
    if axes is not None and file.axes not in (None, axes):
        raise UsageError(
            "axes-fixed",
            "axes",
            found=f"{axes} for {path.name}",
            expected=f"{file.axes}, as its format has",
            fix="Leave --axes out.",
        )
    used = file.axes or axes or USUAL_AXES
    parts = None if file.part_labels is None else _parts(path, file.part_labels)
    return ImportedAvatar(cloud_from_axes(file.cloud, used), parts, used, file.notes)


def _parts(path: Path, labels: Float32Array) -> UInt8Array:
    if (labels != labels.round()).any() or labels.min() < 0 or labels.max() > max(Part):
        raise PlyError(
            "ply-bad-part",
            path,
            found=f"labels from {labels.min():g} to {labels.max():g}",
            expected=", ".join(f"{int(part)} {part.name.lower()}" for part in Part),
            fix="Relabel the property part, or remove it to have the parts guessed.",
        )
    return labels.astype("u1")
