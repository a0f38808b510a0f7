"""Hypothesis strategies over synthetic avatars; needs the ``hypothesis`` package."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.deformation import DeformationModel, Frame
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_deformation, synthetic_frame


@dataclass(frozen=True)
class DeformedAvatar:
    """An avatar, a deformation model for it, and one frame of it."""

    avatar: Avatar
    deformation: DeformationModel
    frame: Frame


def avatars(max_gaussians: int = 40) -> st.SearchStrategy[Avatar]:
    """Avatars of 1..max_gaussians Gaussians and 1..8 joints, harmonics of degree 0 to 3."""
    return st.builds(
        synthetic_avatar,
        gaussian_count=st.integers(1, max_gaussians),
        joint_count=st.integers(1, 8),
        sh_degree=st.integers(0, 3),
        seed=st.integers(0, 2**32 - 1),
    )


@st.composite
def deformed_avatars(draw: st.DrawFn, max_gaussians: int = 40) -> DeformedAvatar:
    """Avatars with any mixture of nodes, correctives and detail, from hardly bent to badly twisted."""
    avatar = draw(avatars(max_gaussians))
    seed = draw(st.integers(0, 2**32 - 1))
    deformation = synthetic_deformation(
        avatar, node_count=draw(st.integers(0, 6)), corrective_count=draw(st.integers(0, 3)), seed=seed
    )
    frame = synthetic_frame(
        avatar,
        deformation,
        detail_count=draw(st.integers(0, max_gaussians)),
        bend_rad=draw(st.sampled_from((0.0, 0.01, 0.3, 1.0))),
        seed=seed,
    )
    return DeformedAvatar(avatar, deformation, frame)
