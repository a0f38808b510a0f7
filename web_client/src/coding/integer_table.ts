import { LEB128_MAX_BYTES, TABLE_ESCAPE, TABLE_MAX_SHIFT } from "../generated/format.ts";
import { need, Refusal } from "../reader/refusal.ts";
import { Cursor } from "./cursor.ts";
import { decodeBytes, decodeRows } from "./entropy.ts";
import { equalRows, type RowLengths } from "./row_lengths.ts";

const MOST = 0xffffffff;

/** What the integers of a field may be, and the code where one leaves that. */
export interface IntegerRange {
  readonly field: string;
  readonly lowest: number;
  readonly highest: number;
  readonly code: string;
}

/** A table of signed integers with rows of known lengths: SPEC.md, "Tables of integers". */
export function readTable(cursor: Cursor, rows: RowLengths): Int32Array<ArrayBuffer> {
  const codec = cursor.byte(), shift = cursor.byte();
  need(shift <= TABLE_MAX_SHIFT, "section-invalid", cursor.name, `shift ${shift} of a table`);
  const codedSymbols = cursor.length(), codedEscapes = cursor.length();
  const escapeBytes = cursor.varint(LEB128_MAX_BYTES * rows.total);
  const symbols = decodeRows(codec, cursor.take(codedSymbols), rows, cursor.name);
  const low = cursor.take(Math.ceil((rows.total * shift) / 8));
  const escapes = decodeBytes(codec, cursor.take(codedEscapes), escapeBytes, cursor.name);
  return united(symbols, low, shift, new Cursor(escapes, cursor.name));
}

/** The same, with each integer in a range; rows of differences are summed where `isDelta`. */
export function readRanged(
  cursor: Cursor, rowCount: number, columnCount: number, isDelta: boolean, range: IntegerRange,
): Int32Array<ArrayBuffer> {
  const values = readTable(cursor, equalRows(rowCount, columnCount));
  for (let row = 0, at = 0; row < rowCount; row++) {
    let value = 0;
    for (const end = at + columnCount; at < end; at++) {
      value = isDelta ? value + values[at] : values[at];
      if (value < range.lowest || value > range.highest) {
        throw new Refusal(
          range.code, cursor.name, `${range.field} ${value}, ${range.lowest} to ${range.highest} expected`,
        );
      }
      values[at] = value;
    }
  }
  return values;
}

/** A table behind a byte that says whether rows hold differences. */
export function readChoice(cursor: Cursor, rowCount: number, columnCount: number, range: IntegerRange): Int32Array<ArrayBuffer> {
  const delta = cursor.byte();
  need(delta <= 1, range.code, cursor.name, `${delta}, not 0 for a plain table or 1 for differences`);
  return readRanged(cursor, rowCount, columnCount, delta === 1, range);
}

function united(symbols: Uint8Array, low: Uint8Array, shift: number, escapes: Cursor): Int32Array<ArrayBuffer> {
  const values = shift === 0 ? highsAlone(symbols, escapes) : withLows(symbols, low, shift, escapes);
  need(escapes.left === 0, "section-invalid", escapes.name, "more escapes than symbols of 255");
  return values;
}

function highsAlone(symbols: Uint8Array, escapes: Cursor): Int32Array<ArrayBuffer> {
  const values = new Int32Array(symbols.length);
  for (let i = 0; i < values.length; i++) {
    let value = symbols[i];
    if (value === TABLE_ESCAPE) {
      value = fitting(TABLE_ESCAPE + escapes.escape(), escapes);
    }
    values[i] = (value >>> 1) ^ -(value & 1);
  }
  return values;
}

function withLows(symbols: Uint8Array, low: Uint8Array, shift: number, escapes: Cursor): Int32Array<ArrayBuffer> {
  const values = new Int32Array(symbols.length), mask = (1 << shift) - 1;
  // Fewer than 8 bits are left of the byte before, and a shift is at most 24: 31 bits.
  let held = 0, count = 0, at = 0;
  for (let i = 0; i < values.length; i++) {
    while (count < shift) {
      held |= low[at++] << count;
      count += 8;
    }
    const bits = held & mask;
    held >>>= shift;
    count -= shift;
    const symbol = symbols[i];
    const value = symbol === TABLE_ESCAPE
      ? fitting((TABLE_ESCAPE + escapes.escape()) * (mask + 1) + bits, escapes) : (symbol << shift) | bits;
    values[i] = (value >>> 1) ^ -(value & 1);
  }
  return values;
}

function fitting(value: number, escapes: Cursor): number {
  if (value > MOST) {
    throw new Refusal("section-invalid", escapes.name, "an integer of more than 32 bits");
  }
  return value | 0;
}
