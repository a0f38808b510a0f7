// Live light frames: SPEC.md, "Light frames".

import {
  LIGHT_CHANGE, LIGHT_ESCAPE, LIGHT_FRAME_NUMBERS, LIGHT_KEY, LIGHT_LAYOUT, LIGHT_MAX_ESCAPE_DIGITS,
  LIGHT_MAX_NUMBER, LIGHT_ORPHAN_WEIGHT, LIGHT_RATIOS, LIGHT_STEP_BELOW, LIGHT_UNIFORM_FREQUENCY, LIGHT_ZERO_SHARES,
  MODEL_NODE_PARENTS, RANS_CONTEXT_THRESHOLDS, RANS_LOWER_BOUND, RANS_PROBABILITY_BITS,
} from "./format.mjs";
import { rotationsOf } from "./pose.mjs";
import { Refusal, refuseUnless } from "./refusal.mjs";

const [HEAD_BYTES, KEY_HEAD_BYTES, STATE_BYTES] = [4, 24, 4];
const TOTAL = 2 ** RANS_PROBABILITY_BITS;
const TABLES = LIGHT_ZERO_SHARES.map((zero, i) => geometricTable(zero, LIGHT_RATIOS[i]));
const UNIFORM = tableOf(new Array(256).fill(LIGHT_UNIFORM_FREQUENCY));

function geometricTable(zero, ratio) {
  const shares = [0, 65536, 65536];
  for (let m = 1; shares.length <= LIGHT_ESCAPE; m++) {
    const share = Math.floor((shares[2 * m] * ratio) / 256);
    shares.push(share, share);
  }
  shares.length = LIGHT_ESCAPE + 1;
  const total = shares.reduce((sum, share) => sum + share, 0);
  const frequencies = shares.map((share) => 1 + Math.floor(((TOTAL - LIGHT_ESCAPE - zero) * share) / total));
  frequencies[0] = 0;
  frequencies[0] = TOTAL - frequencies.reduce((sum, frequency) => sum + frequency, 0);
  return tableOf(frequencies);
}

function tableOf(frequencies) {
  const symbols = new Uint8Array(TOTAL);
  const starts = [];
  let start = 0;
  for (const [symbol, frequency] of frequencies.entries()) {
    starts.push(start);
    symbols.fill(symbol, start, start + frequency);
    start += frequency;
  }
  return { frequencies, starts, symbols };
}

export class LightDecoder {
  constructor(jointCount, parents) {
    this.jointCount = jointCount;
    this.parents = parents;
    this.poseCount = 3 + 3 * jointCount;
    this.count = this.poseCount + 6 * parents.length;
    this.last = null;
  }

  // The fields of spec/vectors/README.md: [3], [J,4], [M,3], [M,4].
  decode(payload) {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    refuseUnless(payload.length >= HEAD_BYTES, "light-frame-corrupt", "it ends early");
    const known = view.getUint8(0) === LIGHT_LAYOUT && view.getUint8(1) <= LIGHT_CHANGE;
    refuseUnless(known, "light-frame-version", "another layout");
    const isKey = view.getUint8(1) === LIGHT_KEY;
    refuseUnless(!isKey || payload.length >= KEY_HEAD_BYTES, "light-frame-corrupt", "it ends early");
    const number = view.getUint16(2, true);
    let steps = this.last?.steps;
    let at = HEAD_BYTES;
    if (isKey) {
      const same = view.getUint16(4, true) === this.jointCount && view.getUint16(6, true) === this.parents.length;
      refuseUnless(same, "light-frame-corrupt", "of another avatar");
      steps = [0, 1, 2, 3].map((k) => view.getFloat32(8 + 4 * k, true));
      refuseUnless(steps.every((step) => step > 0 && step < LIGHT_STEP_BELOW), "light-frame-corrupt", "a step");
      at = KEY_HEAD_BYTES;
    } else if (this.last === null || number !== (this.last.number + 1) % LIGHT_FRAME_NUMBERS) {
      throw new Refusal("light-frame-missed", `frame ${number}`);
    }
    const before = isKey ? new Array(this.count).fill(0) : this.last.numbers;
    const numbers = this.numbers(new Symbols(view, at), before);
    this.last = { number, steps, numbers };
    return this.frame(numbers, steps);
  }

