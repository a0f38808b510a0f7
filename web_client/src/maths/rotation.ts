/** Quaternions w x y z in flat arrays: entry k of an array of them begins at 4 k. Vectors begin at 3 k. */

export type Numbers = Float32Array | Float64Array;

const SMALL_ANGLE = 1e-12;

/** Writes exp(v): the turn of |v| radians about v. */
export function writeTurn(out: Numbers, at: number, x: number, y: number, z: number): void {
  const angle = Math.sqrt(x * x + y * y + z * z);
  const factor = angle < SMALL_ANGLE ? 0.5 : Math.sin(angle / 2) / angle;
  out[at] = Math.cos(angle / 2);
  out[at + 1] = factor * x;
  out[at + 2] = factor * y;
  out[at + 3] = factor * z;
}

/** Makes the quaternion at `at` unit. */
export function normalise(q: Numbers, at: number): void {
  const length = Math.sqrt(q[at] * q[at] + q[at + 1] * q[at + 1] + q[at + 2] * q[at + 2] + q[at + 3] * q[at + 3]);
  q[at] /= length;
  q[at + 1] /= length;
  q[at + 2] /= length;
  q[at + 3] /= length;
}

/** Copies quaternion `from` of one array over quaternion `at` of another, made unit. */
export function copyNormalised(out: Numbers, at: number, q: Numbers, from: number): void {
  for (let k = 0; k < 4; k++) {
    out[at + k] = q[from + k];
  }
  normalise(out, at);
}

export function dot4(a: Numbers, i: number, b: Numbers, j: number): number {
  return a[i] * b[j] + a[i + 1] * b[j + 1] + a[i + 2] * b[j + 2] + a[i + 3] * b[j + 3];
}

/** out = a b, Hamilton's product: turns by b first. Any of the three may be the same. */
export function multiply(out: Numbers, at: number, a: Numbers, i: number, b: Numbers, j: number): void {
  const aw = a[i], ax = a[i + 1], ay = a[i + 2], az = a[i + 3];
  const bw = b[j], bx = b[j + 1], by = b[j + 2], bz = b[j + 3];
  out[at] = aw * bw - ax * bx - ay * by - az * bz;
  out[at + 1] = aw * bx + ax * bw + ay * bz - az * by;
  out[at + 2] = aw * by - ax * bz + ay * bw + az * bx;
  out[at + 3] = aw * bz + ax * by - ay * bx + az * bw;
}

/** Sets all quaternions to the identity. */
export function fillIdentity(q: Numbers): void {
  q.fill(0);
  for (let at = 0; at < q.length; at += 4) {
    q[at] = 1;
  }
}

/** Mixes two quaternions in a straight line, on one side, and makes the sum unit. `out` may be one of them. */
export function mixTurns(
  out: Numbers, at: number, a: Numbers, i: number, b: Numbers, j: number, share: number,
): void {
  const near = dot4(a, i, b, j) < 0 ? -share : share;
  for (let k = 0; k < 4; k++) {
    out[at + k] = (1 - share) * a[i + k] + near * b[j + k];
  }
  normalise(out, at);
}
