import {
  RANS_CONTEXT_THRESHOLDS, RANS_CONTEXTS, RANS_LANES, RANS_LOWER_BOUND, RANS_PROBABILITY_BITS, RANS_SHORTEST_STRETCH,
} from "../generated/format.ts";
import { need, Refusal } from "../reader/refusal.ts";
import { type RowLengths, rowLength } from "./row_lengths.ts";

const TOTAL = 1 << RANS_PROBABILITY_BITS;
const MASK = TOTAL - 1;
const ROWS_ABOVE = 3;
// A halved byte is at most 128, and the weight adds up seven of them. The context's table begins at its entry.
const FIRST_SLOT_OF = /* @__PURE__ */ Uint16Array.from({ length: 7 * 128 + 1 }, (_, weight) =>
  RANS_CONTEXT_THRESHOLDS.filter((threshold) => threshold <= weight).length << RANS_PROBABILITY_BITS);

/** Static range-ANS over bytes: SPEC.md, "rans". Refuses with `entropy-corrupt`. */
export function decodeRans(payload: Uint8Array, rows: RowLengths, name: string): Uint8Array {
  need(payload.length > 0, "entropy-corrupt", name, "a payload of rans that ends early");
  switch (payload[0]) {
    case 0:
      need(payload.length - 1 === rows.total, "entropy-corrupt", name, "plain bytes of another length");
      return payload.subarray(1);
    case 1:
      need(payload.length === 2, "entropy-corrupt", name, "one repeated byte of another length");
      return new Uint8Array(rows.total).fill(payload[1]);
    case 2:
      return new RansDecoder(payload, name).decode(rows);
    default:
      throw new Refusal("entropy-corrupt", name, `mode ${payload[0]} of rans`);
  }
}

// Of the last call: a package has thousands of payloads, and tables of 256 KiB each.
const slots = new Uint32Array(RANS_CONTEXTS * TOTAL);

class RansDecoder {
  private at = 1;

  constructor(private readonly payload: Uint8Array, private readonly name: string) {}

  decode(rows: RowLengths): Uint8Array {
    const tables = this.byte();
    this.need(tables === 1 || tables === RANS_CONTEXTS, `${tables} tables`);
    for (let table = 0; table < tables; table++) {
      this.readTable(table * TOTAL);
    }
    const states = new Int32Array(RANS_LANES);
    for (let lane = 0; lane < RANS_LANES; lane++) {
      states[lane] = this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24);
    }
    const raw = new Uint8Array(rows.total);
    // Words that are not there read as zeros: the end is looked at once, and what was decoded is thrown away then.
    const end = tables === 1 ? this.decodePlain(states, rows, raw) : this.decodeWithContexts(states, rows, raw);
    this.need(
      end === this.payload.length && states.every((state) => state === RANS_LOWER_BOUND), "code that does not end where it should",
    );
    return raw;
  }

  private need(holds: boolean, found: string): void {
    need(holds, "entropy-corrupt", this.name, found);
  }

  private byte(): number {
    this.need(this.at < this.payload.length, "a payload of rans that ends early");
    return this.payload[this.at++];
  }

  // For each slot: symbol in the low 8 bits, slot − start in 12 bits above, frequency − 1 in the highest 12.
  private readTable(first: number): void {
    const last = this.byte();
    let total = 0;
    for (let symbol = 0; symbol <= last; symbol++) {
      let frequency = this.byte();
      if (frequency > 127) {
        const second = this.byte();
        this.need(second > 0, "a frequency in a longer form than need be");
        frequency = (frequency & 127) | (second << 7);
      }
      this.need(total + frequency <= TOTAL, "frequencies beyond 4096");
      for (let k = 0; k < frequency; k++) {
        slots[first + total + k] = symbol | (k << 8) | ((frequency - 1) << 20);
      }
      total += frequency;
      if (frequency === 0) {
        symbol += this.byte();
        this.need(symbol < last, "zeros that pass the last symbol");
      }
    }
    this.need(total === TOTAL, "frequencies that do not sum to 4096");
  }

  private decodePlain(states: Int32Array, rows: RowLengths, raw: Uint8Array): number {
    const payload = this.payload, table = slots;
    let at = this.at;
    for (let row = 0, start = 0; row < rows.count; row++) {
      const length = rowLength(rows, row), stretch = stretchOf(length);
      for (let j = 0; j < stretch && j < length; j++) {
        for (let lane = 0, column = j; lane < RANS_LANES && column < length; lane++, column += stretch) {
          const state = states[lane], slot = table[state & MASK];
          let next = Math.imul((slot >>> 20) + 1, state >>> RANS_PROBABILITY_BITS) + ((slot >>> 8) & MASK);
          if (next >>> 16 === 0) {
            next = (next << 16) | payload[at] | (payload[at + 1] << 8);
            at += 2;
          }
          states[lane] = next;
          raw[start + column] = slot;
        }
      }
      start += length;
    }
    return at;
  }

  private decodeWithContexts(states: Int32Array, rows: RowLengths, raw: Uint8Array): number {
    const payload = this.payload, table = slots, firstSlotOf = FIRST_SLOT_OF;
    // Rows of zeros lie before the first one, so that every row has three above it.
    const widest = rows.count === 0 ? 0 : rowLength(rows, 0);
    const halved = new Uint8Array(rows.total + ROWS_ABOVE * widest);
    let at = this.at, up1 = 2 * widest, up2 = widest, up3 = 0, here = ROWS_ABOVE * widest, start = 0;
    for (let row = 0; row < rows.count; row++) {
      const length = rowLength(rows, row), stretch = stretchOf(length);
      for (let j = 0; j < stretch && j < length; j++) {
        for (let lane = 0, column = j; lane < RANS_LANES && column < length; lane++, column += stretch) {
          let weight = halved[up1 + column] + halved[up2 + column] + 2 * halved[up3 + column];
          if (j > 0) {
            weight += 2 * halved[here + column - 1];
            if (j > 1) {
              weight += halved[here + column - 2];
            }
          }
          const state = states[lane], slot = table[firstSlotOf[weight] | (state & MASK)];
          let next = Math.imul((slot >>> 20) + 1, state >>> RANS_PROBABILITY_BITS) + ((slot >>> 8) & MASK);
          if (next >>> 16 === 0) {
            next = (next << 16) | payload[at] | (payload[at + 1] << 8);
            at += 2;
          }
          states[lane] = next;
          const symbol = slot & 255;
          raw[start + column] = symbol;
          halved[here + column] = (symbol + 1) >> 1;
        }
      }
      up3 = up2;
      up2 = up1;
      up1 = here;
      here += length;
      start += length;
    }
    return at;
  }
}

function stretchOf(length: number): number {
  return Math.max(RANS_SHORTEST_STRETCH, Math.ceil(length / RANS_LANES));
}
