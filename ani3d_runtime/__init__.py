"""Bake a Gaussian human once, play it anywhere, cloth and hair included."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ani3d_runtime.avatar import Avatar, Binding, Part
    from ani3d_runtime.body.motion import Motion
    from ani3d_runtime.body.skeleton import Skeleton
    from ani3d_runtime.errors import Ani3dError
    from ani3d_runtime.package.reader import Package
    from ani3d_runtime.playback.blend import Blend
    from ani3d_runtime.playback.joint_mask import JointMask
    from ani3d_runtime.playback.live import LivePlayer
    from ani3d_runtime.playback.mix import mixed
    from ani3d_runtime.playback.player import ClipPlayer
    from ani3d_runtime.residual import ResidualLayer
    from ani3d_runtime.splats import SplatCloud

__version__ = "0.1.0"

__all__ = [
    "Ani3dError",
    "Avatar",
    "Binding",
    "Blend",
    "ClipPlayer",
    "JointMask",
    "LivePlayer",
    "Motion",
    "Package",
    "Part",
    "ResidualLayer",
    "Skeleton",
    "SplatCloud",
    "__version__",
    "mixed",
]

# Imported when first asked for: whoever opens a package waits for no player, and whoever asks the version for nothing.
_MODULES = {
    "Ani3dError": "errors",
    "Avatar": "avatar",
    "Binding": "avatar",
    "Blend": "playback.blend",
    "ClipPlayer": "playback.player",
    "JointMask": "playback.joint_mask",
    "LivePlayer": "playback.live",
    "Motion": "body.motion",
    "Package": "package.reader",
    "Part": "avatar",
    "ResidualLayer": "residual",
    "Skeleton": "body.skeleton",
    "SplatCloud": "splats",
    "mixed": "playback.mix",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
