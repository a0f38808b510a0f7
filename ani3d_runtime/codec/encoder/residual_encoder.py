"""The residual layer, from displacements to sections: control nodes carry what moves together, detail the rest.

    model               once per avatar   nodes, bindings, the list of moving Gaussians        model.py
    further             per clip          Gaussians that an added clip moves besides           further.py
    nodes               per group         node displacements and rotations                     tracks.py
    detail.position …   per group         what is left, per Gaussian, within the bounds        detail.py

Groups are closed: any of them decodes alone, given ``model``. The encoder computes what is left from what the *decoder*
will have, so canonical quantisation and rounded node motion are inside the bounds too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from ani3d_runtime.arrays import Int32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.codec.encoder.clip_encoder import ClipEncoder
from ani3d_runtime.codec.encoder.coding import AvatarCoding
from ani3d_runtime.codec.encoder.model_fit import fit_deformation, fit_prediction_to, fit_tracks_to, resting_nodes
from ani3d_runtime.codec.encoder.prediction_fit import further_stage_ends
from ani3d_runtime.codec.encoder.walk_merge import merged_walk
from ani3d_runtime.codec.sections.further import decode_further, encode_further
from ani3d_runtime.codec.sections.model import ResidualModel, decode_model, encode_model
from ani3d_runtime.codec.sections.nodes import NodeTracks
from ani3d_runtime.codec.sections.walk import Walk
from ani3d_runtime.residual import ResidualLayer

FRAMES_PER_GROUP = 30
_GROUPS_AT_ONCE = 2


class ResidualEncoder:
    """Codes the residual layers of one avatar's clips; everything is in storage order."""

    def __init__(
        self,
        source: Avatar,
        decoded: Avatar,
        *,
        bounds: PartBounds | None = None,
        level_sizes: Sequence[int] = (),
        frames_per_group: int = FRAMES_PER_GROUP,
        codec_id: str = "rans",
    ) -> None:
        """Prepare for an avatar; see :class:`~ani3d_runtime.codec.encoder.coding.AvatarCoding`.

        Raises:
            ResidualError: ``residual-bound-unreachable`` where canonical quantisation alone breaks the bound.
        """
        self._coding = AvatarCoding(
            source,
            decoded,
            bounds or PartBounds.uniform(),
            level_sizes=level_sizes,
            frames_per_group=frames_per_group,
            codec_id=codec_id,
        )
        self._model = ResidualModel.empty(source.count)
        self._section = self._encoded(self._model)
        self._clips: list[ClipEncoder] = []
        self._further: list[bytes | None] = []

    @property
    def model(self) -> ResidualModel:
        """What decoders get from section ``model``."""
        return self._model

    def fit(self, clips: Sequence[ResidualLayer], progress: Callable[[float], None] | None = None) -> ResidualModel:
        """Fit a model to all clips together and keep the clips for :meth:`encode_group`.

        Raises:
            ResidualError: ``residual-wrong-shape``, ``residual-bound-unreachable``.
        """
        for clip in clips:
            self._coding.check(clip)
        moving = np.unique(np.concatenate([np.zeros(0, np.int32), *(clip.indices for clip in clips)])).astype(np.int32)
        tracks = [resting_nodes(clip.frame_count, 0) for clip in clips]
        if len(moving):
            deformation, tracks = fit_deformation(self._coding, clips, moving)
            if progress is not None:
                progress(0.7)
            prediction = fit_prediction_to(self._coding, deformation, clips, tracks, moving)
            self._section = self._encoded(
                replace(self._model, deformation=deformation, moving=moving, prediction=prediction)
            )
            self._model = decode_model({"model": self._section}, self._coding.source.count)
        self._further = [None] * len(clips)
        self._clips = [
            ClipEncoder(self._coding, clip, self._model, track) for clip, track in zip(clips, tracks, strict=True)
        ]
        if progress is not None:
            progress(1.0)
        return self._model

    def adopt(
        self, model: ResidualModel, clips: Sequence[ResidualLayer], progress: Callable[[float], None] | None = None
    ) -> None:
        """Take a model as it is, that of a package, and keep the clips for :meth:`encode_group`.

        Raises:
            ResidualError: ``residual-wrong-shape``, ``residual-bound-unreachable``.
        """
        self._model = model
        self._further, self._clips = [], []
        for done, clip in enumerate(clips):
            self._coding.check(clip)
            tracks = fit_tracks_to(self._coding, model.deformation, clip)
            further = np.setdiff1d(clip.indices, model.moving).astype(np.int32)
            section = self._encode_further(model, clip, tracks, further) if len(further) else None
            own = model if section is None else decode_further(section, model, self._coding.source.count)
            self._further.append(section)
            self._clips.append(ClipEncoder(self._coding, clip, own, tracks))
            if progress is not None:
                progress((done + 1) / len(clips))

    def encode_model(self) -> dict[str, bytes]:
        """Section ``model``, where it was fitted here."""
        return {"model": self._section}

    def encode_further(self, clip: int) -> dict[str, bytes]:
        """Section ``further`` of a clip that moves Gaussians beyond those of the model."""
        section = self._further[clip]
        return {} if section is None else {"further": section}

    def group_count(self, clip: int) -> int:
        """How many groups a clip has."""
        return self._clips[clip].group_count

    def encode_group(self, clip: int, group: int) -> dict[str, bytes]:
        """The sections of one group; see :meth:`ClipEncoder.encode_group`."""
        return self._clips[clip].encode_group(group)

    def encoded_groups(self, clip: int) -> Iterator[dict[str, bytes]]:
        """:meth:`encode_group` of all groups in order; while kernels of one fill the cores, others are entropy coded.

        Raises:
            ResidualError: ``residual-bound-unreachable``.
        """
        with ThreadPoolExecutor(_GROUPS_AT_ONCE) as threads:
            yield from threads.map(self._clips[clip].encode_group, range(self.group_count(clip)))

    def _encoded(self, model: ResidualModel) -> bytes:
        return encode_model(
            model.deformation,
            model.moving,
            model.prediction,
            self._walk(model.moving),
            codec_id=self._coding.codec_id,
        )

    def _encode_further(
        self, model: ResidualModel, clip: ResidualLayer, tracks: NodeTracks, further: Int32Array
    ) -> bytes:
        moving = np.concatenate([model.moving, further])
        ends = further_stage_ends(len(model.moving), len(further))
        prediction = fit_prediction_to(self._coding, model.deformation, [clip], [tracks], moving, ends)
        return encode_further(further, prediction, self._walk(moving), codec_id=self._coding.codec_id)

    def _walk(self, moving: Int32Array) -> Walk:
        return merged_walk(self._coding.decoded, moving, self._coding.level_sizes)
