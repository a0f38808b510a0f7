// One LZ4 block, decoded.

import { LZ4_LAST_LITERALS, LZ4_LAST_MATCH } from "./format.mjs";
import { refuseUnless } from "./refusal.mjs";

export function decodeLz4(payload, rawLength) {
  const raw = new Uint8Array(rawLength);
  let from = 0;
  let to = 0;
  if (rawLength === 0) refuseUnless(payload.length === 1 && payload[0] === 0, "entropy-corrupt", "LZ4 block of nothing");
  const need = (holds) => refuseUnless(holds, "entropy-corrupt", "LZ4 block");
  const length = (nibble) => {
    let total = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; total += byte) {
      need(from < payload.length);
      byte = payload[from++];
    }
    return total;
  };
  while (from < payload.length) {
    const token = payload[from++];
    const literals = length(token >> 4);
    need(literals <= payload.length - from && literals <= rawLength - to);
    raw.set(payload.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === payload.length) {
      need(to === rawLength);
      return raw;
    }
    need(from + 2 <= payload.length && to <= rawLength - LZ4_LAST_MATCH);
    const distance = payload[from] | (payload[from + 1] << 8);
    from += 2;
    const matched = length(token & 15) + 4;
    need(distance > 0 && distance <= to && matched <= rawLength - LZ4_LAST_LITERALS - to);
    for (const end = to + matched; to < end; to++) raw[to] = raw[to - distance];
  }
  return refuseUnless(false, "entropy-corrupt", "an LZ4 block that does not end with literals");
}
