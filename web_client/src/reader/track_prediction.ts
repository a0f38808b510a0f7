import type { Cursor } from "../coding/cursor.ts";
import { type IntegerRange, readRanged } from "../coding/integer_table.ts";
import {
  MODEL_MAX_PARENT_WEIGHT, MODEL_MAX_RUNS, MODEL_MAX_STAGES, MODEL_POSITION_WEIGHT_UNITS, MODEL_ROTATION_WEIGHT_UNITS,
  MODEL_TRACK_PARENTS,
} from "../generated/format.ts";
import { need, Refusal } from "./refusal.ts";
import type { TrackPrediction } from "./residual_model.ts";

const CODE = "model-invalid";
const WIDTH = MODEL_TRACK_PARENTS;

/** Stages, walk, parents and weights of `count` tracks. */
export function readPrediction(cursor: Cursor, count: number): TrackPrediction {
  const ends = readEnds(cursor, count, MODEL_MAX_STAGES, false, "stages");
  const first = ends[0], predicted = count - first;
  const prediction = {
    first, ends, parents: new Int32Array(WIDTH * predicted), positionWeights: new Float32Array(WIDTH * predicted),
    rotationWeights: new Float32Array(WIDTH * predicted),
  };
  if (predicted === 0) {
    return prediction;
  }
  const walk = readWalk(cursor, count);
  const offsets = readRanged(cursor, WIDTH, predicted, false, range("offset", -0x80000000, 0x7fffffff));
  const weight = range("weight", -MODEL_MAX_PARENT_WEIGHT, MODEL_MAX_PARENT_WEIGHT);
  const positions = readRanged(cursor, WIDTH, predicted, false, weight);
  const rotations = readRanged(cursor, WIDTH, predicted, false, weight);
  for (let i = 0; i < predicted; i++) {
    for (let k = 0; k < WIDTH; k++) {
      prediction.positionWeights[WIDTH * i + k] = positions[k * predicted + i] / MODEL_POSITION_WEIGHT_UNITS;
      prediction.rotationWeights[WIDTH * i + k] = rotations[k * predicted + i] / MODEL_ROTATION_WEIGHT_UNITS;
    }
  }
  findParents(cursor, prediction, walk, offsets);
  return prediction;
}

/** The model's prediction and that of tracks which a clip adds, `count` together. */
export function joinedPrediction(model: TrackPrediction, further: TrackPrediction, count: number): TrackPrediction {
  const rows = WIDTH * (count - model.first), at = WIDTH * (further.first - model.first);
  // Tracks between have no parents: their weights stay 0.
  const joined = {
    first: model.first, ends: new Int32Array(model.ends.length + further.ends.length), parents: new Int32Array(rows),
    positionWeights: new Float32Array(rows), rotationWeights: new Float32Array(rows),
  };
  joined.ends.set(model.ends);
  joined.ends.set(further.ends, model.ends.length);
  for (const field of ["parents", "positionWeights", "rotationWeights"] as const) {
    joined[field].set(model[field]);
    joined[field].set(further[field], at);
  }
  return joined;
}

function readEnds(cursor: Cursor, count: number, most: number, isStrict: boolean, what: string): Int32Array {
  const ends = new Int32Array(cursor.varint(most));
  need(ends.length > 0, CODE, cursor.name, `no ${what}`);
  for (let i = 0; i < ends.length; i++) {
    ends[i] = cursor.varint(count);
    const follows = i === 0 || ends[i] > ends[i - 1] || (!isStrict && ends[i] === ends[i - 1]);
    need(follows, CODE, cursor.name, `${what} that go back`);
  }
  need(ends[ends.length - 1] === count, CODE, cursor.name, `${what} that do not end with the last track`);
  return ends;
}

// All tracks in an order in which neighbours in space are side by side.
function readWalk(cursor: Cursor, count: number): Int32Array {
  const ends = readEnds(cursor, count, MODEL_MAX_RUNS, true, "runs");
  const walk = readRanged(cursor, 1, count, false, range("run", 0, ends.length - 1));
  const next = new Int32Array(ends.length);
  next.set(ends.subarray(0, -1), 1);
  for (let i = 0; i < count; i++) {
    const run = walk[i];
    if (next[run] === ends[run]) {
      throw new Refusal(CODE, cursor.name, "a walk that leaves a run");
    }
    walk[i] = next[run]++;
  }
  return walk;
}

// E[p + offset], with E the finished tracks in order of the walk, and p how many of them come before the child.
function findParents(cursor: Cursor, prediction: TrackPrediction, walk: Int32Array, offsets: Int32Array): void {
  const { first, ends, parents } = prediction, predicted = walk.length - first;
  const finished = new Int32Array(walk.length);
  for (let stage = 1; stage < ends.length; stage++) {
    const begin = ends[stage - 1], end = ends[stage];
    let count = 0, before = 0;
    for (const track of walk) {
      if (track < begin) {
        finished[count++] = track;
      }
    }
    for (const track of walk) {
      if (track < begin) {
        before++;
      } else if (track < end) {
        const row = track - first;
        for (let k = 0; k < WIDTH; k++) {
          const place = before + offsets[k * predicted + row];
          if (place < 0 || place >= count) {
            throw new Refusal(CODE, cursor.name, "a parent that is not there");
          }
          parents[WIDTH * row + k] = finished[place];
        }
      }
    }
  }
}

function range(field: string, lowest: number, highest: number): IntegerRange {
  return { field, lowest, highest, code: CODE };
}
