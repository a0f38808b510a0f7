import { need, Refusal } from "../reader/refusal.ts";
import { decodeLz4 } from "./lz4.ts";
import { decodeRans } from "./rans.ts";
import { equalRows, type RowLengths } from "./row_lengths.ts";

const RAW = 0;
const RANS = 1;
const LZ4 = 2;
const ZSTD = 3;

/** Decodes a payload to its known length. `name` of the section is for refusals. */
export function decodeRows(codec: number, payload: Uint8Array, rows: RowLengths, name: string): Uint8Array {
  switch (codec) {
    case RAW:
      need(payload.length === rows.total, "entropy-corrupt", name, `${payload.length} plain bytes, not ${rows.total}`);
      return payload;
    case RANS:
      return decodeRans(payload, rows, name);
    case LZ4:
      return decodeLz4(payload, rows.total, name);
    case ZSTD:
      throw new Refusal("entropy-not-installed", name, "entropy codec zstd");
    default:
      throw new Refusal("entropy-unknown", name, `entropy codec ${codec}`);
  }
}

export function decodeBytes(codec: number, payload: Uint8Array, length: number, name: string): Uint8Array {
  return decodeRows(codec, payload, equalRows(1, length), name);
}
