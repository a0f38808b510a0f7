import { FLOATS_MAX_MODE } from "../generated/format.ts";
import { need, Refusal } from "../reader/refusal.ts";
import type { Cursor } from "./cursor.ts";
import { decodeBytes } from "./entropy.ts";
import { readTable } from "./integer_table.ts";
import { equalRows } from "./row_lengths.ts";

const DELTA = 1;
const PLANES = 2;

/** `floats(columns x count)` of SPEC.md, bit for bit, as [count, columns]. */
export function readFloatRows(cursor: Cursor, columns: number, count: number): Float32Array {
  const values = new Float32Array(columns * count);
  for (let column = 0; column < columns; column++) {
    const places = readColumn(cursor, count);
    const floats = new Float32Array(places.buffer);
    for (let i = 0; i < count; i++) {
      places[i] = bitsAt(places[i]);
      values[columns * i + column] = floats[i];
      if (!Number.isFinite(floats[i])) {
        throw new Refusal("section-not-finite", cursor.name, "NaN or infinity");
      }
    }
  }
  return values;
}

/** o(x) of SPEC.md, and its inverse. */
export function bitsAt(place: number): number {
  return place < 0 ? place ^ 0x7fffffff : place;
}

function readColumn(cursor: Cursor, count: number): Int32Array<ArrayBuffer> {
  const mode = cursor.byte();
  need(mode <= FLOATS_MAX_MODE, "section-invalid", cursor.name, `mode ${mode} of floats`);
  const places = mode & PLANES ? readPlanes(cursor, count) : readTable(cursor, equalRows(1, count));
  if (mode & DELTA) {
    for (let i = 1; i < count; i++) {
      places[i] += places[i - 1];
    }
  }
  return places;
}

function readPlanes(cursor: Cursor, count: number): Int32Array<ArrayBuffer> {
  const codec = cursor.byte();
  const values = new Int32Array(count);
  for (let shift = 0; shift < 32; shift += 8) {
    const bytes = decodeBytes(codec, cursor.take(cursor.length()), count, cursor.name);
    for (let i = 0; i < count; i++) {
      values[i] |= bytes[i] << shift;
    }
  }
  for (let i = 0; i < count; i++) {
    values[i] = (values[i] >>> 1) ^ -(values[i] & 1);
  }
  return values;
}
