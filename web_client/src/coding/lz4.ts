import { LZ4_LAST_LITERALS, LZ4_LAST_MATCH } from "../generated/format.ts";
import { Refusal } from "../reader/refusal.ts";

const SHORTEST_MATCH = 4;
const EXTENDED = 15;

/** One block of the LZ4 block format: SPEC.md, "Entropy codecs". */
export function decodeLz4(source: Uint8Array, length: number, name: string): Uint8Array {
  const end = source.length;
  let from = 0, to = 0;
  const check = (holds: boolean): void => {
    if (!holds) {
      throw new Refusal("entropy-corrupt", name, "an LZ4 block that is damaged");
    }
  };
  const extended = (nibble: number): number => {
    let sum = nibble;
    if (nibble === EXTENDED) {
      let digit;
      do {
        check(from < end);
        digit = source[from++];
        sum += digit;
      } while (digit === 255);
    }
    return sum;
  };
  if (length === 0) {
    check(end === 1 && source[0] === 0);
    return new Uint8Array(0);
  }
  const raw = new Uint8Array(length);
  while (from < end) {
    const token = source[from++];
    const literals = extended(token >> 4);
    check(literals <= end - from && literals <= length - to);
    raw.set(source.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === end) {
      check(to === length);
      return raw;
    }
    check(from + 2 <= end && to <= length - LZ4_LAST_MATCH);
    const distance = source[from] | (source[from + 1] << 8);
    from += 2;
    const matched = extended(token & EXTENDED) + SHORTEST_MATCH;
    check(distance > 0 && distance <= to && matched <= length - LZ4_LAST_LITERALS - to);
    for (const stop = to + matched; to < stop; to++) {
      raw[to] = raw[to - distance];
    }
  }
  throw new Refusal("entropy-corrupt", name, "an LZ4 block that does not end with literals");
}
