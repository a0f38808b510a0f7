// The residual model: control nodes, bindings, moving Gaussians, prediction: SPEC.md, "model".

import { columnsToRows, withFirstWeight } from "./canonical.mjs";
import { Cursor } from "./cursor.mjs";
import {
  FURTHER_LAYOUT, MODEL_LAYOUT, MODEL_MAX_NODES, MODEL_MAX_PARENT_WEIGHT, MODEL_MAX_REST_CELL, MODEL_MAX_RUNS,
  MODEL_MAX_STAGES, MODEL_POSITION_WEIGHT_UNITS, MODEL_REST_STEP_M, MODEL_ROTATION_WEIGHT_UNITS, MODEL_TRACK_PARENTS,
  MODEL_WEIGHT_UNITS,
} from "./format.mjs";
import { readRectangle, readRow } from "./integers.mjs";
import { refuseUnless } from "./refusal.mjs";

export function readModel(bytes, manifest) {
  const cursor = Cursor.ofSection(bytes, "model", MODEL_LAYOUT);
  const nodeCount = cursor.varint(MODEL_MAX_NODES);
  const moving = cursor.varint(manifest.gaussian_count);
  const hanging = cursor.varint(moving);
  need(nodeCount === manifest.node_count && manifest.corrective_count === 0, "number of nodes or correctives");
  const step = cursor.f32();
  need(step === Math.fround(MODEL_REST_STEP_M), "step of rest positions");
  const indices = readIncreasing(cursor, moving, manifest.gaussian_count);
  const hangingPlaces = readIncreasing(cursor, hanging, moving);
  const cells = readRectangle(cursor, 3, nodeCount);
  need(cells.every((cell) => Math.abs(cell) <= MODEL_MAX_REST_CELL), "rest position of a node");
  const model = { nodeCount, moving, indices, cells };
  model.nodeRest = columnsToRows(cells, 3, nodeCount, (cell) => cell * step);
  readBindings(cursor, model, hangingPlaces, manifest.gaussian_count);
  readStages(cursor, model);
  cursor.finish();
  return model;
}

// The model of one clip that moves further Gaussians: tracks behind the model's.
export function readFurther(bytes, model, gaussianCount) {
  const cursor = Cursor.ofSection(bytes, "further", FURTHER_LAYOUT);
  const count = cursor.varint(gaussianCount - model.moving);
  const further = readIncreasing(cursor, count, gaussianCount);
  const known = new Set(model.indices);
  need(further.every((gaussian) => !known.has(gaussian)), "a Gaussian that the model moves");
  const own = { moving: model.moving + count };
  readStages(cursor, own);
  cursor.finish();
  need(own.stageEnds[0] >= model.moving, "stages");
  const first = model.stageEnds[0];
  const fields = ["parents", "positionWeights", "rotationWeights"];
  const joined = fields.map((field) => [field, joinedColumns(model, own, field, own.moving - first)]);
  return {
    ...model, ...Object.fromEntries(joined), moving: own.moving,
    indices: Uint32Array.from([...model.indices, ...further]), stageEnds: [first, ...own.stageEnds],
  };
}

// [4, predicted] of the model's tracks, then of those without parents, then of the further ones that have some.
function joinedColumns(model, own, field, predicted) {
  const result = new Float64Array(MODEL_TRACK_PARENTS * predicted);
  const before = model.moving - model.stageEnds[0];
  const after = own.moving - own.stageEnds[0];
  for (let k = 0; k < MODEL_TRACK_PARENTS; k++) {
    if (before) result.set(model[field].slice(k * before, (k + 1) * before), k * predicted);
    if (after) result.set(own[field].slice(k * after, (k + 1) * after), (k + 1) * predicted - after);
  }
  return result;
}

function need(holds, about) {
  refuseUnless(holds, "model-invalid", about);
}

function readIncreasing(cursor, count, limit) {
  const values = readRow(cursor, count, { delta: true });
  need(values.every((value, i) => value >= 0 && value < limit && (i === 0 || value > values[i - 1])), "indices");
  return Uint32Array.from(values);
}

