import { Cursor } from "../coding/cursor.ts";
import { readRanged, readTable } from "../coding/integer_table.ts";
import { equalRows } from "../coding/row_lengths.ts";
import { POSE_LAYOUT, POSE_MAX_ORDER, POSE_MAX_STEPS, POSE_STEP_BELOW } from "../generated/format.ts";
import { writeTurn } from "../maths/rotation.ts";
import { refuseAbsurd } from "./absurd_values.ts";
import type { PoseGroup } from "./clip_group.ts";
import { need, Refusal } from "./refusal.ts";

const CODE = "pose-invalid";

/** Section `pose` of a group of frames. */
export function readPose(bytes: Uint8Array, joints: number, frames: number): PoseGroup {
  const cursor = Cursor.ofSection(bytes, "pose", POSE_LAYOUT);
  const rows = 3 + 3 * joints, others = frames - 1;
  const translationStep = readStep(cursor), rotationStep = readStep(cursor);
  const orders = readRanged(cursor, 1, rows, false, { field: "order", lowest: 0, highest: POSE_MAX_ORDER, code: CODE });
  const first = readTable(cursor, equalRows(1, rows));
  const rest = readTable(cursor, equalRows(rows, others));
  cursor.finish();
  const rootTranslationM = new Float32Array(3 * frames), jointRotationsWxyz = new Float32Array(4 * joints * frames);
  const vectors = new Float64Array(3 * joints * frames), steps = new Float64Array(frames);
  for (let row = 0; row < rows; row++) {
    steps[0] = first[row];
    for (let t = 1; t < frames; t++) {
      steps[t] = rest[row * others + t - 1];
    }
    sum(steps, orders[row]);
    for (let t = 0; t < frames; t++) {
      if (row < 3) {
        rootTranslationM[3 * t + row] = steps[t] * translationStep;
      } else {
        vectors[3 * joints * t + row - 3] = steps[t] * rotationStep;
      }
    }
  }
  for (let i = 0; i < joints * frames; i++) {
    writeTurn(jointRotationsWxyz, 4 * i, vectors[3 * i], vectors[3 * i + 1], vectors[3 * i + 2]);
  }
  refuseAbsurd(rootTranslationM, "pose");
  return { rootTranslationM, jointRotationsWxyz };
}

// Doubles hold every sum of sums exactly that passes the limit in the end.
function sum(values: Float64Array, order: number): void {
  for (; order > 0; order--) {
    for (let t = 1; t < values.length; t++) {
      values[t] += values[t - 1];
    }
  }
  for (const value of values) {
    if (Math.abs(value) > POSE_MAX_STEPS) {
      throw new Refusal(CODE, "pose", `${value} steps`);
    }
  }
}

function readStep(cursor: Cursor): number {
  const step = cursor.float();
  need(step > 0 && step < POSE_STEP_BELOW, CODE, cursor.name, `a step of ${step}`);
  return step;
}
