"""Laying a cloud on the body: as the user says it stands, or where it stands otherwise, as it is found to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.bake.binding.build import BuildDirections, build_in_words, is_odd_build
from ani3d_runtime.bake.binding.fit import FitReport, fit_to_body, misfit_m, solid_sample
from ani3d_runtime.bake.binding.limbs import doubtful_m, left_over, limbs_off_m
from ani3d_runtime.bake.binding.partial import refuse_partial
from ani3d_runtime.bake.binding.person import PersonSearch, Placement, turned_about_height
from ani3d_runtime.bake.binding.pose_words import limbs_in_words, pose_in_words, turn_in_words
from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.binding.surface import BodySurface
from ani3d_runtime.body.model import BodyModel, ShapedBody
from ani3d_runtime.body.readers.notes import Remark
from ani3d_runtime.errors import InputError
from ani3d_runtime.geometry.frames import rotation_from_axes, turned_cloud
from ani3d_runtime.geometry.quaternion import conjugate, multiply
from ani3d_runtime.splats import SplatCloud

# A fit whose limbs are all this near needs no search.
_GOOD_M = 0.025
_AT_ONCE_M, _FOUND_M = 0.028, 0.035
# A half turn that leaves less than this share of the misfit is a better guess.
_CLEARLY_BETTER = 0.82
_BETTER_LIMBS = 0.75
# Where a twentieth of the cloud is farther from the body than this, its arms may be elsewhere.
_LEFT_M = 0.1
# Another build is taken where it leaves less than this share of the distances.
_CLEARLY_NEARER, _BUILD_ROUNDS = 0.975, 12
_YAWS_DEG, _TILT_DEG = 20, 35
_REFINED = 3
# Clouds of dressed people have none so far from the body there; arms that are not found are 5 % and more.
_LEFT_OVER_SHARE = 0.025
_OTHER_POSE_DEG, _OTHER_TURN_DEG = 12.0, 4.0
LOOK = "Look at it with 'ani3d info FILE --picture look.png'"
_IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])
_SIDEWAYS = (
    np.array([0.5**0.5, 0.0, 0.0, 0.5**0.5]),
    np.array([0.5**0.5, 0.0, 0.0, -(0.5**0.5)]),
)


@dataclass(frozen=True)
class Laid:
    """A cloud on the body.

    Attributes:
        cloud: in metres, upright, facing +Z.
        pose: that it stands in.
        shaped: the body in its shape.
        surface: the body in that pose.
        report: scale, place and distances.
        off_m: name of a limb → how far the body's is from the cloud.
        turn_wxyz: [4] by which it was turned.
        remarks: what was found, and doubts.
    """

    cloud: SplatCloud
    pose: RestPose
    shaped: ShapedBody
    surface: BodySurface
    report: FitReport
    off_m: dict[str, float]
    turn_wxyz: Float64Array
    remarks: tuple[Remark, ...]


def laid_on_body(
    cloud: SplatCloud,
    body: BodyModel,
    pose: RestPose,
    *,
    fit: Literal["auto", "none"],
    axes: str = "",
    name: str,
) -> Laid:
    """Lay a cloud on a body.

    Args:
        cloud: in our axes, any unit of length where ``fit`` is ``auto``.
        body: whose joints will move it.
        pose: that the user says it stands in.
        fit: ``none`` leaves the cloud as it is.
        axes: that the cloud was read in where nobody named them, so that others are tried; empty where somebody did.
        name: of the avatar, for doubts.

    Raises:
        InputError: ``fit-flat-cloud``, ``fit-partial``.
    """
    asked = _laid(cloud, body, pose, fit, _IDENTITY)
    if fit == "none":
        return replace(asked, remarks=tuple(_limb_doubts(asked, name)))
    sample = solid_sample(cloud)
    if max(asked.off_m.values()) <= _GOOD_M and not _is_backwards(sample, asked):
        laid = _in_shape(cloud, sample, body, asked)
        return replace(laid, remarks=(*_shape_findings(laid, pose, body, name), *_arm_doubts(laid, body, name)))
    found = _searched(sample, asked, axes)
    # A pose of the user's own is kept: only the turn is looked for.
    whole = turned_cloud(cloud, found.turn_wxyz)
    in_pose = RestPose(_name_of(found, pose), found.rotations_wxyz, pose.translation_m, pose.betas)
    laid = _placed(whole, body, in_pose, found, fit)
    if not _is_better(laid, asked) and not _is_backwards(sample, asked):
        laid = asked
    laid = _in_shape(turned_cloud(cloud, laid.turn_wxyz), sample, body, laid)
    if max(laid.off_m.values()) > doubtful_m(_visible(laid.cloud)):
        refuse_partial(sample, laid.shaped, name)
    remarks = [*_findings(laid, asked, body, axes, name), *_shape_findings(laid, pose, body, name)]
    remarks += [*_limb_doubts(laid, name), *_arm_doubts(laid, body, name)]
    return replace(laid, remarks=tuple(remarks))


def _laid(cloud: SplatCloud, body: BodyModel, pose: RestPose, fit: Literal["auto", "none"], turn: Float64Array) -> Laid:
    shaped, _, posed = pose.apply(body)
    surface = BodySurface.of(shaped, posed)
    moved, report = fit_to_body(cloud, surface, fit)
    off_m = limbs_off_m(shaped, posed, _visible(moved))
    return Laid(moved, pose, shaped, surface, report, off_m, turn, ())


def _placed(cloud: SplatCloud, body: BodyModel, pose: RestPose, found: Placement, fit: Literal["auto", "none"]) -> Laid:
    """The turned cloud in the found pose: laid by its surface, or where the search laid it, whichever is nearer."""
    laid = _laid(cloud, body, pose, fit, found.turn_wxyz)
    shift = found.translation_m + pose.translation_m
    moved = replace(
        cloud,
        means_m=(cloud.means_m * found.scale + shift).astype(np.float32),
        scales_m=(cloud.scales_m * found.scale).astype(np.float32),
    )
    kept, report = fit_to_body(moved, laid.surface, "none")
    x, y, z = (float(value) for value in shift)
    report = replace(report, mode="auto", scale=found.scale, translation_m=(x, y, z))
    _, _, posed = pose.apply(body)
    searched = replace(laid, cloud=kept, report=report, off_m=limbs_off_m(laid.shaped, posed, _visible(kept)))
    return min(laid, searched, key=lambda one: max(one.off_m.values()))


def _in_shape(whole: SplatCloud, sample: Float64Array, body: BodyModel, laid: Laid) -> Laid:
    """The turned cloud on a body of the person's build, where that is another and brings it clearly nearer.

    A shape that the user gives stays.
    """
    builds = BuildDirections.of(body)
    if laid.pose.betas is not None or not builds.count:
        return laid
    search = PersonSearch(laid.shaped, sample, builds=builds)
    start = search.from_here(laid.turn_wxyz, laid.report.scale, np.array(laid.report.translation_m))
    pose = laid.pose
    before, found = (
        search.refined(
            laid.turn_wxyz, start, pose.rotations_wxyz, poses=not pose.is_own, shapes=shapes, rounds=_BUILD_ROUNDS
        )
        for shapes in (False, True)
    )
    if found.cost > _CLEARLY_NEARER * before.cost:
        return laid
    turned = turned_cloud(whole, multiply(found.turn_wxyz, conjugate(laid.turn_wxyz)))
    built = replace(pose, name=_name_of(found, pose), rotations_wxyz=found.rotations_wxyz, betas=found.betas)
    on_it = _placed(turned, body, built, found, "auto")
    return on_it if max(on_it.off_m.values()) <= max(*laid.off_m.values(), _GOOD_M) else laid


def _searched(sample: Float64Array, asked: Laid, axes: str) -> Placement:
    """The best placement of the person, by every turn about the height, and other axes where nobody named them."""
    search = PersonSearch(asked.shaped, sample)
    names = asked.shaped.skeleton.joint_names
    poses = [asked.pose.rotations_wxyz]
    is_own = asked.pose.is_own
    if not is_own:
        poses += [_arms_down(names, degrees) for degrees in (0, 40, 80)]
    if not is_own:
        here = search.refined(_IDENTITY, search.start(_IDENTITY, poses[0]), poses[0])
        if here.worst_m <= _AT_ONCE_M and not _is_backwards(sample, asked):
            return here
    upright = _yaws([_IDENTITY])
    best = _best(search, upright, poses, moves_pose=not is_own)
    if best.worst_m <= _FOUND_M:
        return best
    others = [_tilted(axis, sign) for axis in (0, 2) for sign in (1, -1)]
    if axes:
        back = conjugate(rotation_from_axes(axes))
        named = [multiply(rotation_from_axes(other), back) for other in ("yup", "zup", "rdf") if other != axes]
        other = _best(search, _yaws(named), poses[:3], moves_pose=not is_own)
        best = min(best, other, key=lambda placement: placement.cost)
        if best.worst_m <= _FOUND_M:
            return best
        others += [*_SIDEWAYS, np.array([0.5**0.5, 0.5**0.5, 0.0, 0.0]), np.array([0.5**0.5, -(0.5**0.5), 0.0, 0.0])]
    else:
        others.append(np.array([0.0, 1.0, 0.0, 0.0]))
    other = _best(search, _yaws(others, 2 * _YAWS_DEG), poses[:3], moves_pose=not is_own)
    return min(best, other, key=lambda placement: placement.cost)


def _best(
    search: PersonSearch, turns: NDArray[np.float64], poses: list[Float32Array], *, moves_pose: bool
) -> Placement:
    coarse = search.coarse(turns, poses)[:_REFINED]
    found = [search.refined(turn, start, pose, poses=moves_pose) for _, turn, start, pose in coarse]
    best = min(found, key=lambda placement: placement.cost)
    # Front and back of a person are alike but for the feet: the other one is looked at, too.
    [(_, turn, start, pose), *_] = search.coarse(
        np.array([turned_about_height(best.turn_wxyz, np.pi)]), [best.rotations_wxyz]
    )
    back = search.refined(turn, start, pose, poses=moves_pose)
    best = min(best, back, key=lambda placement: placement.cost)
    if moves_pose and best.left_m > _LEFT_M:
        # Arms that hide in the trunk are near the cloud, too, and leave its own arms over.
        starts = [search.coarse(np.array([best.turn_wxyz]), [pose])[0] for pose in poses]
        again = [search.refined(turn, start, pose) for _, turn, start, pose in starts]
        best = min(best, *again, key=lambda placement: placement.cost)
    return best


def _yaws(turns: list[Float64Array], step_deg: int = _YAWS_DEG) -> NDArray[np.float64]:
    steps = np.deg2rad(np.arange(0, 360, step_deg))
    return np.array([turned_about_height(turn, float(yaw)) for turn in turns for yaw in steps])


def _tilted(axis: int, sign: int) -> Float64Array:
    half = np.deg2rad(_TILT_DEG) / 2
    turn = np.array([np.cos(half), 0.0, 0.0, 0.0])
    turn[1 + axis] = sign * np.sin(half)
    return turn


def _arms_down(names: tuple[str, ...], degrees: float) -> Float32Array:
    rotations = np.zeros((len(names), 4), dtype=np.float32)
    rotations[:, 0] = 1
    half = np.deg2rad(degrees) / 2
    for side, sign in (("left", -1), ("right", 1)):
        rotations[names.index(f"{side}_shoulder")] = (np.cos(half), 0, 0, sign * np.sin(half))
    return rotations


def _is_backwards(sample: Float64Array, asked: Laid) -> bool:
    here = misfit_m(sample, asked.surface)
    return misfit_m(sample * np.array([-1, 1, -1]), asked.surface) < _CLEARLY_BETTER * here


def _is_better(laid: Laid, asked: Laid) -> bool:
    return max(laid.off_m.values()) < _BETTER_LIMBS * max(asked.off_m.values())


def _name_of(found: Placement, pose: RestPose) -> str:
    return pose.name if not pose_in_words(pose.rotations_wxyz, found.rotations_wxyz) else "the pose that was found"


def _findings(laid: Laid, asked: Laid, body: BodyModel, axes: str, name: str) -> list[Remark]:
    """What the search found: a turn is a note, another pose than the user's is a doubt."""
    if laid is asked:
        return []
    pose = asked.pose
    found: list[Remark] = []
    turned = turn_in_words(laid.turn_wxyz, axes, _OTHER_TURN_DEG)
    if turned:
        found.append(f"{name}: {turned}; judged by the body")
    names = laid.shaped.skeleton.joint_names
    moved = pose_in_words(pose.rotations_wxyz, laid.pose.rotations_wxyz, names, _OTHER_POSE_DEG)
    if moved and not pose.is_open:
        found.append(
            InputError(
                "fit-other-pose",
                name,
                found=f"a person with {moved}, whose limbs lie {max(laid.off_m.values()) * 1e3:.0f} mm from the body "
                f"instead of {max(asked.off_m.values()) * 1e3:.0f} mm; this pose is used",
                expected=pose.name,
                fix=f"{LOOK}, and pass --rest-pose {_option_for(laid.pose, body)} if it is right.",
            )
        )
    elif moved:
        found.append(f"{name}: stands with {moved}, compared with an {pose.name}")
    return found


