import { Cursor } from "../coding/cursor.ts";
import { type IntegerRange, readRanged } from "../coding/integer_table.ts";
import {
  FURTHER_LAYOUT, MODEL_LAYOUT, MODEL_MAX_NODES, MODEL_MAX_REST_CELL, MODEL_REST_STEP_M, MODEL_WEIGHT_UNITS,
} from "../generated/format.ts";
import type { Manifest } from "./manifest.ts";
import { NodeLattice } from "./node_lattice.ts";
import { need, Refusal } from "./refusal.ts";
import type { ResidualModel } from "./residual_model.ts";
import { joinedPrediction, readPrediction } from "./track_prediction.ts";
import { fillWeights } from "./weight_table.ts";

const CODE = "model-invalid";

/** Section `model`. */
export function readModel(bytes: Uint8Array, manifest: Manifest): ResidualModel {
  const cursor = Cursor.ofSection(bytes, "model", MODEL_LAYOUT);
  const nodes = cursor.varint(MODEL_MAX_NODES);
  const moving = cursor.varint(manifest.gaussianCount);
  const hanging = cursor.varint(moving);
  need(nodes === manifest.nodeCount, CODE, cursor.name, `${nodes} nodes, not ${manifest.nodeCount} as the manifest says`);
  const step = cursor.float();
  need(step === Math.fround(MODEL_REST_STEP_M), CODE, cursor.name, `cells of ${step} m`);
  const tracks = readIncreasing(cursor, moving, manifest.gaussianCount);
  const places = readIncreasing(cursor, hanging, moving);
  const cells = readRanged(cursor, 3, nodes, false, range("cell", -MODEL_MAX_REST_CELL, MODEL_MAX_REST_CELL));
  // It remembers who is near whom, megabytes, which nobody asks for later.
  const lattice = new NodeLattice(cells, nodes);
  const nodeRestM = new Float32Array(3 * nodes);
  for (let i = 0; i < 3 * nodes; i++) {
    nodeRestM[i] = cells[(i % 3) * nodes + Math.floor(i / 3)] * step;
  }
  const nodeParents = lattice.parents();
  const hangs = readHanging(cursor, lattice, Int32Array.from(places, (place) => tracks[place]), manifest.gaussianCount);
  const prediction = readPrediction(cursor, moving);
  cursor.finish();
  return { nodeCount: nodes, nodeRestM, ...hangs, moving: tracks, nodeParents, prediction };
}

/** The model of a clip that moves Gaussians which the package's model leaves still: section `further`. */
export function withFurther(model: ResidualModel, bytes: Uint8Array, gaussianCount: number): ResidualModel {
  const cursor = Cursor.ofSection(bytes, "further", FURTHER_LAYOUT);
  const further = readFurtherOf(cursor, model, gaussianCount);
  const all = model.moving.length + further.length;
  const prediction = readPrediction(cursor, all);
  cursor.finish();
  need(prediction.first >= model.moving.length, CODE, cursor.name, "stages that begin within the model's tracks");
  const moving = new Int32Array(all);
  moving.set(model.moving);
  moving.set(further, model.moving.length);
  return { ...model, moving, prediction: joinedPrediction(model.prediction, prediction, all) };
}

/** Numbers of the Gaussians of a section `further`. */
export function readFurther(model: ResidualModel, bytes: Uint8Array, gaussianCount: number): Int32Array {
  return readFurtherOf(Cursor.ofSection(bytes, "further", FURTHER_LAYOUT), model, gaussianCount);
}

function readFurtherOf(cursor: Cursor, model: ResidualModel, gaussianCount: number): Int32Array {
  const count = cursor.varint(gaussianCount - model.moving.length);
  const further = readIncreasing(cursor, count, gaussianCount);
  // Both rise.
  for (let i = 0, k = 0; i < count; i++) {
    while (model.moving[k] < further[i]) {
      k++;
    }
    if (model.moving[k] === further[i]) {
      throw new Refusal(CODE, cursor.name, `Gaussian ${further[i]} of the model`);
    }
  }
  return further;
}

function readIncreasing(cursor: Cursor, count: number, limit: number): Int32Array {
  const values = readRanged(cursor, 1, count, true, range("number", 0, limit - 1));
  for (let i = 1; i < count; i++) {
    if (values[i] <= values[i - 1]) {
      throw new Refusal(CODE, cursor.name, "numbers that do not increase");
    }
  }
  return values;
}

function readHanging(
  cursor: Cursor, lattice: NodeLattice, gaussians: Int32Array, gaussianCount: number,
): { nodeIndices: Int32Array; nodeWeights: Float32Array } {
  const count = gaussians.length, nodes = lattice.count;
  const ranks = readRanged(cursor, 1, count, false, range("rank", 0, nodes - 1));
  const gaps = readRanged(cursor, 3, count, false, range("gap", 0, nodes - 1));
  const units = readRanged(cursor, 3, count, false, range("weight", 0, MODEL_WEIGHT_UNITS));
  const weights = new Float32Array(4 * count);
  fillWeights(weights, units, count, MODEL_WEIGHT_UNITS, cursor.name, CODE);
  const nodeIndices = new Int32Array(4 * gaussianCount), nodeWeights = new Float32Array(4 * gaussianCount);
  for (let h = 0, first = 0; h < count; h++) {
    first = lattice.neighboursOf(first)[ranks[h]];
    const around = lattice.neighboursOf(first), at = 4 * gaussians[h];
    nodeIndices[at] = first;
    nodeWeights[at] = weights[4 * h];
    for (let k = 1, rank = 0; k < 4; k++) {
      rank += gaps[(k - 1) * count + h];
      if (rank >= nodes) {
        throw new Refusal(CODE, cursor.name, "a node that is not there");
      }
      nodeIndices[at + k] = around[rank];
      nodeWeights[at + k] = weights[4 * h + k];
    }
  }
  return { nodeIndices, nodeWeights };
}

function range(field: string, lowest: number, highest: number): IntegerRange {
  return { field, lowest, highest, code: CODE };
}
