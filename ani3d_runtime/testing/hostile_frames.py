"""Hostile frames on the wire: payloads of a server that lies, or damaged on the way."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import numpy as np

from ani3d_runtime.codec.live.light_frames import LightFrameDecoder, LightFrameEncoder
from ani3d_runtime.errors import ServiceError
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.rpc.frame_layout import pack_full, pack_light, unpack_full, unpack_light
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_deformation, synthetic_frame
from ani3d_runtime.testing.hostile import READ, Verdict
from ani3d_runtime.testing.mutations import edited

_FRAMES = 4
_PARENTS_PER_NODE = 3
# Live frames are what changes most; the others are plain arrays behind a head.
_KINDS, _WEIGHTS = ("change", "key", "light", "full"), (50, 30, 12, 8)


class HostileFrames:
    """Endless changed payloads; number k is the same in every run.

    Args:
        seed: of the whole series.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._receivers = [_Receiver(5, 1), _Receiver(0, 2)]

    def mutation(self, number: int) -> tuple[str, bytes]:
        """(kind, payload) of mutation ``number``."""
        kind, _, payload = self._drawn(number)
        return kind, payload

    def tried(self, number: int) -> Verdict:
        """What a receiver makes of mutation ``number``."""
        kind, receiver, payload = self._drawn(number)
        return receiver.tried(kind, payload)

    def tried_intact(self) -> list[Verdict]:
        """What receivers make of payloads that nobody changed."""
        return [receiver.tried(kind, receiver.intact[kind]) for receiver in self._receivers for kind in _KINDS]

    def _drawn(self, number: int) -> tuple[str, _Receiver, bytes]:
        dice = random.Random(f"frames {self._seed}/{number}")
        receiver = dice.choice(self._receivers)
        kind = dice.choices(_KINDS, _WEIGHTS)[0]
        return kind, receiver, edited(receiver.intact[kind], dice)


class _Receiver:
    """Who has received some frames of an avatar, and the next one in every way that there is on the wire."""

    def __init__(self, node_count: int, seed: int) -> None:
        avatar = synthetic_avatar(60, seed=seed)
        deformation = synthetic_deformation(avatar, node_count=node_count, corrective_count=0, seed=seed)
        self._parents = _parents(node_count)
        self._joint_count = avatar.skeleton.joint_count
        self._deformer = Deformer(avatar, deformation)
        frames = [synthetic_frame(avatar, deformation, bend_rad=0.3, seed=seed + number) for number in range(_FRAMES)]
        encoder = LightFrameEncoder(self._parents, self._joint_count)
        *self._before, change = [encoder.change(replace(frame, detail=None)) for frame in frames]
        self.intact = {
            "change": change,
            "key": encoder.last_as_key(),
            "light": pack_light(frames[-1]),
            "full": pack_full(self._deformer.pose(frames[-1]).cloud),
        }

    def tried(self, kind: str, payload: bytes) -> Verdict:
        started = time.process_time()
        try:
            self._receive(kind, payload)
            outcome = READ
        except ServiceError as refusal:
            outcome = refusal.code
        except Exception as error:
            outcome = f"crash: {type(error).__name__}: {str(error)[:120]}"
        return Verdict(outcome, time.process_time() - started)

    def _receive(self, kind: str, payload: bytes) -> None:
        if kind == "full":
            unpack_full(0.0, payload)
        elif kind == "light":
            unpack_light(0.0, payload)
        else:
            decoder = LightFrameDecoder(self._parents, self._joint_count)
            for earlier in self._before:
                decoder.decode(earlier, 0.0)
            self._deformer.pose(decoder.decode(payload, 0.0))
            # Whatever was let through, a key frame mends it.
            decoder.decode(self.intact["key"], 0.0)


def _parents(node_count: int) -> np.ndarray:
    """[M, 3] the nodes before each; the first rows are not used."""
    before = np.arange(node_count)[:, None] - np.arange(1, _PARENTS_PER_NODE + 1)
    return np.maximum(before, 0).astype(np.int32)