def _shape_findings(laid: Laid, asked: RestPose, body: BodyModel, name: str) -> list[Remark]:
    """The build that was found: a note, or a doubt where hardly anybody is built so."""
    if laid.pose.betas is None or asked.betas is not None:
        return []
    words = build_in_words(body.shaped(), laid.shaped)
    if not is_odd_build(laid.pose.betas):
        return [f"{name}: built otherwise than the body: {words or 'of another girth'}; joints are placed so"]
    return [
        InputError(
            "fit-build-odd",
            name,
            found=f"a person with {words or 'another girth'}, compared with the body at the same height",
            expected="a build that people have, within three standard deviations",
            fix=f"{LOOK}; leave out in a splat editor what is not the person.",
        )
    ]


def _option_for(pose: RestPose, body: BodyModel) -> str:
    """What says a pose to --rest-pose: a name where it is a usual pose, so far as a person stands in one."""
    for option, usual in (("t", RestPose.t(body)), ("a", RestPose.a(body))):
        if not pose_in_words(usual.rotations_wxyz, pose.rotations_wxyz, body.joint_names, _OTHER_POSE_DEG):
            return option
    return "auto"


def _limb_doubts(laid: Laid, name: str) -> list[Remark]:
    limit_m = doubtful_m(_visible(laid.cloud))
    far = {limb: off for limb, off in laid.off_m.items() if off > limit_m}
    if not far and laid.report.is_poor:
        return [
            InputError(
                "fit-off",
                name,
                found=f"Gaussians {laid.report.median_distance_m * 1e3:.0f} mm from the fitted body, in the median",
                expected="one person, whose Gaussians mostly lie within 30 mm",
                fix=f"{LOOK}; leave out in a splat editor what is not the person.",
            )
        ]
    if not far:
        return []
    return [
        InputError(
            "fit-limbs-off",
            name,
            found=f"no Gaussians where the fitted body has its {limbs_in_words(far)}",
            expected=f"every limb within {limit_m * 1e3:.0f} mm of the cloud; good fits have 10 to 25 mm",
            fix=f"{LOOK}; give its --axes, or its pose as an .npz with --rest-pose.",
        )
    ]


def _arm_doubts(laid: Laid, body: BodyModel, name: str) -> list[Remark]:
    """A doubt about arms that the search does not find, since a body whose arms hang fits beside them as well."""
    _, _, posed = laid.pose.apply(body)
    share = left_over(laid.shaped, posed, _visible(laid.cloud))
    if share < _LEFT_OVER_SHARE:
        return []
    return [
        InputError(
            "fit-arms-left",
            name,
            found=f"{share * 100:.0f} % of the Gaussians beside the trunk and far from the body's arms as found",
            expected="arms that hang or go out to the sides; crossed arms and hands on hips are not found",
            fix=f"{LOOK}; give the pose as an .npz with --rest-pose, or capture the person with the arms off the body.",
        )
    ]


def _visible(cloud: SplatCloud) -> Float32Array:
    visible = cloud.opacities > 0.2
    return cloud.means_m[visible] if visible.any() else cloud.means_m
