import { Cursor } from "../coding/cursor.ts";
import { type IntegerRange, readRanged, readTable } from "../coding/integer_table.ts";
import { repeatedRows } from "../coding/row_lengths.ts";
import { DETAIL_LAYOUT, DETAIL_MAX_LOG_SCALE, DETAIL_MAX_STEPS, DETAIL_MAX_TURN_RAD, MODEL_TRACK_PARENTS } from "../generated/format.ts";
import { addCoefficients, packDetail, setColumn, stepOf } from "../packing/packed_detail.ts";
import type { TrackNumbering } from "../packing/track_union.ts";
import { refuseAbsurd } from "./absurd_values.ts";
import { CHANNELS, type DetailMotion, POSITION, ROTATION, SCALE } from "./clip_group.ts";
import { cosinesOf } from "./cosine_table.ts";
import { need, Refusal } from "./refusal.ts";
import type { ResidualModel } from "./residual_model.ts";

const CODE = "detail-invalid";
const LARGEST_FLOAT = 3.4028234663852886e38;

/** Name of the section of a channel. */
export function detailName(channel: number): string {
  return `detail.${CHANNELS[channel]}`;
}

/** A section `detail.…` of a group of `frames`. */
export function readDetail(
  channel: number, bytes: Uint8Array, storedBytes: number, model: ResidualModel, frames: number, numbering: TrackNumbering,
): DetailMotion {
  const name = detailName(channel), tracks = model.moving.length;
  const cursor = Cursor.ofSection(bytes, name, DETAIL_LAYOUT);
  const stepCount = cursor.byte();
  need(stepCount >= 1 && stepCount <= DETAIL_MAX_STEPS, CODE, name, `${stepCount} steps`);
  const steps = cursor.floats(stepCount);
  need(steps.every((step) => step > 0), CODE, name, "a step that is not above 0");
  const bandwidths = readRanged(cursor, 1, tracks, false, range("bandwidth", frames));
  const counts = new Int32Array(frames + 1);
  let integers = 0;
  for (const bandwidth of bandwidths) {
    counts[bandwidth]++;
    integers += bandwidth > 0 ? 1 + 3 * bandwidth : 0;
  }
  cursor.expectIntegers(integers, storedBytes);
  const columns = tracks - counts[0];
  const stepIndices = readRanged(cursor, 1, columns, false, range("index of a step", stepCount - 1));
  const lengths = new Int32Array(frames);
  for (let f = frames - 1, longer = 0; f >= 0; f--) {
    longer += counts[f + 1];
    lengths[f] = longer;
  }
  const coefficients = readTable(cursor, repeatedRows(lengths, 3));
  cursor.finish();
  const packed = packDetail(frames, tracks + numbering.others.length, steps, lengths, coefficients);
  const motion = { channel, frameCount: frames, columns, sortedTracks: new Int32Array(columns), packed };
  sortColumns(motion, bandwidths, counts, stepIndices, numbering);
  return motion;
}

/** Writes finished values [S,3] of a frame of the group: what is added to each track's Gaussian. */
export function evaluateDetail(motion: DetailMotion, model: ResidualModel, frame: number, values: Float32Array): void {
  const { columns, sortedTracks, packed } = motion;
  const sums = new Float64Array(3 * columns), floats = new Float32Array(packed.words.buffer);
  addCoefficients(packed, cosinesOf(motion.frameCount), frame * motion.frameCount, sums, columns);
  values.fill(0);
  for (let column = 0; column < columns; column++) {
    const at = 3 * sortedTracks[column], step = stepOf(packed, floats, column);
    values[at] = step * sums[column];
    values[at + 1] = step * sums[columns + column];
    values[at + 2] = step * sums[2 * columns + column];
  }
  addParents(motion.channel, model, values);
  check(motion.channel, values);
}

// Tracks by falling bandwidth, equals in order. `counts`: tracks of each bandwidth.
function sortColumns(
  motion: DetailMotion, bandwidths: Int32Array, counts: Int32Array, stepIndices: Int32Array, numbering: TrackNumbering,
): void {
  const { packed, sortedTracks } = motion, { numbers, others } = numbering;
  const next = new Int32Array(counts.length);
  for (let bandwidth = counts.length - 1, start = 0; bandwidth >= 0; bandwidth--) {
    next[bandwidth] = start;
    start += counts[bandwidth];
  }
  for (let track = 0, a = 0; track < bandwidths.length; track++) {
    const column = next[bandwidths[track]]++, number = numbers === null ? track : numbers[track];
    if (bandwidths[track] > 0) {
      sortedTracks[column] = track;
      setColumn(packed, column, number, stepIndices[a++]);
    } else {
      setColumn(packed, column, number, 0);
    }
  }
  others.forEach((number, i) => setColumn(packed, bandwidths.length + i, number, 0));
}

function addParents(channel: number, model: ResidualModel, values: Float32Array): void {
  const { first, parents, positionWeights, rotationWeights } = model.prediction;
  const weights = channel === POSITION ? positionWeights : rotationWeights;
  for (let at = 3 * first, row = 0; row < parents.length; at += 3, row += MODEL_TRACK_PARENTS) {
    let x = values[at], y = values[at + 1], z = values[at + 2];
    for (let k = row; k < row + MODEL_TRACK_PARENTS; k++) {
      const weight = weights[k], parent = 3 * parents[k];
      x += weight * values[parent];
      y += weight * values[parent + 1];
      z += weight * values[parent + 2];
    }
    values[at] = x;
    values[at + 1] = y;
    values[at + 2] = z;
  }
}

function check(channel: number, values: Float32Array): void {
  const most = channel === ROTATION ? DETAIL_MAX_TURN_RAD : channel === SCALE ? DETAIL_MAX_LOG_SCALE : LARGEST_FLOAT;
  for (let i = 0; i < values.length; i++) {
    if (!(Math.abs(values[i]) <= most)) {
      throw new Refusal(CODE, detailName(channel), `a value of ${values[i]}`);
    }
  }
  refuseAbsurd(values, detailName(channel));
}

function range(field: string, highest: number): IntegerRange {
  return { field, lowest: 0, highest, code: CODE };
}
