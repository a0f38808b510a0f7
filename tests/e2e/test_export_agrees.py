"""Exported frames against an evaluation of the runtime equation that shares no code with the player."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from plyfile import PlyData
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ani3d_runtime.bake.importers.avatar import read_avatar
from ani3d_runtime.package.reader import Package

FRAMES = (0, 7, 19)
BOUND_MM = 0.8


@pytest.fixture(scope="module")
def baked(foreign_capture, ani3d: Callable, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The foreign capture with a short motion and a random residual."""
    folder = tmp_path_factory.mktemp("agree")
    random = np.random.default_rng(3)
    frames, count = 20, len(foreign_capture.means)
    turn = np.cumsum(random.normal(0, 0.02, (frames, 24, 3)), axis=0) + random.normal(0, 0.2, (24, 3))
    drift = np.cumsum(random.normal(0, 0.01, (frames, 3)), axis=0)
    drift[:, 1] += 1.01  # soles near the floor
    np.savez(folder / "stroll.npz", poses=turn, trans=drift, fps=30)
    residual = {
        "dpos_m": random.normal(0, 0.02, (frames, count, 3)).astype(np.float32),
        "drot_rad": random.normal(0, 0.3, (frames, count, 3)).astype(np.float32),
        "dlogscale": random.normal(0, 0.2, (frames, count, 3)).astype(np.float32),
        "dcolour": random.normal(0, 0.1, (frames, count, 3)).astype(np.float32),
    }
    np.savez(folder / "noise.npz", **residual)
    outcome = ani3d(
        *("bake", foreign_capture.path, "--motion", folder / "stroll.npz", "--residual", folder / "noise.npz"),
        *("--rest-pose", "a", "--fit", "none", "--max-error-mm", BOUND_MM, "-o", folder / "out.a3d"),
    )
    assert outcome.code == 0, outcome.stderr
    for layer in ("rigid", "residual"):
        done = ani3d(
            *("export", folder / "out.a3d", "--to", "ply-sequence", "--clip", "stroll", "--layer", layer),
            *("--frames", ",".join(map(str, FRAMES)), "-o", folder / layer),
        )
        assert done.code == 0, done.stderr
        assert done.json["losses"] == [
            "parts: which Gaussians are skin, face, hair, garment, accessory",
        ]
    return {"package": folder / "out.a3d", "residual": folder / "noise.npz", "folder": folder}


def blended_transforms(package: Package, frame: int) -> np.ndarray:
    """[N, 3, 4] M_i in input order, written from the equation in float64."""
    avatar = package.avatar().take(package.input_order)
    motion = package.clip("stroll").motion()
    skeleton = avatar.skeleton

    def globals_of(quats: np.ndarray, translation: np.ndarray) -> np.ndarray:
        result = np.tile(np.eye(4), (skeleton.joint_count, 1, 1))
        zero = skeleton.zero_joints_m.astype(np.float64)
        for joint, parent in enumerate(skeleton.parents):
            local = np.eye(4)
            local[:3, :3] = Rotation.from_quat(np.roll(quats[joint], -1)).as_matrix()
            local[:3, 3] = zero[joint] + translation if parent < 0 else zero[joint] - zero[parent]
            result[joint] = local if parent < 0 else result[parent] @ local
        return result

    posed = globals_of(motion.joint_rotations_wxyz[frame].astype(np.float64), motion.root_translation_m[frame])
    rest = globals_of(skeleton.rest_rotations_wxyz.astype(np.float64), skeleton.rest_translation_m)
    skinning = posed @ np.linalg.inv(rest)
    weights = avatar.binding.weights.astype(np.float64)
    return np.einsum("nk,nkab->nab", weights, skinning[avatar.binding.joints])[:, :3]


def read_frame(folder: Path, frame: int) -> dict[str, np.ndarray]:
    """One exported file, read by plyfile, back in Y-up axes."""
    vertex = PlyData.read(folder / f"frame_{frame:04d}.ply")["vertex"]

    def columns(*names: str) -> np.ndarray:
        return np.stack([vertex[name] for name in names], 1).astype(np.float64)

    flip = np.diag([1.0, -1.0, -1.0])
    rotation = flip @ Rotation.from_quat(columns("rot_1", "rot_2", "rot_3", "rot_0")).as_matrix()
    scales = np.exp(columns("scale_0", "scale_1", "scale_2"))
    return {
        "means": columns("x", "y", "z") @ flip,
        "covariance": np.einsum("nab,nb,ncb->nac", rotation, scales**2, rotation),
        "dc": columns("f_dc_0", "f_dc_1", "f_dc_2"),
    }


