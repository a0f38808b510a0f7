"""Coarse: what the prior is given to restore, rendered from an avatar along a trajectory."""

from ani3d_runtime.bake.coarse.render import render_coarse
from ani3d_runtime.bake.coarse.video import CoarseVideo

__all__ = ["CoarseVideo", "render_coarse"]
