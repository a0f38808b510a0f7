"""fit_driver: from a package's clips to its section ``driver``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.driver_fit.capsules import fitted_capsules
from ani3d_runtime.bake.driver_fit.clip_tracks import ClipTracks, clip_tracks, in_several
from ani3d_runtime.bake.driver_fit.correctives import fitted_correctives, joint_transforms
from ani3d_runtime.bake.driver_fit.hanging import hanging_nodes, node_bindings, node_links
from ani3d_runtime.bake.driver_fit.locks import locks_of
from ani3d_runtime.bake.driver_fit.materials import (
    CLOTH,
    LOCKS,
    STRANDS,
    first_materials,
    searched,
    swung,
    with_shares,
)
from ani3d_runtime.bake.driver_fit.practice import Practice
from ani3d_runtime.codec.sections.driver_model import Correctives, DriverModel
from ani3d_runtime.codec.sections.order import StorageOrder
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.driver.node_driver import NodeDriver
from ani3d_runtime.progress import ProgressCallback, part_of

# No node may leave its rest position farther than this many times as far as any clip moved one.
_REACH_FACTOR, _LEAST_REACH_M = 1.5, 0.05
# How much of the time goes to simulating practice.
_PRACTISING = 0.7


def fit_driver(
    package: Package,
    order: StorageOrder,
    progress: ProgressCallback,
    practice: Practice | None = None,
    practised: Sequence[ClipTracks] = (),
) -> DriverModel | None:
    """The driver of a package's avatar; None where no clip moves control nodes.

    Args:
        package: whose clips the driver is to follow.
        order: leads from the order in which practice is simulated to the package's.
        progress: called with the fraction done.
        practice: motions that are simulated to learn more than the package's clips show.
        practised: the same, where it was simulated elsewhere.
    """
    if not package.manifest.node_count:
        return None
    clips = clip_tracks(package)
    if not clips:
        return None
    if practice is None:
        return fit_to_clips(package, clips, progress, practised)
    practised = practice.tracks(package, order, part_of(progress, 0.0, _PRACTISING))
    return fit_to_clips(package, clips, part_of(progress, _PRACTISING, 1.0), practised)


def fit_to_clips(
    package: Package, clips: Sequence[ClipTracks], progress: ProgressCallback, practice: Sequence[ClipTracks] = ()
) -> DriverModel:
    """The driver that comes closest to clips and practice.

    Args:
        clips: of the avatar, which may be other ones than the package's.
        practice: further clips, in which nodes are where the simulation has them.
    """
    avatar, deformation = package.avatar(), package.deformation
    skeleton, rest = package.skeleton, deformation.node_rest_m.astype(np.float64)
    joints, weights, parts = node_bindings(avatar, deformation)
    present, kinds = np.unique(parts, return_inverse=True)
    kinds = kinds.astype(np.uint8)
    hair = parts == Part.HAIR
    is_locks = 2 * sum(map(len, locks_of(rest, hair))) > np.count_nonzero(hair)
    starts = [CLOTH if part != Part.HAIR else LOCKS if is_locks else STRANDS for part in present]
    known = [*clips, *practice]
    skinning = [joint_transforms(skeleton, clip) for clip in known]
    link_s2 = np.array([start.link_s2 for start in starts])[kinds]
    follow_s2 = np.array([start.follow_s2 for start in starts])[kinds]
    links = node_links(joints, weights, kinds, hair, rest, link_s2, skinning, known)
    nodes = hanging_nodes(joints, weights, kinds, hair, follow_s2, rest, links, known)
    farthest = max(float(np.linalg.norm(clip.displacements_m, axis=2).max()) for clip in known)
    model = DriverModel(
        max(_REACH_FACTOR * farthest, _LEAST_REACH_M),
        nodes,
        first_materials(starts),
        links,
        fitted_capsules(avatar, np.asarray(deformation.node_weights.any(axis=1))),
        Correctives.none(len(rest)),
    )

    def driver(model: DriverModel) -> NodeDriver:
        return NodeDriver(model, skeleton, rest, deformation.corrective_count)

    model = searched(model, driver, clips, practice, part_of(progress, 0.0, 0.8))
    clips = known if practice else in_several(clips)
    swings = [swung(model, driver, clip) for clip in clips]
    progress(0.9)
    model, offset = with_shares(model, clips, swings, [start.least_share for start in starts])
    shares = model.materials.share[kinds][:, None]
    left = [clip.displacements_m - shares * swing for clip, swing in zip(clips, swings, strict=True)]
    skinning = [joint_transforms(skeleton, clip) for clip in clips]
    model = replace(model, correctives=fitted_correctives(skeleton, clips, skinning, left, offset))
    progress(1.0)
    return model