@pytest.mark.parametrize("frame", FRAMES)
def test_rigid_frames_are_the_skinned_input(foreign_capture, baked: dict[str, Path], frame: int) -> None:
    with Package.open(baked["package"]) as package:
        transforms = blended_transforms(package, frame)
    source = foreign_capture.means.astype(np.float64) * [1, -1, -1]
    expected = np.einsum("nab,nb->na", transforms[:, :, :3], source) + transforms[:, :, 3]
    reach = np.linalg.norm(transforms[:, :, :3], 2, axis=(1, 2))
    error = np.linalg.norm(read_frame(baked["folder"] / "rigid", frame)["means"] - expected, axis=1)
    assert (error <= reach * BOUND_MM * 1e-3 + 2e-6).all()


@pytest.mark.parametrize("frame", FRAMES)
def test_residual_frames_keep_the_bound(foreign_capture, baked: dict[str, Path], frame: int) -> None:
    with Package.open(baked["package"]) as package:
        transforms = blended_transforms(package, frame)
    residual = np.load(baked["residual"])
    linear = transforms[:, :, :3]
    source = foreign_capture.means.astype(np.float64) * [1, -1, -1] + residual["dpos_m"][frame]
    expected = np.einsum("nab,nb->na", linear, source) + transforms[:, :, 3]
    reach = np.linalg.norm(linear, 2, axis=(1, 2))
    found = read_frame(baked["folder"] / "residual", frame)
    error = np.linalg.norm(found["means"] - expected, axis=1)
    assert (error <= reach * BOUND_MM * 1e-3 + 2e-6).all()
    assert np.median(error) > 1e-6, "an exact result would mean that nothing was coded"

    flip = np.diag([1.0, -1.0, -1.0])
    rest = flip @ Rotation.from_quat(np.roll(foreign_capture.quats_wxyz, -1, axis=1)).as_matrix()
    turned = Rotation.from_rotvec(residual["drot_rad"][frame]).as_matrix() @ rest
    scales = foreign_capture.scales * np.exp(residual["dlogscale"][frame])
    square_root = np.einsum("nab,nbc,nc->nac", linear, turned, scales)
    covariance = square_root @ square_root.transpose(0, 2, 1)
    size = np.linalg.norm(covariance, axis=(1, 2))
    mismatch = np.linalg.norm(found["covariance"] - covariance, axis=(1, 2)) / size
    assert np.quantile(mismatch, 0.99) < 0.25
    assert np.median(mismatch) < 0.08
    np.testing.assert_allclose(found["dc"], foreign_capture.sh[:, 0] + residual["dcolour"][frame], atol=0.06)


def test_a_level_of_detail_is_written_and_drawn_in_its_look(baked: dict[str, Path], ani3d: Callable) -> None:
    package, folder = baked["package"], baked["folder"]
    clip = ("--clip", "stroll", "--level", 0)
    written = ani3d("export", package, "--to", "ply", *clip, "--frames", 7, "-o", folder / "coarse.ply")
    with Package.open(package) as opened:
        kept = opened.input_order[opened.input_order < opened.manifest.level_sizes[0]]
        opacities = opened.appearance(0).opacities[kept].astype(np.float64)
        assert opened.find_section("appearance.0") is not None
    assert written.json["gaussians"] == len(opacities)
    logits = PlyData.read(folder / "coarse.ply")["vertex"]["opacity"]
    np.testing.assert_allclose(1 / (1 + np.exp(-logits.astype(np.float64))), opacities, atol=2e-6)
    assert ani3d("render", package, *clip, "--frame", 7, "--size", "48x48", "-o", folder / "coarse.png").code == 0
    beyond = ani3d("render", package, "--level", 9, "--frame", 7, "-o", folder / "beyond.png")
    assert beyond.error_code == "lod-not-found"


def test_a_sequence_says_what_belongs_to_all_of_its_frames(baked: dict[str, Path]) -> None:
    sequence = json.loads((baked["folder"] / "rigid" / "sequence.json").read_text())
    assert (sequence["clip"], sequence["fps"], sequence["axes"]) == ("stroll", 30, "rdf")
    named = [(entry["file"], entry["frame"]) for entry in sequence["frames"]]
    assert named == [(f"frame_{frame:04d}.ply", frame) for frame in FRAMES]
    flip = np.array([1, -1, -1])
    means = np.concatenate([read_frame(baked["folder"] / "rigid", frame)["means"] for frame in FRAMES]) * flip
    np.testing.assert_allclose(sequence["bounds"]["min"], means.min(axis=0), atol=1e-5)
    np.testing.assert_allclose(sequence["bounds"]["max"], means.max(axis=0), atol=1e-5)


