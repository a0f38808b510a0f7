"""Playback: a clip at any time, and the posed Gaussians of that time."""

from ani3d_runtime.playback.deform import Deformer as Deformer
from ani3d_runtime.playback.posed import PosedSplats as PosedSplats
