"""Fitter: the residual field fitted to restored videos, kept when it is done and resumed when it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.coarse.render import kept_share
from ani3d_runtime.bake.fit4d.fit import fit_residual
from ani3d_runtime.bake.fit4d.settings import FitSettings
from ani3d_runtime.bake.fit4d.state import FitState
from ani3d_runtime.bake.fit4d.video import FitVideo
from ani3d_runtime.bake.rasterise.rasteriser import choose_rasteriser
from ani3d_runtime.bake.recipe_numbers import FIT
from ani3d_runtime.bake.restoration.digest import content_key
from ani3d_runtime.bake.restoration.start import guided_start
from ani3d_runtime.bake.restoration.store import UnitStore
from ani3d_runtime.bake.restoration.video import RestoredVideo
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.channel import Channel
from ani3d_runtime.progress import ProgressCallback, part_of
from ani3d_runtime.residual import ResidualLayer

_STAGE = "fit"
# Of the progress of a fit, where the prior's guesses are brought to agree first.
_START_SHARE = 0.1
_CHANNELS = tuple(channel.field for channel in Channel)


@dataclass(frozen=True)
class FittedLayer:
    """A residual layer after a round.

    Attributes:
        key: of what it was fitted to, and how.
        layer: of every frame of the motion.
        state: what the next round goes on from.
    """

    key: str
    layer: ResidualLayer
    state: FitState

    def packed(self) -> dict[str, NDArray[Any]]:
        """As it is kept on disk."""
        return {**packed_layer(self.layer), **_packed_state(self.state)}

    @classmethod
    def unpacked(cls, key: str, arrays: Mapping[str, NDArray[Any]]) -> FittedLayer:
        """What :meth:`packed` kept."""
        return cls(key, unpacked_layer(arrays), _unpacked_state(arrays))


class Fitter:
    """Fits the layer of one avatar and motion, round after round.

    Args:
        avatar, motion: whose layer.
        freedom: [N] how far each Gaussian may leave the rigid layer, 0..1; None where its part tells.
        store: where results and checkpoints are kept.
        device: cpu or cuda.
    """

    def __init__(
        self, avatar: Avatar, motion: Motion, freedom: Float32Array | None, store: UnitStore, device: str
    ) -> None:
        self._avatar, self._motion = avatar, motion
        self._freedom: Float32Array = 1 - kept_share(avatar.binding.parts) if freedom is None else freedom
        self._store, self._device = store, device
        self._key = content_key(FIT, avatar, motion, self._freedom)

    def key(self, settings: FitSettings, video_keys: Sequence[str], before: FittedLayer | None) -> str:
        """Of a round's result."""
        return content_key(self._key, settings, video_keys, None if before is None else before.key)

    def stored(self, key: str) -> FittedLayer | None:
        """The result of a round that was finished."""
        arrays = self._store.get(_STAGE, key)
        return None if arrays is None else FittedLayer.unpacked(key, arrays)

    def fit(
        self,
        key: str,
        settings: FitSettings,
        videos: Callable[[], Sequence[RestoredVideo]],
        before: FittedLayer | None,
        progress: ProgressCallback,
        *,
        physics: ResidualLayer | None = None,
    ) -> FittedLayer:
        """The result of a round; one that was stopped goes on from its checkpoint."""
        checkpoint = self._store.scratch(_STAGE, key)

        def make() -> dict[str, NDArray[Any]]:
            restored = videos()
            start = self._start(key, settings, restored, physics, progress) if before is None else before.state
            result = fit_residual(
                self._avatar,
                self._motion,
                [_fit_video(video) for video in restored],
                settings,
                rasteriser=choose_rasteriser("gsplat" if self._device.startswith("cuda") else "numba"),
                freedom=self._freedom,
                start=start,
                checkpoint=checkpoint,
                progress=part_of(progress, _START_SHARE, 1.0),
            )
            return FittedLayer(key, result.layer, result.state).packed()

        arrays = self._store.get_or_make(_STAGE, key, make)
        self._store.discard(checkpoint)
        return FittedLayer.unpacked(key, arrays)

    def _start(
        self,
        key: str,
        settings: FitSettings,
        videos: Sequence[RestoredVideo],
        physics: ResidualLayer | None,
        progress: ProgressCallback,
    ) -> FitState | None:
        """Where the prior's guesses and physics lead, where there are any; None for the rigid layer."""
        guessed = [video for video in videos if video.displacement_m is not None]
        if not guessed and physics is None:
            return None

        def make() -> dict[str, NDArray[Any]]:
            tell = part_of(progress, 0.0, _START_SHARE)
            state = guided_start(self._avatar, self._motion, guessed, settings, self._freedom, tell, physics=physics)
            return _packed_state(state)

        return _unpacked_state(self._store.get_or_make("start", key, make))


def packed_layer(layer: ResidualLayer) -> dict[str, NDArray[Any]]:
    """A layer as it is kept on disk."""
    channels = {name: getattr(layer, name) for name in _CHANNELS}
    return {
        "gaussian_count": np.array(layer.gaussian_count),
        "indices": layer.indices,
        **{name: array for name, array in channels.items() if array is not None},
    }


def unpacked_layer(arrays: Mapping[str, NDArray[Any]]) -> ResidualLayer:
    """What :func:`packed_layer` kept."""
    channels = [arrays.get(name) for name in _CHANNELS[1:]]
    return ResidualLayer(int(arrays["gaussian_count"]), arrays["indices"], arrays["dpos_m"], *channels)


def _packed_state(state: FitState) -> dict[str, NDArray[Any]]:
    return {f"state.{field.name}": np.asarray(getattr(state, field.name)) for field in fields(FitState)}


def _unpacked_state(arrays: Mapping[str, NDArray[Any]]) -> FitState:
    kept: dict[str, Any] = {}
    for field in fields(FitState):
        array = arrays[f"state.{field.name}"]
        kept[field.name] = array if array.ndim else int(array)
    return FitState(**kept)


def _fit_video(video: RestoredVideo) -> FitVideo:
    return FitVideo(video.trajectory, video.rgb, video.alpha(), video.coarse.preserve)
