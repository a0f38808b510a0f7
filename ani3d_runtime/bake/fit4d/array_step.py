"""ArrayStep: the loss of a picture and its gradient on the CPU, kernel after kernel.

What :meth:`StageView.losses` and torch's autograd do with the same parts on any device, without a graph: on two cores
the graph took as long as posing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ani3d_runtime.bake.fit4d.losses import LossWeights, picture_gradient
from ani3d_runtime.bake.fit4d.node_field import ClothResistance, NodeCarrier, NodeField, NodeMoments
from ani3d_runtime.bake.fit4d.posing import ResidualPoser
from ani3d_runtime.bake.fit4d.scene import FitPicture
from ani3d_runtime.render.rasterise import Rasterisation, RasterOptions

_WHITE = np.ones(3, np.float32)


@dataclass(frozen=True)
class ArrayStep:
    """Adds gradients of pictures to the knots'.

    Attributes:
        field, moments, resistance: of the nodes.
        carrier, poser: of the avatar as it is rendered.
        options: of rendering. weights: of the loss.
        frame_s: seconds from a frame of the motion to the next.
    """

    field: NodeField
    moments: NodeMoments
    resistance: ClothResistance
    carrier: NodeCarrier
    poser: ResidualPoser
    options: RasterOptions
    weights: LossWeights
    frame_s: float

    def add_gradient(self, picture: FitPicture, share: float) -> tuple[float, float]:
        """Add ``share`` of a picture's gradient; its picture and cloth loss."""
        field, joints = self.field, picture.joints
        frames = picture.frame - 1, picture.frame, picture.frame + 1
        before, now, after = (self.moments.at(picture.time_s + step * self.frame_s) for step in (-1, 0, 1))
        states = field.states_of(field.knots, frames)
        carrying = self.carrier.carried(states[1].numpy(), now, joints)
        posed = means, quats, scales = self.poser.posed_arrays(joints, carrying.moves, carrying.turns)
        drawn = Rasterisation(
            means,
            quats,
            scales,
            self.carrier.avatar.splats.opacities,
            picture.camera,
            colours=picture.colours.numpy(),
            background=_WHITE,
            options=self.options,
        )
        seen = drawn.result
        found = picture_gradient(seen.rgb, seen.alpha, seen.depth, picture.target, self.weights)
        by = drawn.backward(found.by_rgb, found.by_alpha, found.by_depth, still=self.poser.still_count)
        by_moves, by_turns, _ = self.poser.gradients(
            joints, carrying.turns, posed, by.means_m, by.quats_wxyz, by.scales_m
        )
        cloth, by_states = self.resistance.measured(states.numpy(), (before, now, after))
        by_states[1] += self.carrier.gradient(carrying, by_moves, by_turns)
        by_states *= np.float32(share)
        if field.knots.grad is None:
            field.knots.grad = torch.zeros_like(field.knots)
        field.add_gradient(torch.from_numpy(by_states), frames, field.knots.grad)
        return found.loss, cloth
