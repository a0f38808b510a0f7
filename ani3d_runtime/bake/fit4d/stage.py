# pyright: basic
"""A stage of the fit: the avatar thinned, the videos at one size, and the loss of a picture with its gradient."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.fit4d.array_step import ArrayStep
from ani3d_runtime.bake.fit4d.freedom import fitted_freedom
from ani3d_runtime.bake.fit4d.graph import NodeGraph
from ani3d_runtime.bake.fit4d.losses import picture_loss
from ani3d_runtime.bake.fit4d.node_field import ClothResistance, NodeCarrier, NodeField, NodeMoments
from ani3d_runtime.bake.fit4d.posing import PosedTensors, Residual, ResidualPoser
from ani3d_runtime.bake.fit4d.scene import FitPicture, SkeletonTimes, fit_pictures
from ani3d_runtime.bake.fit4d.settings import FitSettings, FitStage
from ani3d_runtime.bake.fit4d.thinning import thinned
from ani3d_runtime.bake.fit4d.video import FitVideo
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.rasterise.numba_backend import NumbaRasteriser
from ani3d_runtime.bake.rasterise.rasteriser import Rasteriser, RasterMode, RenderedViews
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.render.rasterise import RasterOptions

CPU = torch.device("cpu")


@dataclass(frozen=True)
class FitNodes:
    """The nodes of a fit and what is known about them at every time.

    Attributes:
        graph: the nodes. field: their tracks. resistance: of their cloth.
        skeletons, moments: at any time of the motion.
    """

    graph: NodeGraph
    field: NodeField
    resistance: ClothResistance
    skeletons: SkeletonTimes
    moments: NodeMoments

    @classmethod
    def of(
        cls,
        avatar: Avatar,
        motion: Motion,
        freedom: Float32Array | None,
        settings: FitSettings,
        device: torch.device = CPU,
    ) -> FitNodes:
        """Nodes on what is free, at rest: the same ones for a fit and for whatever it starts from.

        Raises:
            InputError: ``fit-wrong-freedom``, ``fit-nothing-free``.
        """
        graph = NodeGraph.over(avatar, fitted_freedom(avatar, freedom), settings.node_count)
        field = NodeField(
            graph,
            motion.frame_count,
            knot_stride=settings.knot_stride,
            space_smoothing=settings.space_smoothing,
            time_smoothing=settings.time_smoothing,
            device=device,
        )
        skeletons = SkeletonTimes(avatar, MotionPoser(avatar, motion))
        return cls(graph, field, ClothResistance(graph, settings.cloth), skeletons, NodeMoments(graph, skeletons))


class StageView:
    """What a stage looks at.

    Args:
        avatar, motion, videos: whose layer is fitted, for which clip, to what.
        nodes: of the fit.
        settings, stage: how.
        rasteriser: renders.
    """

    def __init__(
        self,
        avatar: Avatar,
        motion: Motion,
        videos: Sequence[FitVideo],
        nodes: FitNodes,
        settings: FitSettings,
        stage: FitStage,
        rasteriser: Rasteriser,
    ) -> None:
        self._nodes, self._settings, self._rasteriser = nodes, settings, rasteriser
        device = nodes.field.knots.device
        small, graph = _hung(nodes.graph, avatar, thinned(avatar, stage.gaussians))
        self._small = small
        self._carrier = NodeCarrier(graph, small)
        self._poser = ResidualPoser(small, len(graph.members), device)
        self._opacities = torch.from_numpy(small.splats.opacities).to(device)
        self._white = torch.ones(1, 3, device=device)
        self._frame_s = 1 / motion.fps
        # Means of pixels are what antialiased Gaussians give; "classic" ones would swell in a small picture.
        self._mode: RasterMode = "antialiased" if stage.halvings else "classic"
        self._pictures = fit_pictures(
            small,
            MotionPoser(small, motion),
            nodes.skeletons,
            videos,
            halvings=stage.halvings,
            preserve_weight=settings.preserve_weight,
            levels=len(settings.loss.colour),
            device=device,
        )

        self._array_step = self._on_arrays() if isinstance(rasteriser, NumbaRasteriser) else None

    def _on_arrays(self) -> ArrayStep:
        nodes, settings = self._nodes, self._settings
        return ArrayStep(
            nodes.field,
            nodes.moments,
            nodes.resistance,
            self._carrier,
            self._poser,
            RasterOptions(antialiased=self._mode == "antialiased"),
            settings.loss,
            self._frame_s,
        )

    @property
    def picture_count(self) -> int:
        """Pictures of all videos."""
        return len(self._pictures)

    @property
    def avatar(self) -> Avatar:
        """The thinned avatar, Gaussians that may move last."""
        return self._small

    @property
    def graph(self) -> NodeGraph:
        """What of it hangs on which nodes."""
        return self._carrier.graph

    def picture(self, index: int) -> FitPicture:
        """One of the pictures."""
        return self._pictures[index]

    def posed(self, picture: FitPicture) -> PosedTensors:
        """The Gaussians of a picture where the nodes have them, without gradients."""
        nodes = self._nodes
        with torch.no_grad():
            state = nodes.field.states(np.array([picture.frame]))[0]
            residual = self._carrier.residual(state, nodes.moments.at(picture.time_s), picture.joints)
            return self._poser.pose(picture.joints, residual)

    def backward(self, indices: Sequence[int]) -> tuple[float, float]:
        """Add the gradient of the mean loss of some pictures to the knots'; the mean picture and cloth losses."""
        picture_sum = cloth_sum = 0.0
        for index in indices:
            picture, cloth = self._backward(index, 1 / len(indices))
            picture_sum, cloth_sum = picture_sum + picture, cloth_sum + cloth
        return picture_sum / len(indices), cloth_sum / len(indices)

    def _backward(self, index: int, share: float) -> tuple[float, float]:
        if self._array_step is not None:
            return self._array_step.add_gradient(self._pictures[index], share)
        picture, cloth = self.losses(index)
        (share * (picture + cloth)).backward()
        return picture.item(), cloth.item()

    def losses(self, index: int) -> tuple[Tensor, Tensor]:
        """Picture and cloth loss of a picture."""
        picture, nodes = self._pictures[index], self._nodes
        states = nodes.field.states(np.array([picture.frame - 1, picture.frame, picture.frame + 1]))
        before, now, after = (nodes.moments.at(picture.time_s + step * self._frame_s) for step in (-1, 0, 1))
        views = self.rendered(picture, self._carrier.residual(states[1], now, picture.joints))
        loss = picture_loss(
            views.rgb.squeeze(0),
            views.alpha.squeeze((0, 3)),
            views.depth.squeeze((0, 3)),
            picture.target,
            self._settings.loss,
        )
        return loss, nodes.resistance.loss(states, (before, now, after))

    def rendered(self, picture: FitPicture, residual: Residual) -> RenderedViews:
        """A picture of the avatar with a residual, with gradients."""
        posed = self._poser.pose(picture.joints, residual)
        return self._rasteriser.render(
            posed.means,
            posed.quats,
            posed.scales,
            self._opacities,
            picture.colours,
            picture.view,
            picture.K,
            picture.camera.width_px,
            picture.camera.height_px,
            backgrounds=self._white,
            mode=self._mode,
            still=self._poser.still_count,
        )


@contextlib.contextmanager
def single_threaded_torch() -> Generator[None, None, None]:
    """Torch's own threads kept out: they wait for work in a loop, and take the cores from the kernels meanwhile."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _hung(graph: NodeGraph, avatar: Avatar, small: Avatar) -> tuple[Avatar, NodeGraph]:
    """A thinned avatar, those that may move last, and the nodes carrying these, each as the nearest of its part."""
    rows = np.full(avatar.count, -1, dtype=np.int64)
    rows[graph.members] = np.arange(len(graph.members))
    nearest = np.empty(small.count, dtype=np.int64)
    for part in np.unique(small.binding.parts):
        chosen, among = np.flatnonzero(small.binding.parts == part), np.flatnonzero(avatar.binding.parts == part)
        tree = KDTree(avatar.splats.means_m[among].astype(np.float64))
        nearest[chosen] = among[tree.query(small.splats.means_m[chosen].astype(np.float64))[1]]
    taken = rows[nearest]
    order = np.argsort(taken >= 0, kind="stable").astype(np.int32)
    still = int((taken < 0).sum())
    members = np.arange(still, small.count, dtype=np.int32)
    return small.take(order), graph.carrying(members, taken[order[still:]])
