// Evaluates a golden vector of the runtime equation: CONVENTIONS.md.

import { deformed, skinned, skinningTransforms } from "./evaluate.mjs";
import { colour } from "./harmonics.mjs";
import { apply, polarRotation, transposed } from "./quaternion.mjs";

const CHANNELS = { position: "position_m", rotation: "rotation_rad", scale: "logscale", colour: "colour" };
const FIELDS = ["means_m", "covariances_m2", "view_rotations", "colours"];

export function evaluated(golden) {
  const { avatar, deformation, frame } = golden;
  const skeleton = {
    parents: golden.skeleton.parents,
    zeroJointsM: golden.skeleton.zero_joints_m.flat(),
    restRotationsWxyz: golden.skeleton.rest_rotations_wxyz.flat(),
    restTranslationM: golden.skeleton.rest_translation_m,
  };
  const cloud = { means: avatar.means_m.flat(), quats: avatar.quats_wxyz.flat(), scales: avatar.scales_m.flat() };
  const nodes = {
    indices: deformation.node_indices.flat(),
    weights: deformation.node_weights.flat(),
    rest: deformation.node_rest_m.flat(),
    displacements: frame.node_displacements_m.flat(),
    rotations: frame.node_rotations_wxyz.flat(),
  };
  const transforms = skinningTransforms(skeleton, frame.root_translation_m, frame.joint_rotations_wxyz.flat());
  const rows = avatar.means_m.map((_, i) => (
    evaluatedGaussian(golden, i, deformed(cloud, i, nodes, additionTo(deformation, frame, i)), transforms)));
  return Object.fromEntries(FIELDS.map((field) => [field, rows.map((row) => row[field])]));
}

function additionTo(deformation, frame, i) {
  const row = frame.detail_indices.indexOf(i);
  const sum = (field) => [0, 1, 2].map((axis) => {
    const detail = row < 0 ? 0 : frame[`detail_${field}`][row]?.[axis] ?? 0;
    return frame.coefficients.reduce((total, a, k) => total + a * deformation[`basis_${field}`][k][i][axis], detail);
  });
  return Object.fromEntries(Object.entries(CHANNELS).map(([name, field]) => [name, sum(field)]));
}

function evaluatedGaussian({ avatar, camera_position_m: camera }, i, gaussian, transforms) {
  const { mean, covariance, L } = skinned(gaussian, avatar.joints[i], avatar.weights[i], transforms);
  const view = polarRotation(L);
  const away = mean.map((value, axis) => value - camera[axis]);
  const direction = apply(transposed(view), away.map((value) => value / Math.hypot(...away)));
  const sh = avatar.sh[i].flat().map((value, k) => value + (k < 3 ? gaussian.colour[k] : 0));
  return { means_m: mean, covariances_m2: covariance, view_rotations: view, colours: colour(sh, direction) };
}
