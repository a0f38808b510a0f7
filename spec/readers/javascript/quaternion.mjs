// Quaternions wxyz, Hamilton; 3x3 matrices as nine numbers, row after row.

export function fromRotationVector([x, y, z]) {
  const angle = Math.hypot(x, y, z);
  const factor = angle < 1e-12 ? 0.5 : Math.sin(angle / 2) / angle;
  return [Math.cos(angle / 2), x * factor, y * factor, z * factor];
}

export function multiply([aw, ax, ay, az], [bw, bx, by, bz]) {
  return [
    aw * bw - ax * bx - ay * by - az * bz,
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
  ];
}

export function normalised(values) {
  const length = Math.hypot(...values);
  return Array.from(values, (value) => value / length);
}

export function toMatrix(quaternion) {
  const [w, x, y, z] = normalised(quaternion);
  return [
    1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
    2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
    2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
  ];
}

export function product(a, b) {
  const result = new Array(9);
  for (let i = 0; i < 9; i++) {
    const [row, column] = [3 * Math.floor(i / 3), i % 3];
    result[i] = a[row] * b[column] + a[row + 1] * b[3 + column] + a[row + 2] * b[6 + column];
  }
  return result;
}

export function transposed([a, b, c, d, e, f, g, h, i]) {
  return [a, d, g, b, e, h, c, f, i];
}

export function apply(m, [x, y, z]) {
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
}

// The rotation nearest to m: Higham's Newton iteration, m <- (m + m^-T) / 2.
export function polarRotation(m) {
  let rotation = m;
  for (let step = 0; step < 50; step++) {
    const [a, b, c, d, e, f, g, h, i] = rotation;
    const cofactors = [e * i - f * h, f * g - d * i, d * h - e * g, c * h - b * i, a * i - c * g, b * g - a * h,
      b * f - c * e, c * d - a * f, a * e - b * d];
    const determinant = a * cofactors[0] + b * cofactors[1] + c * cofactors[2];
    rotation = rotation.map((value, k) => (value + cofactors[k] / determinant) / 2);
  }
  return rotation;
}