// Nodes and weights of every Gaussian of the avatar; weights are all zero where it hangs on none.
function readBindings(cursor, model, places, gaussianCount) {
  const count = places.length;
  const ranks = readRow(cursor, count);
  const gaps = readRectangle(cursor, 3, count);
  const weights = withFirstWeight(readRectangle(cursor, 3, count), count, MODEL_WEIGHT_UNITS, "model-invalid");
  const neighbours = neighboursOf(model.cells, model.nodeCount);
  const neighbour = (node, number) => {
    need(number >= 0 && number < model.nodeCount, "a node that is not there");
    return neighbours(node)[number];
  };
  const gap = (k, h) => {
    need(gaps[k * count + h] >= 0, "a gap below 0");
    return gaps[k * count + h];
  };
  model.nodeIndices = new Uint32Array(4 * gaussianCount);
  model.nodeWeights = new Float32Array(4 * gaussianCount);
  for (let h = 0, first = 0; h < count; h++) {
    first = neighbour(first, ranks[h]);
    const gaussian = model.indices[places[h]];
    const nodes = [first];
    for (let k = 0, rank = 0; k < 3; k++) nodes.push(neighbour(first, (rank += gap(k, h))));
    model.nodeIndices.set(nodes, 4 * gaussian);
    model.nodeWeights.set(weights.subarray(4 * h, 4 * h + 4), 4 * gaussian);
  }
}

// For a node all nodes, nearest first; sorted when first asked for.
function neighboursOf(cells, count) {
  const known = new Map();
  return (node) => {
    if (!known.has(node)) known.set(node, nearest(cells, count, node, count));
    return known.get(node);
  };
}

// The first `candidates` nodes in order of their distance from one node, ties to the lower index.
export function nearest(cells, count, node, candidates) {
  const distances = Array.from({ length: candidates }, (_, other) => squaredDistance(cells, count, node, other));
  return Array.from(distances.keys()).sort((a, b) => compared(distances[a], distances[b]) || a - b);
}

// Numbers and big integers alike.
function compared(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// Exact: a double holds the sum while cells are at most 2^25 apart (3 km), a big integer holds any.
function squaredDistance(cells, count, a, b) {
  const apart = [0, 1, 2].map((axis) => cells[axis * count + a] - cells[axis * count + b]);
  if (apart.every((d) => Math.abs(d) <= 2 ** 25)) return apart.reduce((sum, d) => sum + d * d, 0);
  return apart.reduce((sum, d) => sum + BigInt(d) * BigInt(d), 0n);
}

// Tracks from `stageEnds[0]` on have four parents each, which lie before the stage that they belong to.
function readStages(cursor, model) {
  const { moving } = model;
  model.stageEnds = Array.from({ length: cursor.varint(MODEL_MAX_STAGES) }, () => cursor.varint(moving));
  const ends = model.stageEnds;
  need(ends.every((end, g) => (g === 0 || end >= ends[g - 1])), "stages");
  need(ends.at(-1) === moving, "stages");
  const predicted = moving - ends[0];
  if (predicted === 0) return;
  const walk = readWalk(cursor, moving);
  const offsets = readRectangle(cursor, MODEL_TRACK_PARENTS, predicted);
  const [position, rotation] = [0, 1].map(() => readRectangle(cursor, MODEL_TRACK_PARENTS, predicted));
  for (const weights of [position, rotation]) {
    need(weights.every((weight) => Math.abs(weight) <= MODEL_MAX_PARENT_WEIGHT), "weight of a parent");
  }
  model.positionWeights = position.map((weight) => weight / MODEL_POSITION_WEIGHT_UNITS);
  model.rotationWeights = rotation.map((weight) => weight / MODEL_ROTATION_WEIGHT_UNITS);
  model.parents = parentsAlong(walk, ends, offsets, predicted);
}

// All tracks in an order in which neighbours in space are side by side.
function readWalk(cursor, moving) {
  const ends = Array.from({ length: cursor.varint(MODEL_MAX_RUNS) }, () => cursor.varint(moving));
  need(ends.every((end, r) => r === 0 || end > ends[r - 1]) && ends.at(-1) === moving, "runs");
  const next = [0, ...ends.slice(0, -1)];
  return Array.from(readRow(cursor, moving), (run) => {
    need(run >= 0 && run < ends.length && next[run] < ends[run], "the walk");
    return next[run]++;
  });
}

// [4, predicted]: E[p + offset], with E the finished tracks in order of the walk and p those of them before the child.
function parentsAlong(walk, ends, offsets, predicted) {
  const parents = new Uint32Array(MODEL_TRACK_PARENTS * predicted);
  for (let g = 1; g < ends.length; g++) {
    const finished = walk.filter((track) => track < ends[g - 1]);
    let before = 0;
    for (const track of walk) {
      if (track < ends[g - 1]) before++;
      else if (track < ends[g]) {
        for (let k = 0; k < MODEL_TRACK_PARENTS; k++) {
          const place = k * predicted + track - ends[0];
          const parent = finished[before + offsets[place]];
          need(parent !== undefined, "a parent that is not there");
          parents[place] = parent;
        }
      }
    }
  }
  return parents;
}
