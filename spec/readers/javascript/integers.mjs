// Tables of signed integers: SPEC.md, "Tables of integers".

import { decode } from "./entropy.mjs";
import { TABLE_ESCAPE, LEB128_MAX_BYTES, TABLE_MAX_SHIFT } from "./format.mjs";
import { refuseUnless } from "./refusal.mjs";

// Float64Array of all rows one after the other; doubles hold every 32-bit integer and sums of millions of them.
export function readTable(cursor, rows) {
  const count = rows.reduce((sum, length) => sum + length, 0);
  const codec = cursor.u8();
  const shift = cursor.u8();
  refuseUnless(shift <= TABLE_MAX_SHIFT, "section-invalid", `${cursor.name}: shift ${shift}`);
  const [coded, codedEscapes] = [cursor.lengthVarint(), cursor.lengthVarint()];
  const escapeBytes = cursor.varint(LEB128_MAX_BYTES * count);
  const symbols = decode(codec, cursor.take(coded), count, rows);
  const low = cursor.take(Math.ceil((count * shift) / 8));
  const escapes = decode(codec, cursor.take(codedEscapes), escapeBytes);
  return unite(cursor.name, symbols, low, shift, new Escapes(escapes, cursor.name));
}

export function readRectangle(cursor, rowCount, columnCount, { delta = false } = {}) {
  const values = readTable(cursor, new Array(rowCount).fill(columnCount));
  if (!delta) return values;
  for (let row = 0; row < rowCount; row++) {
    const start = row * columnCount;
    for (let column = 1; column < columnCount; column++) values[start + column] += values[start + column - 1];
  }
  return values;
}

export function readRow(cursor, count, options) {
  return readRectangle(cursor, 1, count, options);
}

function unite(name, symbols, low, shift, escapes) {
  const values = new Float64Array(symbols.length);
  for (let i = 0, bit = 0; i < values.length; i++, bit += shift) {
    const high = symbols[i] === TABLE_ESCAPE ? TABLE_ESCAPE + escapes.next() : symbols[i];
    const zigzagged = high * 2 ** shift + lowBits(low, bit, shift);
    refuseUnless(zigzagged <= 0xffffffff, "section-invalid", `${name}: an integer of more than 32 bits`);
    values[i] = zigzagged % 2 ? -(zigzagged + 1) / 2 : zigzagged / 2;
  }
  escapes.finish();
  return values;
}

function lowBits(bytes, bit, count) {
  let value = 0;
  for (let i = 0; i < count; i++) value += ((bytes[(bit + i) >> 3] >> ((bit + i) & 7)) & 1) * 2 ** i;
  return value;
}

class Escapes {
  constructor(bytes, name) {
    this.bytes = bytes;
    this.name = name;
    this.at = 0;
  }

  next() {
    let value = 0;
    for (let i = 0; i < LEB128_MAX_BYTES; i++) {
      refuseUnless(this.at < this.bytes.length, "section-invalid", `${this.name}: too few escapes`);
      const byte = this.bytes[this.at++];
      value += (byte & 127) * 128 ** i;
      if (byte < 128) {
        refuseUnless(byte > 0 || i === 0, "section-invalid", `${this.name}: an escape in a longer form than need be`);
        return value;
      }
    }
    return refuseUnless(false, "section-invalid", `${this.name}: an escape of too many bytes`);
  }

  finish() {
    refuseUnless(this.at === this.bytes.length, "section-invalid", `${this.name}: too many escapes`);
  }
}
