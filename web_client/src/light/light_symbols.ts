import { LIGHT_MAX_ESCAPE_DIGITS, RANS_LOWER_BOUND, RANS_PROBABILITY_BITS } from "../generated/format.ts";
import { Refusal } from "../reader/refusal.ts";
import { type Slots, UNIFORM } from "./light_tables.ts";

const MASK = (1 << RANS_PROBABILITY_BITS) - 1;

/** Symbols of a light frame: range-ANS with one state. */
export class LightSymbols {
  private at = 0;
  private state: number;

  constructor(private readonly bytes: Uint8Array) {
    this.state = this.word() | (this.word() << 16);
  }

  next(slots: Slots): number {
    const slot = slots[this.state & MASK];
    const next = Math.imul((slot >>> 20) + 1, this.state >>> RANS_PROBABILITY_BITS) + ((slot >>> 8) & MASK);
    this.state = next >>> 16 === 0 ? (next << 16) | this.word() : next;
    return slot & 255;
  }

  leb128(): number {
    let value = 0;
    for (let place = 0; place < LIGHT_MAX_ESCAPE_DIGITS; place++) {
      const digit = this.next(UNIFORM);
      value += (digit & 127) * 2 ** (7 * place);
      if (digit < 128) {
        if (digit === 0 && place > 0) {
          throw corrupt("a number in a longer form than need be");
        }
        return value;
      }
    }
    throw corrupt("a number of too many digits");
  }

  finish(): void {
    if (this.state !== RANS_LOWER_BOUND || this.at !== this.bytes.length) {
      throw corrupt("code that does not end where it should");
    }
  }

  private word(): number {
    if (this.at + 2 > this.bytes.length) {
      throw corrupt("it ends early");
    }
    this.at += 2;
    return this.bytes[this.at - 2] | (this.bytes[this.at - 1] << 8);
  }
}

export function corrupt(found: string): Refusal {
  return new Refusal("light-frame-corrupt", "light frame", found);
}
