"""Signatures; being written."""

from __future__ import annotations

from ani3d_runtime.arrays import Float32Array


def encode_pose_group(
    root_translation_m: Float32Array, joint_rotations_wxyz: Float32Array, *, codec_id: str = "rans"
) -> bytes:
    """Section ``pose``: [F, 3] to 0.05 mm per axis, [F, J, 4] to 0.22 mrad."""
    ...


def decode_pose_group(
    section: bytes | memoryview, frame_count: int, joint_count: int
) -> tuple[Float32Array, Float32Array]:
    """([F, 3] metres, [F, J, 4] unit wxyz)."""
    ...
