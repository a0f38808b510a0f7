"""MotionImporter: a motion format that is read, found through the ``ani3d.importers`` entry-point group."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

import numpy as np

from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.bounds import refuse_absurd
from ani3d_runtime.body.readers.captured import CapturedMotion
from ani3d_runtime.body.readers.captured_motion import captured_motion
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.readers.options import MotionOptions
from ani3d_runtime.body.readers.smpl_motion import SmplMotion, smpl_motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.formats.importer import Importer


class MotionImporter(Importer):
    """Reads a motion.

    Attributes:
        is_of_smpl: its joints are the SMPL family's, so that options about joints' names say nothing.
        has_takes: its files may hold several takes; such an importer overrides :meth:`read_take`.
    """

    kind = "motion"
    is_of_smpl: bool = False
    has_takes: bool = False

    @abstractmethod
    def read(self, path: Path, say: Say) -> CapturedMotion | SmplMotion:
        """What a file says of a motion, in its own skeleton, unit and axes.

        Args:
            path: the file.
            say: takes one sentence per decision, and doubts.

        Raises:
            InputError: the file cannot be used.
        """

    def read_take(self, path: Path, take: str | None, say: Say) -> CapturedMotion | SmplMotion:
        """As :meth:`read`, of one take of a file.

        Args:
            path: the file.
            take: its name; None for the one that there is, or the one that moves the most.
            say: takes one sentence per decision, and doubts.

        Raises:
            InputError: the file cannot be used. UsageError: ``motion-unknown-take``.
        """
        del take
        return self.read(path, say)


def imported_motion(
    importer: MotionImporter, path: Path, skeleton: Skeleton, options: MotionOptions, say: Say
) -> Motion:
    """A file's motion, as the motion of a body.

    Raises:
        InputError, UsageError: the file cannot be used, or an option does not fit it.
    """
    # What overflows becomes infinite, and is refused.
    with np.errstate(over="ignore", invalid="ignore"):
        found = importer.read_take(path, options.take, say)
    refuse_absurd(found, str(path))
    made = smpl_motion if isinstance(found, SmplMotion) else captured_motion
    return made(found, skeleton, name=path.stem, options=options, subject=str(path), say=say)  # pyright: ignore[reportArgumentType]
