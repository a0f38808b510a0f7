"""``Deform`` against the golden vectors of the runtime equation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shaders.checks.compilers import DXC, GLSLANG
from shaders.checks.packing.splats import NO_TRACK, Gaussians
from shaders.checks.packing.transforms import packed_correctives, packed_joints, packed_nodes
from shaders.checks.places import ROOT
from shaders.checks.toolchain import Toolchain
from tests.golden.reference import evaluate, rotation_matrix, skinning_matrices

if TYPE_CHECKING:
    from shaders.checks.deforming import Deforming
    from shaders.checks.gpu.device import Device
    from shaders.checks.posed_layout import Posed

VECTORS = sorted((ROOT / "spec" / "vectors" / "golden").glob("*.json"))
CHANNELS = ("position_m", "rotation_rad", "logscale", "colour")
FRAME = ("root_translation_m", "joint_rotations_wxyz")
# Of the view rotation, which is stored in 30 bits: half a step of 1/511 on three numbers.
VIEW_RAD = 4.5e-3


@pytest.fixture(scope="module", params=[GLSLANG, DXC])
def deforming(request: pytest.FixtureRequest, gpu: Device, tools: Toolchain) -> Deforming:
    from shaders.checks.deforming import Deforming

    return Deforming(gpu, tools, request.param)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_golden_vectors(deforming: Deforming, path: Any) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    arrays = {part: {n: np.array(v, float) for n, v in case[part].items()} for part in ("skeleton", "avatar", "frame")}
    arrays["deformation"] = {name: np.array(values, float) for name, values in case["deformation"].items()}
    gaussians = gaussians_of(arrays)
    posed = run(deforming, arrays, gaussians)
    # The kernels round weights, quaternions and colours; so does what they are held to here.
    camera = np.array(case["camera_position_m"], float)
    near(posed, evaluate(with_rounded(arrays, gaussians), camera), 1e-5, 1e-5)
    # As the vector stands, where no weight of a node is rounded to 127ths.
    if not arrays["deformation"]["node_weights"].any():
        near(posed, {name: np.array(values) for name, values in case["expected"].items()}, 5e-5, 2e-4)
    colours = arrays["avatar"]["sh"][:, 0] + added(arrays)
    np.testing.assert_allclose(posed.degree0, colours, atol=2e-3)
    np.testing.assert_allclose(posed.opacities, gaussians.opacities, atol=1e-5)


def near(posed: Posed, expected: dict[str, Any], position_m: float, shape: float) -> None:
    """Within so many metres, and that share of the largest entry of a covariance."""
    np.testing.assert_allclose(posed.means_m, expected["means_m"], atol=position_m)
    covariances = expected["covariances_m2"]
    largest = np.abs(covariances).max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(posed.covariances_m2 / largest, covariances / largest, atol=shape)
    turned = np.array([rotation_matrix(turn) for turn in posed.turns_wxyz])
    between = np.einsum("nij,nij->n", turned, expected["view_rotations"])
    assert np.arccos(np.clip((between - 1) / 2, -1, 1)).max() < VIEW_RAD


def run(deforming: Deforming, arrays: dict[str, dict[str, NDArray[np.float64]]], gaussians: Gaussians) -> Posed:
    model, frame = arrays["deformation"], arrays["frame"]
    joints = packed_joints(np.array(skinning_matrices(arrays)))
    nodes = packed_nodes(model["node_rest_m"], frame["node_displacements_m"], frame["node_rotations_wxyz"])
    options: dict[str, Any] = {}
    if len(frame["detail_indices"]):
        tracks = len(frame["detail_indices"])
        options["detail"] = np.zeros((1, 4, tracks, 3), np.float32)
        for number, channel in enumerate(CHANNELS):
            values = frame[f"detail_{channel}"]
            options["detail"][0, number] = values if len(values) else 0
    if len(frame["coefficients"]):
        shapes = (model[f"basis_{channel}"] for channel in CHANNELS)
        options |= {"shapes": packed_correctives(*shapes), "_Shapes": len(frame["coefficients"])}
        options["_ShapeWeights"] = np.zeros(64, np.float32)
        options["_ShapeWeights"][: len(frame["coefficients"])] = frame["coefficients"]
    return deforming.posed(gaussians, joints, nodes=nodes if nodes.size else np.zeros(4, np.float32), **options)


def gaussians_of(arrays: dict[str, dict[str, NDArray[np.float64]]]) -> Gaussians:
    avatar, model = arrays["avatar"], arrays["deformation"]
    count = len(avatar["means_m"])
    tracks = np.full(count, NO_TRACK, np.uint32)
    detailed = arrays["frame"]["detail_indices"].astype(int)
    tracks[detailed] = np.arange(len(detailed))
    has_nodes = len(model["node_weights"]) > 0
    return Gaussians(
        avatar["means_m"],
        avatar["quats_wxyz"],
        avatar["scales_m"],
        np.linspace(0, 1, count),
        avatar["sh"][:, 0],
        avatar["joints"].astype(int),
        avatar["weights"],
        model["node_indices"].astype(int) if has_nodes else np.zeros((count, 4), int),
        model["node_weights"] if has_nodes else np.zeros((count, 4)),
        np.zeros(count, int),
        tracks,
    )


def with_rounded(
    arrays: dict[str, dict[str, NDArray[np.float64]]], gaussians: Gaussians
) -> dict[str, dict[str, NDArray[np.float64]]]:
    rounded = gaussians.rounded()
    avatar, model = dict(arrays["avatar"]), dict(arrays["deformation"])
    avatar["quats_wxyz"], avatar["weights"] = (a.astype(np.float64) for a in (rounded.quats_wxyz, rounded.weights))
    if len(model["node_weights"]):
        model["node_weights"] = rounded.node_weights.astype(np.float64)
    return arrays | {"avatar": avatar, "deformation": model}


def added(arrays: dict[str, dict[str, NDArray[np.float64]]]) -> NDArray[np.float64]:
    """[N, 3] what correctives and detail add to degree-0 harmonics."""
    model, frame = arrays["deformation"], arrays["frame"]
    total = np.zeros_like(arrays["avatar"]["means_m"])
    for weight, shape in zip(frame["coefficients"], model["basis_colour"], strict=True):
        total += weight * shape
    if len(frame["detail_colour"]):
        total[frame["detail_indices"].astype(int)] += frame["detail_colour"]
    return total
