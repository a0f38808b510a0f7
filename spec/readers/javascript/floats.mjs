// Float32 bit for bit: SPEC.md, "Floats".

import { decode } from "./entropy.mjs";
import { FLOATS_MAX_MODE } from "./format.mjs";
import { readRow } from "./integers.mjs";
import { refuseUnless } from "./refusal.mjs";

const [DELTA, PLANES] = [1, 2];
const PLANE_COUNT = 4;
const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

// Float32Array of the columns, one after the other.
export function readFloats(cursor, columns, count) {
  const values = new Float32Array(columns * count);
  for (let column = 0; column < columns; column++) {
    readColumn(cursor, count).forEach((integer, i) => (values[column * count + i] = floatOf(integer)));
  }
  refuseUnless(values.every(Number.isFinite), "section-not-finite", cursor.name);
  return values;
}

// The float at a place in the order of floats.
export function floatOf(integer) {
  bits[0] = integer < 0 ? integer ^ 0x7fffffff : integer;
  return float[0];
}

// The place of a float in the order of floats.
export function integerOf(value) {
  float[0] = value;
  return bits[0] < 0 ? bits[0] ^ 0x7fffffff : bits[0];
}

function readColumn(cursor, count) {
  const mode = cursor.u8();
  refuseUnless(mode <= FLOATS_MAX_MODE, "section-invalid", `${cursor.name}: a column of mode ${mode}`);
  const integers = Int32Array.from(mode & PLANES ? readPlanes(cursor, count) : readRow(cursor, count));
  if (mode & DELTA) for (let i = 1; i < count; i++) integers[i] += integers[i - 1];
  return integers;
}

function readPlanes(cursor, count) {
  const codec = cursor.u8();
  const planes = Array.from({ length: PLANE_COUNT }, () => decode(codec, cursor.take(cursor.lengthVarint()), count));
  return Array.from({ length: count }, (_, i) => {
    const zigzagged = planes.reduceRight((sum, plane) => sum * 256 + plane[i], 0);
    return zigzagged % 2 ? -(zigzagged + 1) / 2 : zigzagged / 2;
  });
}
