"""JointMask: how much a layer says about each joint, and what follows from it for nodes and Gaussians."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.avatar import Binding
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.deformation import DeformationModel
from ani3d_runtime.errors import NotFoundError, UsageError
from ani3d_runtime.playback.mix import Shares


class JointMask:
    """A weight for each joint: 1 where the layer alone is shown, 0 where it is not.

    Args:
        skeleton: whose joints are named.
        weights: 0..1 by names of joints; joints that are not named have 0. The root's weight is that of its height and
            lean, too.

    Attributes:
        weights: [J].

    Raises:
        NotFoundError: ``mask-unknown-joint``. UsageError: ``mask-bad-weight``.
    """

    def __init__(self, skeleton: Skeleton, weights: Mapping[str, float]) -> None:
        self.weights: Float64Array = np.zeros(skeleton.joint_count)
        for name, weight in weights.items():
            if not 0 <= weight <= 1:
                raise UsageError(
                    "mask-bad-weight",
                    f"{_called(name)} of a mask",
                    found=str(weight),
                    expected="0 to 1",
                    fix="Give 1 for a joint that the layer moves, 0 for one that it leaves.",
                )
            self.weights[_index(skeleton, name)] = weight

    @classmethod
    def below(cls, skeleton: Skeleton, *names: str, weight: float = 1.0) -> JointMask:
        """Some joints and all that hang on them, such as the spine and with it the upper body.

        Raises:
            NotFoundError: ``mask-unknown-joint``. UsageError: ``mask-bad-weight``.
        """
        reached = np.zeros(skeleton.joint_count, dtype=bool)
        reached[[_index(skeleton, name) for name in names]] = True
        for joint, parent in enumerate(skeleton.parents):
            reached[joint] |= parent >= 0 and reached[parent]
        inside = [name for name, is_in in zip(skeleton.joint_names, reached, strict=True) if is_in]
        return cls(skeleton, dict.fromkeys(inside, weight))

    def shares(self, binding: Binding, model: DeformationModel, level_sizes: Sequence[int]) -> Shares:
        """What the mask means for an avatar (spec/CONVENTIONS.md, "Mixed frames").

        Args:
            binding: joints and weights of N Gaussians.
            model: the nodes that they hang on.
            level_sizes: Gaussians of each level of detail, the coarsest first; those beyond N are not looked at.
        """
        gaussians = (self.weights[binding.joints] * binding.weights).sum(axis=1)
        nodes, is_known = np.zeros(model.node_count), np.zeros(model.node_count, dtype=bool)
        for end in np.cumsum(level_sizes):
            hung, pulls = model.node_indices[:end].ravel(), model.node_weights[:end].astype(np.float64)
            total = np.bincount(hung, pulls.ravel(), model.node_count)
            found = np.bincount(hung, (pulls * gaussians[:end, None]).ravel(), model.node_count)
            is_new = ~is_known & (total > 0)
            nodes[is_new] = found[is_new] / total[is_new]
            is_known |= is_new
        return Shares(self.weights, nodes, gaussians)


def _called(name: object) -> str:
    return f"joint {name[:128]!r}" if isinstance(name, str) else f"joint {repr(name)[:128]}"


def _index(skeleton: Skeleton, name: object) -> int:
    if not isinstance(name, str) or name not in skeleton.joint_names:
        raise NotFoundError(
            "mask-unknown-joint",
            f"{_called(name)} of a mask",
            found="no such joint" if isinstance(name, str) else f"a {type(name).__name__} for a name",
            expected=f"one of: {', '.join(skeleton.joint_names)}",
            fix="Name joints of the package's skeleton.",
        )
    return skeleton.joint_names.index(name)
