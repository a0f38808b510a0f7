// Motion of the control nodes in one group of frames: SPEC.md, "nodes".

import { cosines } from "./cosines.mjs";
import { Cursor } from "./cursor.mjs";
import { MODEL_NODE_PARENTS, NODES_LAYOUT, NODES_MAX_ENTRY, NODES_MAX_TURN_RAD, NODES_STEP_BELOW } from "./format.mjs";
import { readRectangle, readRow } from "./integers.mjs";
import { nearest } from "./model.mjs";
import { rotationsOf } from "./pose.mjs";
import { refuseUnless } from "./refusal.mjs";

// displacements [F,M,3] and quaternions [F,M,4]
export function readNodes(bytes, stored, model, frames) {
  const cursor = Cursor.ofSection(bytes, "nodes", NODES_LAYOUT);
  const steps = [cursor.f32(), cursor.f32()];
  refuseUnless(steps.every((step) => step > 0 && step < NODES_STEP_BELOW), "nodes-invalid", "a step");
  cursor.expectIntegers(6 * frames * (1 + model.nodeCount), stored);
  const parents = nodeParents(model.cells, model.nodeCount);
  const [displacements, vectors] = steps.map((step) => readChannel(cursor, step, parents, model.nodeCount, frames));
  cursor.finish();
  refuseUnless(vectors.every((v) => Math.abs(v) <= NODES_MAX_TURN_RAD), "nodes-invalid", "a rotation out of range");
  return { displacements: Float32Array.from(displacements), rotations: rotationsOf(vectors) };
}

function readChannel(cursor, step, parents, nodeCount, frames) {
  const predicted = readRow(cursor, 3 * frames);
  refuseUnless(predicted.every((flag) => flag === 0 || flag === 1), "nodes-invalid", "rows are plain or predicted");
  const coefficients = readRectangle(cursor, 3 * frames, nodeCount);
  const table = cosines(frames);
  const values = new Float64Array(3 * nodeCount * frames);
  for (let row = 0; row < 3 * frames; row++) {
    const entries = coefficients.subarray(row * nodeCount, (row + 1) * nodeCount);
    if (predicted[row]) addPrediction(entries, parents);
    const small = entries.every((entry) => Math.abs(entry) <= NODES_MAX_ENTRY);
    refuseUnless(small, "nodes-invalid", "an entry out of range");
    const [f, axis] = [Math.floor(row / 3), row % 3];
    for (let t = 0; t < frames; t++) {
      const gain = step * table[f * frames + t];
      for (let n = 0; n < nodeCount; n++) values[3 * (t * nodeCount + n) + axis] += gain * entries[n];
    }
  }
  refuseUnless(values.every((v) => Number.isFinite(Math.fround(v))), "nodes-invalid", "a value overflows");
  return values;
}

function addPrediction(entries, parents) {
  for (let n = MODEL_NODE_PARENTS; n < entries.length; n++) {
    const [a, b, c] = parents[n];
    entries[n] += Math.floor((entries[a] + entries[b] + entries[c] + 1) / 3);
  }
}

// The three nearest among the nodes before each.
function nodeParents(cells, count) {
  const parents = (n) => (n < MODEL_NODE_PARENTS ? [] : nearest(cells, count, n, n).slice(0, MODEL_NODE_PARENTS));
  return Array.from({ length: count }, (_, n) => parents(n));
}
