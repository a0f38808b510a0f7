// The registry of entropy codecs.

import * as zlib from "node:zlib";
import { decodeLz4 } from "./lz4.mjs";
import { decodeRans } from "./rans.mjs";
import { Refusal, refuseUnless } from "./refusal.mjs";

const DECODERS = [decodeRaw, decodeRans, decodeLz4, decodeZstd];

// `rows` are the lengths of rows of which the raw bytes are made; one row where nothing is said.
export function decode(codec, payload, rawLength, rows = [rawLength]) {
  const decoder = DECODERS[codec];
  if (decoder === undefined) throw new Refusal("entropy-unknown", `codec ${codec}`);
  return decoder(payload, rawLength, rows);
}

function decodeRaw(payload, rawLength) {
  refuseUnless(payload.length === rawLength, "entropy-corrupt", "raw bytes of another length");
  return payload;
}

function decodeZstd(payload, rawLength) {
  if (zlib.zstdDecompressSync === undefined) throw new Refusal("entropy-not-installed", "zstd needs node 22.15");
  let raw;
  try {
    raw = zlib.zstdDecompressSync(payload, { maxOutputLength: Math.max(1, rawLength) });
  } catch (error) {
    throw new Refusal("entropy-corrupt", error.message);
  }
  refuseUnless(raw.length === rawLength, "entropy-corrupt", "zstd frame of another length");
  return new Uint8Array(raw);
}
