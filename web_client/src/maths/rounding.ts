/** To the nearest whole number, ties to the even one, as other languages round. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value), rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** round(v · 65535) of v in 0 … 1. */
export function unorm16(value: number): number {
  return roundHalfEven(Math.min(Math.max(value, 0), 1) * 65535);
}

/** round(v · 32767) of v in −1 … 1, in 16 bits. */
export function snorm16(value: number): number {
  return roundHalfEven(Math.min(Math.max(value, -1), 1) * 32767) & 0xffff;
}
