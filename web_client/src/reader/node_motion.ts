import { Cursor } from "../coding/cursor.ts";
import { readRanged, readTable } from "../coding/integer_table.ts";
import { equalRows } from "../coding/row_lengths.ts";
import { MODEL_NODE_PARENTS, NODES_LAYOUT, NODES_MAX_ENTRY, NODES_MAX_TURN_RAD, NODES_STEP_BELOW, PACKAGE_VALUES_BELOW } from "../generated/format.ts";
import { type Numbers, writeTurn } from "../maths/rotation.ts";
import type { NodeMotion } from "./clip_group.ts";
import { cosinesOf } from "./cosine_table.ts";
import { need, Refusal } from "./refusal.ts";
import type { ResidualModel } from "./residual_model.ts";

const CODE = "nodes-invalid";

/** Section `nodes` of a group of `frames`. */
export function readNodes(bytes: Uint8Array, storedBytes: number, model: ResidualModel, frames: number): NodeMotion {
  const cursor = Cursor.ofSection(bytes, "nodes", NODES_LAYOUT);
  const steps: [number, number] = [readStep(cursor), readStep(cursor)];
  cursor.expectIntegers(6 * frames * (1 + model.nodeCount), storedBytes);
  const coefficients: [Int32Array, Int32Array] = [
    readCoefficients(cursor, model, 3 * frames), readCoefficients(cursor, model, 3 * frames),
  ];
  cursor.finish();
  return { frameCount: frames, nodeCount: model.nodeCount, steps, coefficients };
}

/** Writes displacements [M,3], metres, and rotations [M,4] of a frame of the group. */
export function evaluateNodes(motion: NodeMotion, frame: number, displacementsM: Numbers, rotations: Numbers): void {
  const count = 3 * motion.nodeCount, values = new Float64Array(count);
  addCosines(motion, 0, frame, values);
  for (let i = 0; i < count; i++) {
    const value = Math.fround(values[i]);
    if (!(Math.abs(value) < PACKAGE_VALUES_BELOW)) {
      throw new Refusal("package-not-finite", "nodes", `a value of ${value}`);
    }
    displacementsM[i] = value;
  }
  values.fill(0);
  addCosines(motion, 1, frame, values);
  for (let i = 0; i < count; i++) {
    if (!(Math.abs(values[i]) <= NODES_MAX_TURN_RAD)) {
      throw new Refusal(CODE, "nodes", `a rotation vector with a component of ${values[i]} rad`);
    }
  }
  for (let node = 0; node < motion.nodeCount; node++) {
    writeTurn(rotations, 4 * node, values[3 * node], values[3 * node + 1], values[3 * node + 2]);
  }
}

function readStep(cursor: Cursor): number {
  const step = cursor.float();
  need(step > 0 && step < NODES_STEP_BELOW, CODE, cursor.name, `a step of ${step}`);
  return step;
}

function readCoefficients(cursor: Cursor, model: ResidualModel, rows: number): Int32Array {
  const nodes = model.nodeCount;
  const predicted = readRanged(cursor, 1, rows, false, { field: "kind of row", lowest: 0, highest: 1, code: CODE });
  const values = readTable(cursor, equalRows(rows, nodes));
  for (let row = 0; row < rows; row++) {
    finishRow(values, row * nodes, predicted[row] === 1 ? model.nodeParents : null, nodes);
  }
  return values;
}

// What is out of range is found before it is used, so sums stay exact.
function finishRow(values: Int32Array, start: number, parents: Int32Array | null, nodes: number): void {
  for (let node = 0; node < nodes; node++) {
    let value = values[start + node];
    if (parents !== null && node >= MODEL_NODE_PARENTS) {
      const at = MODEL_NODE_PARENTS * node;
      const sum = values[start + parents[at]] + values[start + parents[at + 1]] + values[start + parents[at + 2]] + 1;
      value += Math.floor(sum / 3);
    }
    if (Math.abs(value) > NODES_MAX_ENTRY) {
      throw new Refusal(CODE, "nodes", `an entry of ${value}`);
    }
    values[start + node] = value;
  }
}

function addCosines(motion: NodeMotion, channel: number, frame: number, values: Float64Array): void {
  const { frameCount, nodeCount } = motion, coefficients = motion.coefficients[channel];
  const cosines = cosinesOf(frameCount);
  for (let f = 0, at = 0; f < frameCount; f++) {
    const gain = motion.steps[channel] * cosines[frame * frameCount + f];
    for (let axis = 0; axis < 3; axis++) {
      for (let i = axis; i < 3 * nodeCount; i += 3) {
        values[i] += gain * coefficients[at++];
      }
    }
  }
}
