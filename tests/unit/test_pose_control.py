"""Skeletons drawn for models that were trained on pictures of detected ones: places, colours and sizes by hand."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest

from ani3d_runtime.bake.pose_control.face import face_points_m
from ani3d_runtime.bake.pose_control.picture import pose_picture
from ani3d_runtime.bake.pose_control.points import PosePoints, pose_points
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.render.camera import Camera

SIZE = (832, 480)
FOV = 0.6


def standing(skeleton: Skeleton, azimuth_deg: float, distance_m: float = 4.0, target_m=(0.0, -0.2, 0.0)) -> PosePoints:
    """The zero pose, seen from an azimuth: 0 before the face, 90 from its left."""
    identity = np.zeros((1, skeleton.joint_count, 4), np.float32)
    identity[..., 0] = 1
    joints = skeleton.global_transforms(identity, np.zeros((1, 3), np.float32))[0]
    angle = np.deg2rad(azimuth_deg)
    eye = np.array(target_m) + distance_m * np.array([np.sin(angle), 0, np.cos(angle)])
    return pose_points(
        skeleton, joints, Camera.look_at(eye, target_m, fov_y_rad=FOV, width_px=SIZE[1], height_px=SIZE[0])
    )


@pytest.fixture(scope="module")
def body() -> Skeleton:
    return load_builtin_body().skeleton


@pytest.fixture(scope="module")
def with_fingers(body: Skeleton) -> Skeleton:
    """The built-in body with a left hand of straight fingers, and a jaw."""
    names, parents = list(body.joint_names), body.parents.tolist()
    zero = [*body.zero_joints_m]
    wrist = zero[names.index("left_wrist")]
    for row, finger in enumerate(("thumb", "index", "middle", "ring", "pinky")):
        for bone in (1, 2, 3):
            parents.append(names.index("left_wrist") if bone == 1 else len(names) - 1)
            names.append(f"left_{finger}{bone}")
            zero.append(wrist + np.array([0.03 * bone, 0.02 * (row - 2), 0.0]))
    parents.append(names.index("head"))
    names.append("jaw")
    zero.append(zero[names.index("head")] + np.array([0, -0.02, 0.02]))
    return Skeleton.in_zero_pose(tuple(names), np.array(parents, np.int32), np.array(zero, np.float32))


def test_joints_lie_where_a_pinhole_shows_them(body):
    points = standing(body, 0.0)
    zero = dict(zip(body.joint_names, body.zero_joints_m.astype(float), strict=True))
    focal = SIZE[0] / 2 / np.tan(FOV / 2)
    for index, name in ((2, "right_shoulder"), (7, "left_wrist"), (8, "right_hip"), (13, "left_ankle")):
        x, y, z = zero[name]
        expected = (focal * x / (4 - z) + SIZE[1] / 2 - 0.5, -focal * (y + 0.2) / (4 - z) + SIZE[0] / 2 - 0.5)
        np.testing.assert_allclose(points.body[index], expected, atol=1e-2)
    neck = (points.body[2] + points.body[5]) / 2
    np.testing.assert_allclose(points.body[1], neck, atol=0.3)
    assert points.body[2, 0] < points.body[5, 0], "a person's right is left in the picture from the front"


@pytest.mark.parametrize(
    ("azimuth", "seen"),
    [(0, {0, 14, 15, 16, 17}), (90, {0, 15, 17}), (-90, {0, 14, 16}), (180, {16, 17})],
)
def test_points_of_the_head_that_look_away_are_left_out(body, azimuth, seen):
    points = standing(body, azimuth)
    assert {index for index in (0, 14, 15, 16, 17) if np.isfinite(points.body[index]).all()} == seen
    assert np.isfinite(points.face).all() == (abs(azimuth) < 90)


def test_what_lies_outside_the_picture_or_behind_the_camera_is_left_out(body):
    assert np.isnan(standing(body, 0.0, distance_m=0.6).body[[10, 13]]).all()
    assert np.isnan(standing(body, 0.0, distance_m=0.02).body[1]).all()


def test_limbs_and_joints_have_their_colours_and_sizes(body):
    points = standing(body, 0.0)
    picture = pose_picture(points, SIZE, "dwpose").astype(int)
    assert picture.shape == (*SIZE, 3)
    # Right upper arm, the third limb, at 60 %; its elbow, the fourth joint, in full.
    middle = np.rint((points.body[2] + points.body[3]) / 2).astype(int)
    np.testing.assert_allclose(picture[middle[1], middle[0]], (153, 102, 0), atol=2)
    elbow = np.rint(points.body[3]).astype(int)
    np.testing.assert_allclose(picture[elbow[1], elbow[0]], (255, 255, 0), atol=2)
    # Nine rows of a canvas whose short side is 768, seen at 480.
    column = picture[:, middle[0]].sum(axis=1)
    near = column[middle[1] - 12 : middle[1] + 13]
    assert near.sum() / near.max() == pytest.approx(9 / 1.6, rel=0.1)
    assert (picture.sum(axis=2) > 0).mean() < 0.03


def test_a_thin_skeleton_has_toes(body):
    points = standing(body, 20.0)
    thin = pose_picture(points, SIZE, "animate").astype(int)
    toe = points.body[18].astype(int)
    assert thin[toe[1], toe[0]].tolist() == [200, 200, 0]
    assert (thin.sum(axis=2) > 0).sum() < 0.6 * (pose_picture(points, SIZE, "dwpose").sum(axis=2) > 0).sum()


def test_hands_and_face_are_drawn_where_the_rig_has_them(body, with_fingers):
    wrist = with_fingers.zero_joints_m[with_fingers.joint_names.index("left_wrist")]
    points = standing(with_fingers, 0.0, 0.9, tuple(wrist.tolist()))
    picture = pose_picture(points, SIZE, "dwpose").astype(int)
    assert np.isnan(points.hands[1]).all()
    # Middle finger, bones 8 to 11, from its first joint to its second.
    for edge, (start, end) in ((9, (9, 10)), (13, (13, 14))):
        middle = np.trunc((points.hands[0, start] + points.hands[0, end]) / 2).astype(int)
        near = picture[middle[1] - 1 : middle[1] + 2, middle[0]]
        brightest = near[near.sum(axis=1).argmax()]
        assert brightest.max() > 120
        np.testing.assert_allclose(brightest / brightest.max(), colorsys.hsv_to_rgb(edge / 20, 1, 1), atol=0.03)
    tip = points.hands[0, 12].astype(int)
    np.testing.assert_allclose(picture[tip[1], tip[0]], (0, 0, 255), atol=2)
    head = tuple(with_fingers.zero_joints_m[with_fingers.joint_names.index("head")].tolist())
    whites = [
        (pose_picture(standing(rig, 0.0, 1.2, head), SIZE, "dwpose").min(axis=2) > 200).sum()
        for rig in (body, with_fingers)
    ]
    assert whites[0] == 0
    assert whites[1] > 68 * 8


def test_landmarks_are_in_ibugs_order_and_symmetric():
    points = face_points_m()
    assert points.shape == (68, 3)
    assert points[0, 0] < points[8, 0] + 1e-9 < points[16, 0]
    np.testing.assert_allclose(points[:17] * (-1, 1, 1), points[16::-1], atol=1e-9)
    np.testing.assert_allclose(points[36] * (-1, 1, 1), points[45], atol=1e-9)
    np.testing.assert_allclose(points[48] * (-1, 1, 1), points[54], atol=1e-9)
    assert points[37, 1] > points[41, 1], "upper lids before lower ones"
    assert points[51, 1] > points[62, 1] > points[66, 1] > points[57, 1]
