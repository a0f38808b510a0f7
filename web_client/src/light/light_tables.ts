import {
  LIGHT_ESCAPE, LIGHT_RATIOS, LIGHT_UNIFORM_FREQUENCY, LIGHT_ZERO_SHARES, RANS_PROBABILITY_BITS,
} from "../generated/format.ts";

const TOTAL = 1 << RANS_PROBABILITY_BITS;
const SYMBOLS = LIGHT_ESCAPE + 1;
const FIRST_SHARE = 65536;

/** What a slot of a table decodes to: symbol in the low 8 bits, slot − start in 12 bits above, frequency − 1 above. */
export type Slots = Uint32Array;

/** The tables of light frames: SPEC.md, "Light frames". */
export const CODED: readonly Slots[] = /* @__PURE__ */ LIGHT_ZERO_SHARES.map((zero, table) =>
  slotsOf(frequenciesOf(zero, LIGHT_RATIOS[table])));
export const UNIFORM: Slots = /* @__PURE__ */ slotsOf(new Array<number>(256).fill(LIGHT_UNIFORM_FREQUENCY));

function frequenciesOf(zero: number, ratio: number): number[] {
  const shares = new Array<number>(SYMBOLS + 1).fill(0);
  shares[1] = shares[2] = FIRST_SHARE;
  for (let m = 1; 2 * m + 1 < SYMBOLS; m++) {
    shares[2 * m + 1] = shares[2 * m + 2] = Math.floor((shares[2 * m] * ratio) / 256);
  }
  let sum = 0, left = TOTAL;
  for (let symbol = 1; symbol < SYMBOLS; symbol++) {
    sum += shares[symbol];
  }
  const frequencies = [0];
  for (let symbol = 1; symbol < SYMBOLS; symbol++) {
    frequencies.push(1 + Math.floor(((TOTAL - LIGHT_ESCAPE - zero) * shares[symbol]) / sum));
    left -= frequencies[symbol];
  }
  frequencies[0] = left;
  return frequencies;
}

function slotsOf(frequencies: readonly number[]): Slots {
  const slots = new Uint32Array(TOTAL);
  let at = 0;
  frequencies.forEach((frequency, symbol) => {
    for (let k = 0; k < frequency; k++) {
      slots[at++] = symbol | (k << 8) | ((frequency - 1) << 20);
    }
  });
  return slots;
}
