"""Playback: a clip at any time, and the posed Gaussians of that time."""
