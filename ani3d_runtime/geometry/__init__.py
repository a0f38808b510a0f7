"""Quaternions, spherical harmonics and the frames of other tools."""
