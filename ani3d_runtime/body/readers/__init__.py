"""Motion files."""

from __future__ import annotations

from ani3d_runtime.body.readers.motion_file import builtin_motion_names, read_motion
from ani3d_runtime.body.readers.options import MotionOptions

__all__ = ["MotionOptions", "builtin_motion_names", "read_motion"]
