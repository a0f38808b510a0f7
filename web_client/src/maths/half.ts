const LARGEST = 0x7bff;
// From here on a float32 rounds to more than the largest half, 65504.
const TOO_LARGE = 0x477ff000;
const SMALLEST_NORMAL = 0x38800000;

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** Bits of the half that is nearest, ties to even; the largest for what is larger, 0 for NaN. */
export function halfBits(value: number): number {
  FLOAT[0] = value;
  const sign = (BITS[0] >>> 16) & 0x8000, size = BITS[0] & 0x7fffffff;
  if (size > 0x7f800000) {
    return 0;
  }
  if (size >= TOO_LARGE) {
    return sign | LARGEST;
  }
  if (size < SMALLEST_NORMAL) {
    // Whole steps of 2^-24.
    const steps = Math.abs(FLOAT[0]) * 2 ** 24, floor = Math.floor(steps), rest = steps - floor;
    return sign | (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor);
  }
  // 2^-14 has exponent 1 in a half and 113 in a float32.
  const rebased = size - (112 << 23);
  return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
}

/** Two halves in 32 bits, the first in the low ones. */
export function halfPair(low: number, high: number): number {
  return (halfBits(low) | (halfBits(high) << 16)) >>> 0;
}

/** The number that the bits of a half stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 0x3ff;
  if (exponent === 0) {
    return (sign * fraction) / 2 ** 24;
  }
  return exponent === 31 ? (fraction === 0 ? sign * Infinity : NaN) : sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}
