/** Matrices of three rows of three in flat arrays, row by row. */

type Matrix = Float64Array;

const POLAR_STEPS = 50;

export function determinant(m: Matrix, at = 0): number {
  return m[at] * (m[at + 4] * m[at + 8] - m[at + 5] * m[at + 7]) + m[at + 1] * (m[at + 5] * m[at + 6] - m[at + 3] * m[at + 8])
    + m[at + 2] * (m[at + 3] * m[at + 7] - m[at + 4] * m[at + 6]);
}

export function writeCofactors(out: Matrix, m: Matrix, at = 0): void {
  const a = m[at], b = m[at + 1], c = m[at + 2], d = m[at + 3], e = m[at + 4], f = m[at + 5];
  const g = m[at + 6], h = m[at + 7], i = m[at + 8];
  out[0] = e * i - f * h;
  out[1] = f * g - d * i;
  out[2] = d * h - e * g;
  out[3] = c * h - b * i;
  out[4] = a * i - c * g;
  out[5] = b * g - a * h;
  out[6] = b * f - c * e;
  out[7] = c * d - a * f;
  out[8] = a * e - b * d;
}

/** out = a b; out is neither of them. */
export function writeProduct(out: Matrix, at: number, a: Matrix, i: number, b: Matrix, j: number): void {
  for (let row = 0; row < 9; row += 3) {
    const x = a[i + row], y = a[i + row + 1], z = a[i + row + 2];
    out[at + row] = x * b[j] + y * b[j + 3] + z * b[j + 6];
    out[at + row + 1] = x * b[j + 1] + y * b[j + 4] + z * b[j + 7];
    out[at + row + 2] = x * b[j + 2] + y * b[j + 5] + z * b[j + 8];
  }
}

/** The rotation of the polar decomposition, by Newton's iteration. */
export function polarRotation(m: Matrix): Matrix {
  const rotation = m.slice(0, 9), cofactors = new Float64Array(9);
  for (let step = 0; step < POLAR_STEPS; step++) {
    writeCofactors(cofactors, rotation);
    const inverse = 1 / determinant(rotation);
    for (let k = 0; k < 9; k++) {
      rotation[k] = 0.5 * (rotation[k] + inverse * cofactors[k]);
    }
  }
  return rotation;
}

/** The unit quaternion of a rotation. */
export function writeQuaternion(out: Float64Array, at: number, m: Matrix): void {
  // The largest of the four components is found first, so nothing small is divided by.
  const trace = m[0] + m[4] + m[8];
  let w, x, y, z;
  if (trace > 0) {
    [w, x, y, z] = [1 + trace, m[7] - m[5], m[2] - m[6], m[3] - m[1]];
  } else if (m[0] >= m[4] && m[0] >= m[8]) {
    [w, x, y, z] = [m[7] - m[5], 1 + m[0] - m[4] - m[8], m[1] + m[3], m[2] + m[6]];
  } else if (m[4] >= m[8]) {
    [w, x, y, z] = [m[2] - m[6], m[1] + m[3], 1 - m[0] + m[4] - m[8], m[5] + m[7]];
  } else {
    [w, x, y, z] = [m[3] - m[1], m[2] + m[6], m[5] + m[7], 1 - m[0] - m[4] + m[8]];
  }
  const length = Math.sqrt(w * w + x * x + y * y + z * z);
  out[at] = w / length;
  out[at + 1] = x / length;
  out[at + 2] = y / length;
  out[at + 3] = z / length;
}

/** out = m v + add, on vectors at places of flat arrays; out may be v. */
export function writeMoved(
  out: Float64Array, at: number, m: Matrix, from: number, x: number, y: number, z: number, ax = 0, ay = 0, az = 0,
): void {
  out[at] = m[from] * x + m[from + 1] * y + m[from + 2] * z + ax;
  out[at + 1] = m[from + 3] * x + m[from + 4] * y + m[from + 5] * z + ay;
  out[at + 2] = m[from + 6] * x + m[from + 7] * y + m[from + 8] * z + az;
}
