# pyright: basic
"""HexPlaneField: the field of the paper, as a peer of control nodes.

Six planes of features over xy, xz, yz and xt, yt, zt at two resolutions are looked up at a Gaussian's rest position and
the time, multiplied, and read by a small network as displacement and rotation in rest-pose space (Cao and Johnson 2023,
"HexPlane"; Wu et al. 2024, "4D Gaussian Splatting").
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

from ani3d_runtime.bake.fit4d.posing import Residual

FEATURES = 16
_SPACE_PAIRS, _TIME_AXES = ((0, 1), (0, 2), (1, 2)), (0, 1, 2)
_WIDTH = 64


class HexPlaneField(nn.Module):
    """The residual of points at rest at any time.

    Args:
        rest_m: [S, 3] the points.
        frame_count: frames of the clip.
        space: cells of a plane along one axis of space, per resolution. frames_per_cell: the same for time.
    """

    def __init__(
        self,
        rest_m: Tensor,
        frame_count: int,
        space: tuple[int, ...] = (32, 64),
        frames_per_cell: tuple[int, ...] = (4, 2),
    ) -> None:
        super().__init__()
        self._low, self._high = rest_m.amin(0), rest_m.amax(0)
        self._places = self._placed(rest_m)
        self._frames = frame_count
        self.planes = nn.ParameterList()
        for cells, stride in zip(space, frames_per_cell, strict=True):
            times = max(2, frame_count // stride)
            self.planes += [nn.Parameter(torch.rand(1, FEATURES, cells, cells) * 0.4 + 0.1) for _ in _SPACE_PAIRS]
            # Planes over time begin as ones: without a reason nothing moves.
            self.planes += [nn.Parameter(torch.ones(1, FEATURES, times, cells)) for _ in _TIME_AXES]
        last = nn.Linear(_WIDTH, 6)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        first, second = nn.Linear(FEATURES * len(space), _WIDTH), nn.Linear(_WIDTH, _WIDTH)
        self.network = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), last)

    def _placed(self, rest_m: Tensor) -> Tensor:
        return 2 * (rest_m - self._low) / (self._high - self._low).clamp_min(1e-6) - 1

    def at_points(self, rest_m: Tensor) -> HexPlaneField:
        """The same field read at other points."""
        other = copy.copy(self)
        other._places = self._placed(rest_m)
        return other

    def residual(self, frame: float) -> Residual:
        """The residual of all points at a fractional frame."""
        time = self._places.new_full((len(self._places),), 2 * frame / max(self._frames - 1, 1) - 1)
        found: list[Tensor] = []
        for level in range(0, len(self.planes), 6):
            feature = torch.ones(FEATURES, len(self._places))
            for plane, (a, b) in zip(self.planes[level : level + 3], _SPACE_PAIRS, strict=True):
                feature = feature * _looked_up(plane, self._places[:, a], self._places[:, b])
            for plane, axis in zip(self.planes[level + 3 : level + 6], _TIME_AXES, strict=True):
                feature = feature * _looked_up(plane, self._places[:, axis], time)
            found.append(feature)
        moves, vectors = self.network(torch.cat(found).T).split(3, dim=1)
        half = 0.5 * vectors
        angle = (half.square().sum(1, keepdim=True) + 1e-12).sqrt()
        return Residual(moves, torch.cat((angle.cos(), half * angle.sin() / angle), 1))

    def roughness(self) -> Tensor:
        """Mean square of steps along time and space in the planes."""
        steps = [plane.diff(dim=axis).square().mean() for plane in self.planes for axis in (2, 3)]
        return torch.stack(steps).mean()


def _looked_up(plane: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """[C, S] bilinear."""
    grid = torch.stack((across, down), -1)[None, :, None]
    return functional.grid_sample(plane, grid, align_corners=True, padding_mode="border")[0, ..., 0]
