"""Motion files."""

from __future__ import annotations

from ani3d_runtime.body.readers.motion_file import MotionOptions, builtin_motion_names, read_motion

__all__ = ["MotionOptions", "builtin_motion_names", "read_motion"]
