// The runtime equation: CONVENTIONS.md. Everything in doubles, one Gaussian at a time.

import * as q from "./quaternion.mjs";
import { refuseUnless } from "./refusal.mjs";

// Skinning transforms A_j = G_j(t) G_j(rest)^-1 as {rotation: 9 numbers, offset: 3}.
export function skinningTransforms(skeleton, root, rotations) {
  const posed = globalTransforms(skeleton, root, rotations);
  const rest = globalTransforms(skeleton, skeleton.restTranslationM, skeleton.restRotationsWxyz);
  return posed.map((global, j) => {
    const rotation = q.product(global.rotation, q.transposed(rest[j].rotation));
    const moved = q.apply(rotation, rest[j].offset);
    return { rotation, offset: global.offset.map((value, axis) => value - moved[axis]) };
  });
}

// The root is moved by its translation; every joint hangs at its zero-pose distance from its parent.
function globalTransforms({ parents, zeroJointsM }, root, rotations) {
  const globals = [];
  const joint = (j) => [zeroJointsM[3 * j], zeroJointsM[3 * j + 1], zeroJointsM[3 * j + 2]];
  for (const [j, parent] of parents.entries()) {
    const local = q.toMatrix(rotations.slice(4 * j, 4 * j + 4));
    if (parent < 0) {
      globals.push({ rotation: local, offset: joint(j).map((value, axis) => value + root[axis]) });
      continue;
    }
    const above = globals[parent];
    const from = joint(parent);
    const arm = q.apply(above.rotation, joint(j).map((value, axis) => value - from[axis]));
    const offset = above.offset.map((value, axis) => value + arm[axis]);
    globals.push({ rotation: q.product(above.rotation, local), offset });
  }
  return globals;
}

// Gaussian i in rest-pose space with the residual applied: {mean, quat, scales, colour}.
export function deformed(avatar, i, nodes, addition) {
  const mean = at(avatar.means, 3, i);
  const { moved, turn } = nodes ? nodeMotion(mean, i, nodes) : { moved: mean, turn: [1, 0, 0, 0] };
  const spin = q.fromRotationVector(addition.rotation);
  const quat = q.normalised(at(avatar.quats, 4, i));
  return {
    mean: moved.map((value, axis) => value + addition.position[axis]),
    quat: q.multiply(spin, q.multiply(turn, quat)),
    scales: at(avatar.scales, 3, i).map((scale, axis) => scale * Math.exp(addition.scale[axis])),
    colour: addition.colour,
  };
}

function nodeMotion(mean, i, { indices, weights, rest, displacements, rotations }) {
  const moved = [0, 0, 0];
  const blend = [0, 0, 0, 0];
  let hangs = false;
  for (let slot = 0; slot < 4; slot++) {
    const weight = weights[4 * i + slot];
    if (weight === 0) continue;
    hangs = true;
    const node = indices[4 * i + slot];
    const rotation = q.normalised(at(rotations, 4, node));
    const centre = at(rest, 3, node);
    const arm = q.apply(q.toMatrix(rotation), mean.map((value, axis) => value - centre[axis]));
    const shift = at(displacements, 3, node);
    for (let axis = 0; axis < 3; axis++) moved[axis] += weight * (arm[axis] + centre[axis] + shift[axis]);
    const sign = blend.reduce((sum, value, k) => sum + value * rotation[k], 0) < 0 ? -1 : 1;
    for (let k = 0; k < 4; k++) blend[k] += sign * weight * rotation[k];
  }
  return hangs ? { moved, turn: q.normalised(blend) } : { moved: mean, turn: [1, 0, 0, 0] };
}

// World-space {mean, covariance [9], L [9]} of a deformed Gaussian.
export function skinned(gaussian, joints, weights, transforms) {
  const L = new Array(9).fill(0);
  const offset = [0, 0, 0];
  for (let slot = 0; slot < 4; slot++) {
    const { rotation, offset: shift } = transforms[joints[slot]];
    for (let k = 0; k < 9; k++) L[k] += weights[slot] * rotation[k];
    for (let axis = 0; axis < 3; axis++) offset[axis] += weights[slot] * shift[axis];
  }
  const mean = q.apply(L, gaussian.mean).map((value, axis) => value + offset[axis]);
  refuseUnless(mean.every(Number.isFinite), "package-not-finite", "a posed mean");
  const axes = q.product(L, q.toMatrix(gaussian.quat));
  const stretched = axes.map((value, k) => value * gaussian.scales[k % 3]);
  return { mean, covariance: q.product(stretched, q.transposed(stretched)), L };
}

export function at(values, width, index) {
  return Array.from(values.slice(width * index, width * (index + 1)));
}
