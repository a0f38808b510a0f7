// Static range-ANS over bytes: SPEC.md, "rans".

import {
  RANS_CONTEXTS, RANS_CONTEXT_THRESHOLDS, RANS_LANES, RANS_LOWER_BOUND, RANS_PROBABILITY_BITS, RANS_SHORTEST_STRETCH,
} from "./format.mjs";
import { Refusal, refuseUnless } from "./refusal.mjs";

const TOTAL = 2 ** RANS_PROBABILITY_BITS;
const HEAVIEST = RANS_CONTEXT_THRESHOLDS.at(-1);
const contextOf = (weight) => RANS_CONTEXT_THRESHOLDS.filter((threshold) => threshold <= weight).length;
const CONTEXT = Uint8Array.from({ length: HEAVIEST + 1 }, (_, weight) => contextOf(weight));

export function decodeRans(payload, rawLength, rows) {
  const words = new Words(payload);
  const mode = words.u8();
  if (mode === 0) {
    refuseUnless(payload.length - 1 === rawLength, "entropy-corrupt", "plain bytes of another length");
    return payload.slice(1);
  }
  if (mode === 1) {
    refuseUnless(payload.length === 2, "entropy-corrupt", "one byte, repeated");
    return new Uint8Array(rawLength).fill(payload[1]);
  }
  refuseUnless(mode === 2, "entropy-corrupt", `mode ${mode}`);
  const count = words.u8();
  refuseUnless(count === 1 || count === RANS_CONTEXTS, "entropy-corrupt", `${count} tables`);
  const tables = Array.from({ length: count }, () => readTable(words));
  const states = Array.from({ length: RANS_LANES }, () => words.u32());
  const raw = decodeRows(words, states, tables, rows);
  const ended = words.atEnd && states.every((state) => state === RANS_LOWER_BOUND);
  refuseUnless(raw.length === rawLength && ended, "entropy-corrupt", "rest");
  return raw;
}

function readTable(words) {
  const last = words.u8();
  const frequencies = new Uint16Array(256);
  let total = 0;
  for (let symbol = 0; symbol <= last; symbol++) {
    let frequency = words.u8();
    if (frequency > 127) {
      const second = words.u8();
      refuseUnless(second > 0, "entropy-corrupt", "a frequency in a longer form than need be");
      frequency = (frequency & 127) | (second << 7);
    }
    total += frequency;
    refuseUnless(total <= TOTAL, "entropy-corrupt", "frequencies");
    frequencies[symbol] = frequency;
    if (frequency === 0) {
      symbol += words.u8();
      refuseUnless(symbol < last, "entropy-corrupt", "a run of zeros that passes the last symbol");
    }
  }
  refuseUnless(total === TOTAL, "entropy-corrupt", "frequencies");
  const starts = new Uint16Array(256);
  const symbols = new Uint8Array(TOTAL);
  for (let symbol = 0, start = 0; symbol < 256; start += frequencies[symbol++]) {
    starts[symbol] = start;
    symbols.fill(symbol, start, start + frequencies[symbol]);
  }
  return { frequencies, starts, symbols };
}

function decodeRows(words, states, tables, rows) {
  const raw = new Uint8Array(rows.reduce((sum, length) => sum + length, 0));
  const halved = new Uint8Array(raw.length);
  const starts = [];
  let start = 0;
  for (const [r, length] of rows.entries()) {
    starts.push(start);
    const up = (rowsAbove, column) => (r >= rowsAbove ? halved[starts[r - rowsAbove] + column] : 0);
    const stretch = Math.max(RANS_SHORTEST_STRETCH, Math.ceil(length / RANS_LANES));
    for (let j = 0; j < stretch; j++) {
      for (let lane = 0, column = j; lane < RANS_LANES && column < length; lane++, column += stretch) {
        const at = start + column;
        const left = j > 0 ? 2 * halved[at - 1] : 0;
        const left2 = j > 1 ? halved[at - 2] : 0;
        const weight = left + left2 + up(1, column) + up(2, column) + 2 * up(3, column);
        const table = tables.length === 1 ? tables[0] : tables[CONTEXT[Math.min(HEAVIEST, weight)]];
        raw[at] = nextByte(words, states, lane, table);
        halved[at] = (raw[at] + 1) >> 1;
      }
    }
    start += length;
  }
  return raw;
}

function nextByte(words, states, lane, table) {
  const state = states[lane];
  const slot = state & (TOTAL - 1);
  const symbol = table.symbols[slot];
  let next = table.frequencies[symbol] * (state >>> RANS_PROBABILITY_BITS) + slot - table.starts[symbol];
  if (next < RANS_LOWER_BOUND) next = next * RANS_LOWER_BOUND + words.u16();
  states[lane] = next;
  return symbol;
}

class Words {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  u8() {
    if (this.at >= this.bytes.length) throw new Refusal("entropy-corrupt", "it ends early");
    return this.bytes[this.at++];
  }

  u16() {
    return this.u8() | (this.u8() << 8);
  }

  u32() {
    return (this.u16() + this.u16() * RANS_LOWER_BOUND) >>> 0;
  }

  get atEnd() {
    return this.at === this.bytes.length;
  }
}
