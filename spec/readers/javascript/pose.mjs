// Root translation and joint rotations of one group of frames: SPEC.md, "pose".

import { Cursor } from "./cursor.mjs";
import { POSE_LAYOUT, POSE_MAX_ORDER, POSE_MAX_STEPS, POSE_STEP_BELOW } from "./format.mjs";
import { readRectangle, readRow } from "./integers.mjs";
import { fromRotationVector } from "./quaternion.mjs";
import { refuseUnless } from "./refusal.mjs";

// root [F,3] and quaternions [F,J,4]
export function readPose(bytes, jointCount, frames) {
  const cursor = Cursor.ofSection(bytes, "pose", POSE_LAYOUT);
  const rows = 3 + 3 * jointCount;
  const translationStep = cursor.f32();
  const rotationStep = cursor.f32();
  const orders = readRow(cursor, rows);
  const first = readRow(cursor, rows);
  const others = readRectangle(cursor, rows, frames - 1);
  cursor.finish();
  const sane = [translationStep, rotationStep].every((step) => step > 0 && step < POSE_STEP_BELOW);
  refuseUnless(sane, "pose-invalid", "a step");
  const root = new Float32Array(3 * frames);
  const vectors = new Float64Array(3 * jointCount * frames);
  for (let row = 0; row < rows; row++) {
    refuseUnless(orders[row] >= 0 && orders[row] <= POSE_MAX_ORDER, "pose-invalid", `order ${orders[row]}`);
    const values = [first[row], ...others.subarray(row * (frames - 1), (row + 1) * (frames - 1))];
    for (let k = 0; k < orders[row]; k++) {
      for (let t = 1; t < frames; t++) values[t] += values[t - 1];
    }
    refuseUnless(values.every((value) => Math.abs(value) <= POSE_MAX_STEPS), "pose-invalid", "a value out of range");
    for (let t = 0; t < frames; t++) {
      if (row < 3) root[3 * t + row] = values[t] * translationStep;
      else vectors[3 * jointCount * t + row - 3] = values[t] * rotationStep;
    }
  }
  return { root, rotations: rotationsOf(vectors) };
}

// quaternions [n,4] of rotation vectors [n,3]
export function rotationsOf(vectors) {
  const rotations = new Float32Array((vectors.length / 3) * 4);
  for (let i = 0; i < vectors.length / 3; i++) {
    rotations.set(fromRotationVector(vectors.subarray(3 * i, 3 * i + 3)), 4 * i);
  }
  return rotations;
}
