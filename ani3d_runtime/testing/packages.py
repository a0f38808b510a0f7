"""Small packages of synthetic avatars, for tests of whatever reads or serves them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion, synthetic_residual


def write_synthetic_package(
    path: Path, *, count: int = 200, frame_count: int = 40, fps: float = 30.0, seed: int = 0
) -> Path:
    """Write an avatar with two clips: ``walk`` with a residual layer, ``stand`` without; returns ``path``."""
    avatar = synthetic_avatar(count, seed=seed, name=path.stem)
    walk = synthetic_motion(avatar.skeleton, frame_count, fps=fps, seed=seed, name="walk")
    stand = synthetic_motion(avatar.skeleton, frame_count, fps=fps, seed=seed + 1, name="stand")
    residual = synthetic_residual(avatar, frame_count, fps=fps, seed=seed)
    write_package(path, avatar, [ClipSource("walk", walk, residual), ClipSource("stand", stand)])
    return path


def write_body_package(path: Path, *, count: int = 200, frame_count: int = 40, seed: int = 0) -> Path:
    """Write an avatar on the built-in body's skeleton, with one clip, ``stroll``; returns ``path``."""
    skeleton = load_builtin_body().skeleton
    plain = synthetic_avatar(count, joint_count=skeleton.joint_count, seed=seed, name=path.stem)
    avatar = replace(plain, skeleton=skeleton)
    stroll = read_motion("cmu_01_01", skeleton).slice(0, frame_count)
    residual = synthetic_residual(avatar, frame_count, fps=stroll.fps, seed=seed)
    write_package(path, avatar, [ClipSource("stroll", stroll, residual)])
    return path
