/** One channel of detail of one group, as `DetailCosines` reads it: shaders/README.md, "Group". */
export interface PackedDetail {
  readonly words: Uint32Array<ArrayBuffer>;
}

const HEAD = 4;
const STEP_SHIFT = 26;
const WIDTH_SHIFT = 30;
const PLACE_MASK = 0x3fffffff;

/**
 * Packs coefficients. `lengths` [F]: columns that have a coefficient f. `coefficients`: row 3 f + axis, one after the other.
 * `setColumn` says the track and step of each column after.
 */
export function packDetail(
  frames: number, columns: number, steps: Float32Array, lengths: Int32Array, coefficients: Int32Array,
): PackedDetail {
  const widths = new Uint8Array(frames);
  let at = HEAD + steps.length + 2 * frames + columns, count = at;
  for (let f = 0, from = 0; f < frames; from += 3 * lengths[f++]) {
    widths[f] = widthOf(coefficients, from, from + 3 * lengths[f]);
    count += 3 * Math.ceil(lengths[f] / (4 >> widths[f]));
  }
  const words = new Uint32Array(count), bytes = new Int8Array(words.buffer), shorts = new Int16Array(words.buffer);
  words[0] = frames;
  words[1] = columns;
  words[2] = steps.length;
  new Float32Array(words.buffer).set(steps, HEAD);
  for (let f = 0, from = 0; f < frames; f++) {
    const row = HEAD + steps.length + 2 * f, width = widths[f], length = lengths[f];
    words[row] = length;
    words[row + 1] = (at | (width << WIDTH_SHIFT)) >>> 0;
    for (let axis = 0; axis < 3; axis++, from += length) {
      const values = coefficients.subarray(from, from + length);
      if (width === 0) {
        bytes.set(values, 4 * at);
      } else if (width === 1) {
        shorts.set(values, 2 * at);
      } else {
        words.set(values, at);
      }
      at += Math.ceil(length / (4 >> width));
    }
  }
  return { words };
}

/** A group of one frame without coefficients: zeros in all tracks. */
export function noDetailOf(tracks: number): PackedDetail {
  const packed = packDetail(1, tracks, new Float32Array(1), new Int32Array(1), new Int32Array(0));
  for (let track = 0; track < tracks; track++) {
    setColumn(packed, track, track, 0);
  }
  return packed;
}

export function setColumn(packed: PackedDetail, column: number, track: number, step: number): void {
  const { words } = packed;
  words[HEAD + words[2] + 2 * words[0] + column] = (track | (step << STEP_SHIFT)) >>> 0;
}

/** Step of a column's coefficients. `floats`: the words as floats. */
export function stepOf(packed: PackedDetail, floats: Float32Array, column: number): number {
  const { words } = packed;
  return floats[HEAD + (words[HEAD + words[2] + 2 * words[0] + column] >>> STEP_SHIFT)];
}

/**
 * Adds up coefficients times cosines: sums[axis · stride + column]. `cosines` from `first` on: C_f for f = 0, 1, …
 */
export function addCoefficients(
  packed: PackedDetail, cosines: Float64Array, first: number, sums: Float64Array, stride: number,
): void {
  const { words } = packed, { buffer } = words;
  const views = [new Int8Array(buffer), new Int16Array(buffer), new Int32Array(buffer)] as const;
  for (let f = 0, row = HEAD + words[2]; f < words[0] && words[row] > 0; f++, row += 2) {
    const length = words[row], width = words[row + 1] >>> WIDTH_SHIFT, each = 4 >> width, gain = cosines[first + f];
    let at = (words[row + 1] & PLACE_MASK) * each;
    for (let to = 0; to < 3 * stride; to += stride, at += each * Math.ceil(length / each)) {
      if (width === 0) {
        addRow(views[0], at, length, gain, sums, to);
      } else if (width === 1) {
        addShorts(views[1], at, length, gain, sums, to);
      } else {
        addIntegers(views[2], at, length, gain, sums, to);
      }
    }
  }
}

// One function for each kind of array, so that each loop knows its own.
function addRow(row: Int8Array, at: number, length: number, gain: number, sums: Float64Array, to: number): void {
  for (let i = 0; i < length; i++) {
    sums[to + i] += gain * row[at + i];
  }
}

function addShorts(row: Int16Array, at: number, length: number, gain: number, sums: Float64Array, to: number): void {
  for (let i = 0; i < length; i++) {
    sums[to + i] += gain * row[at + i];
  }
}

function addIntegers(row: Int32Array, at: number, length: number, gain: number, sums: Float64Array, to: number): void {
  for (let i = 0; i < length; i++) {
    sums[to + i] += gain * row[at + i];
  }
}

// 0: 8 bits hold all of them, 1: 16, 2: 32.
function widthOf(values: Int32Array, from: number, to: number): number {
  // Of a negative number the one's complement: −128 takes as many bits as 127.
  let size = 0;
  for (let i = from; i < to; i++) {
    size |= values[i] ^ (values[i] >> 31);
  }
  return size <= 0x7f ? 0 : size <= 0x7fff ? 1 : 2;
}
