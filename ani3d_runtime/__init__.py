"""Bake a Gaussian human once, play it anywhere, cloth and hair included."""

from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.splats import SplatCloud

__version__ = "0.1.0"

__all__ = [
    "Ani3dError",
    "Avatar",
    "Binding",
    "Motion",
    "Part",
    "ResidualLayer",
    "Skeleton",
    "SplatCloud",
    "__version__",
]
