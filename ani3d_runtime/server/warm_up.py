"""WarmUp: kernels are compiled, or loaded, when a server starts, and not when its first session needs them."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor

import numpy as np

from ani3d_runtime.body.pose import Pose
from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.driver import driver_of
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.rpc.frame_layout import pack_full
from ani3d_runtime.server.assets.catalogue import Catalogue
from ani3d_runtime.server.live.frame import light_encoder
from ani3d_runtime.server.live.source import retargeter_of

_COARSEST = 0
_NEVER = 1 << 30

log = logging.getLogger(__name__)


class WarmUp:
    """Plays a frame of a package in every way that a session may ask for, and throws it away.

    Args:
        catalogue: whose packages are at hand; one with a driver is preferred, because it needs the most.
        pool: where the work is done.
    """

    def __init__(self, catalogue: Catalogue, pool: Executor) -> None:
        self._catalogue = catalogue
        self._pool = pool

    async def run(self) -> None:
        """Warm up; may be cancelled between its steps."""
        loop = asyncio.get_running_loop()
        started_s = time.monotonic()
        entries = await loop.run_in_executor(self._pool, self._catalogue.entries)
        if not entries:
            return
        package = min((entry.package for entry in entries), key=lambda package: package.find_section("driver") is None)
        for step in (_code, _retarget, _drive, _pose, _play):
            await loop.run_in_executor(self._pool, _tried, step, package)
        log.info("warm after %.1f s", time.monotonic() - started_s)


class Collections:
    """Python's full collections of garbage in a process that does nothing but serve.

    They stop all threads for as long as there are objects to look at: a second while kernels are compiled. So there is
    none until the server is warm; then one, after which what is there is not looked at again.
    """

    def __init__(self) -> None:
        self._thresholds = gc.get_threshold()
        gc.freeze()
        gc.set_threshold(*self._thresholds[:2], _NEVER)

    def settle(self) -> None:
        """The server is warm."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*self._thresholds)


def _tried(step: Callable[[Package], None], package: Package) -> None:
    try:
        step(package)
    except Ani3dError as error:  # sessions of this avatar are refused with it
        log.info("%s: not warmed up, [%s] %s", package.name, error.code, error)
    except Exception:  # a defect of ours; sessions show it, and others may be well
        log.exception("%s: not warmed up", package.name)


def _code(package: Package) -> None:
    if not package.manifest.corrective_count:
        light_encoder(LivePlayer(package))


def _retarget(package: Package) -> None:
    skeleton = package.skeleton
    places = skeleton.zero_joints_m
    offsets = places - np.where(skeleton.parents[:, None] >= 0, places[skeleton.parents], 0)
    retargeter_of(SourceSkeleton(), skeleton, lock_feet=False)
    retargeter_of(SourceSkeleton(skeleton.joint_names, skeleton.parents, offsets), skeleton, lock_feet=True)


def _drive(package: Package) -> None:
    player = LivePlayer(package, driver_of(package))
    skeleton = package.skeleton
    player.step(Pose(skeleton.rest_translation_m, skeleton.rest_rotations_wxyz), 0.0)


def _pose(package: Package) -> None:
    player = LivePlayer(package, lod=_COARSEST)
    pack_full(player.pose(player.still_frame()).cloud)


def _play(package: Package) -> None:
    for name in package.clip_names[:1]:
        player = ClipPlayer(package, name, lod=_COARSEST)
        # Between frames there is more to do than at one.
        player.pose(player.frame_at(0.5 / player.clip.fps))
