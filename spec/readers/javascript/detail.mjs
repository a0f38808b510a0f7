// What nodes leave, per moving Gaussian, in one group of frames: SPEC.md, "Sections detail".

import { cosines } from "./cosines.mjs";
import { Cursor } from "./cursor.mjs";
import {
  DETAIL_LAYOUT, DETAIL_MAX_LOG_SCALE, DETAIL_MAX_STEPS, DETAIL_MAX_TURN_RAD, MODEL_TRACK_PARENTS,
} from "./format.mjs";
import { readRow, readTable } from "./integers.mjs";
import { refuseUnless } from "./refusal.mjs";

const LARGEST = { "detail.rotation": DETAIL_MAX_TURN_RAD, "detail.scale": DETAIL_MAX_LOG_SCALE };

// float32 [F,S,3]
export function readDetail(bytes, stored, name, model, frames) {
  const cursor = Cursor.ofSection(bytes, name, DETAIL_LAYOUT);
  const stepCount = cursor.u8();
  need(stepCount >= 1 && stepCount <= DETAIL_MAX_STEPS, "number of steps");
  const steps = Array.from({ length: stepCount }, () => cursor.f32());
  need(steps.every((step) => step > 0), "a step");
  const bandwidths = readRow(cursor, model.moving);
  need(bandwidths.every((b) => b >= 0 && b <= frames), "bandwidth");
  const active = Array.from(bandwidths.keys()).filter((track) => bandwidths[track] > 0);
  cursor.expectIntegers(bandwidths.reduce((sum, b) => sum + 3 * b, active.length), stored);
  const stepIndices = readRow(cursor, active.length);
  need(stepIndices.every((k) => k >= 0 && k < stepCount), "index of a step");
  const stepOf = new Map(active.map((track, a) => [track, steps[stepIndices[a]]]));
  const sorted = [...active].sort((a, b) => bandwidths[b] - bandwidths[a]);
  const lengths = Array.from({ length: frames }, (_, f) => active.filter((track) => bandwidths[track] > f).length);
  const rows = lengths.flatMap((length) => [length, length, length]);
  const coefficients = readTable(cursor, rows);
  cursor.finish();
  const values = told(rows, coefficients, sorted, stepOf, model.moving, frames);
  const weights = name === "detail.position" ? model.positionWeights : model.rotationWeights;
  addParents(values, model, weights, frames);
  const limit = LARGEST[name] ?? Number.MAX_VALUE;
  need(values.every((value) => Math.abs(value) <= limit), "a value out of range");
  return values;
}

function need(holds, about) {
  refuseUnless(holds, "detail-invalid", about);
}

function told(rows, coefficients, sorted, stepOf, moving, frames) {
  const table = cosines(frames);
  const values = new Float64Array(3 * moving * frames);
  let at = 0;
  for (const [row, length] of rows.entries()) {
    const [f, axis] = [Math.floor(row / 3), row % 3];
    for (let column = 0; column < length; column++, at++) {
      const track = sorted[column];
      const amount = coefficients[at] * stepOf.get(track);
      for (let t = 0; t < frames; t++) values[3 * (t * moving + track) + axis] += amount * table[f * frames + t];
    }
  }
  return Float32Array.from(values);
}

function addParents(values, model, weights, frames) {
  const { moving, stageEnds, parents } = model;
  const first = stageEnds[0] ?? 0;
  const predicted = moving - first;
  for (let track = first; track < moving; track++) {
    for (let t = 0; t < frames; t++) {
      for (let axis = 0; axis < 3; axis++) {
        let sum = values[3 * (t * moving + track) + axis];
        for (let k = 0; k < MODEL_TRACK_PARENTS; k++) {
          const place = k * predicted + track - first;
          const parent = values[3 * (t * moving + parents[place]) + axis];
          sum += weights[place] * parent;
        }
        values[3 * (t * moving + track) + axis] = sum;
      }
    }
  }
}