  numbers(symbols, known) {
    const coded = [];
    const changes = [];
    for (let k = 0; k < this.count; k++) {
      const weight = this.weight(coded, k);
      let u = symbols.next(TABLES[RANS_CONTEXT_THRESHOLDS.filter((threshold) => threshold <= weight).length]);
      if (u === LIGHT_ESCAPE) u += symbols.leb128();
      coded.push(u % 2 === 0 ? u / 2 : -(u + 1) / 2);
      const siblings = this.siblings(k).map((first) => changes[first + this.axis(k)]);
      const expected = siblings.length === 0 ? 0 : Math.floor((siblings[0] + siblings[1] + siblings[2] + 1) / 3);
      changes.push(coded[k] + expected);
    }
    symbols.finish();
    const numbers = changes.map((change, k) => known[k] + change);
    const small = numbers.every((number) => Math.abs(number) <= LIGHT_MAX_NUMBER);
    refuseUnless(small, "light-frame-corrupt", "a number out of range");
    return numbers;
  }

  axis(k) {
    return (k - this.poseCount) % 3;
  }

  // where the three numbers of each of the node's parents begin
  siblings(k) {
    if (k < this.poseCount) return [];
    const place = Math.floor((k - this.poseCount) / 3);
    const node = place % this.parents.length;
    if (node < MODEL_NODE_PARENTS) return [];
    return this.parents[node].map((parent) => this.poseCount + 3 * (place - node + parent));
  }

  weight(coded, k) {
    const size = (i) => (i < 0 ? 0 : Math.abs(coded[i]));
    if (k < this.poseCount) return 2 * size(k - 1) + 2 * size(k - 2);
    let before = 0;
    for (let axis = 0; axis < this.axis(k); axis++) before += size(k - 1 - axis);
    const siblings = this.siblings(k);
    if (siblings.length === 0) return LIGHT_ORPHAN_WEIGHT + 2 * before;
    const sum = siblings.reduce((total, first) => total + size(first) + size(first + 1) + size(first + 2), 0);
    return Math.floor(sum / 3) + 2 * before;
  }

  frame(numbers, steps) {
    const [joints, nodes] = [3 * this.jointCount, 3 * this.parents.length];
    const part = (start, length, step) => Float64Array.from(numbers.slice(start, start + length), (v) => v * step);
    return {
      root_translation_m: part(0, 3, steps[0]),
      joint_rotations_wxyz: rotationsOf(part(3, joints, steps[1])),
      node_displacements_m: part(this.poseCount, nodes, steps[2]),
      node_rotations_wxyz: rotationsOf(part(this.poseCount + nodes, nodes, steps[3])),
    };
  }
}

class Symbols {
  constructor(view, at) {
    refuseUnless(view.byteLength - at >= STATE_BYTES, "light-frame-corrupt", "it ends early");
    this.view = view;
    this.state = view.getUint32(at, true);
    this.at = at + 4;
  }

  next(table) {
    const slot = this.state % TOTAL;
    const symbol = table.symbols[slot];
    this.state = table.frequencies[symbol] * Math.floor(this.state / TOTAL) + slot - table.starts[symbol];
    if (this.state < RANS_LOWER_BOUND) {
      refuseUnless(this.at + 2 <= this.view.byteLength, "light-frame-corrupt", "it ends early");
      this.state = this.state * RANS_LOWER_BOUND + this.view.getUint16(this.at, true);
      this.at += 2;
    }
    return symbol;
  }

  leb128() {
    let value = 0;
    for (let place = 0; place < LIGHT_MAX_ESCAPE_DIGITS; place++) {
      const digit = this.next(UNIFORM);
      value += (digit & 127) * 2 ** (7 * place);
      if (digit < 128) {
        refuseUnless(digit > 0 || place === 0, "light-frame-corrupt", "a number in a longer form than need be");
        return value;
      }
    }
    throw new Refusal("light-frame-corrupt", "a number of too many digits");
  }

  finish() {
    const done = this.state === RANS_LOWER_BOUND && this.at === this.view.byteLength;
    refuseUnless(done, "light-frame-corrupt", "code that does not end where it should");
  }
}

// What each payload of a stream holds, or why it is refused.
export function decoded({ joint_count, node_parents, payloads }) {
  const decoder = new LightDecoder(joint_count, node_parents);
  return { frames: payloads.map((payload) => answer(decoder, new Uint8Array(Buffer.from(payload, "base64")))) };
}

function answer(decoder, payload) {
  try {
    return Object.fromEntries(Object.entries(decoder.decode(payload)).map(([name, values]) => [name, [...values]]));
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.code };
    throw error;
  }
}