@pytest.mark.parametrize("name", ["a.ply", "a.compressed.ply", "a.spz", "a.sog", "a.splat", "a.glb"])
def test_the_name_of_the_output_tells_the_format(baked: dict[str, Path], ani3d: Callable, name: str) -> None:
    """Every format holds the frame that the PLY holds, in the axes that the report states, and says what it lost."""
    done = ani3d("export", baked["package"], "--frames", 7, "--layer", "rigid", "-o", baked["folder"] / name)
    assert done.code == 0, done.stderr
    lost = [loss.partition(":")[0] for loss in done.json["losses"]]
    assert (
        lost
        == {
            "a.ply": ["parts"],
            "a.compressed.ply": ["parts", "order", "precision"],
            "a.spz": ["parts", "precision"],
            "a.sog": ["parts", "order", "precision"],
            "a.splat": ["parts", "harmonics", "precision"],
            "a.glb": ["parts"],
        }[name]
    )
    assert done.json["axes"] == ("yup" if name in ("a.spz", "a.glb") else "rdf")
    found = read_avatar(baked["folder"] / name, axes=done.json["axes"]).cloud
    expected = read_frame(baked["folder"] / "rigid", 7)["means"]
    assert found.count == len(expected)
    nearest, _ = cKDTree(expected).query(found.means_m)
    assert nearest.max() < 2e-3


def test_a_proxy_is_the_body_that_the_gaussians_lie_on(baked: dict[str, Path], ani3d: Callable) -> None:
    path = baked["folder"] / "proxy.glb"
    clip = ("--clip", "stroll", "--frames", ",".join(map(str, FRAMES)))
    done = ani3d("export", baked["package"], "--to", "gltf-proxy", *clip, "-o", path)
    assert done.code == 0, done.stderr
    for place, frame in enumerate(FRAMES):
        vertices, joints = posed_by_gltf(path, place)
        with Package.open(baked["package"]) as package:
            motion, skeleton = package.clip("stroll").motion(), package.skeleton
            posed = skeleton.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)[frame, :, :, 3]
        np.testing.assert_allclose(joints, posed, atol=2e-5)
        # The capture was scattered around the body of its rest pose.
        distances, _ = cKDTree(vertices).query(read_frame(baked["folder"] / "rigid", frame)["means"])
        assert np.median(distances) < 0.05
    refused = ani3d("export", baked["package"], "--to", "gltf-proxy", "--level", 0, "-o", baked["folder"] / "b.glb")
    assert refused.error_code == "export-idle-option"


def posed_by_gltf(path: Path, key: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and joints of a skinned .glb at a key of its animation, as the page of glTF says."""
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    content, binary = json.loads(data[20 : 20 + length]), data[28 + length :]

    def array(index: int) -> np.ndarray:
        accessor = content["accessors"][index]
        width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}[accessor["type"]]
        kind = {5126: "<f4", 5123: "<u2", 5125: "<u4"}[accessor["componentType"]]
        offset = content["bufferViews"][accessor["bufferView"]]["byteOffset"]
        return np.frombuffer(binary, kind, accessor["count"] * width, offset).reshape(-1, width)

    nodes = content["nodes"]
    local = {place: {"translation": node.get("translation", [0, 0, 0])} for place, node in enumerate(nodes)}
    for channel in content["animations"][0]["channels"]:
        target = channel["target"]
        sampler = content["animations"][0]["samplers"][channel["sampler"]]
        local[target["node"]][target["path"]] = array(sampler["output"])[key]
    worlds: dict[int, np.ndarray] = {}

    def visit(node: int, above: np.ndarray) -> None:
        own = np.eye(4)
        own[:3, :3] = Rotation.from_quat(local[node].get("rotation", [0, 0, 0, 1])).as_matrix()
        own[:3, 3] = local[node]["translation"]
        worlds[node] = above @ own
        for child in content["nodes"][node].get("children", []):
            visit(child, worlds[node])

    for root in content["scenes"][0]["nodes"]:
        visit(root, np.eye(4))
    skin, attributes = content["skins"][0], content["meshes"][0]["primitives"][0]["attributes"]
    bind = array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
    matrices = np.array([worlds[joint] for joint in skin["joints"]]) @ bind
    blended = np.einsum("vk,vkab->vab", array(attributes["WEIGHTS_0"]), matrices[array(attributes["JOINTS_0"])])
    points = np.concatenate([array(attributes["POSITION"]), np.ones((len(blended), 1))], axis=1)
    return np.einsum("vab,vb->va", blended, points)[:, :3], np.array([worlds[joint][:3, 3] for joint in skin["joints"]])
