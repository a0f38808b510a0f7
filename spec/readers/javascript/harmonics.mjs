// Real spherical harmonics up to degree 3 with the signs of 3DGS.

const C1 = 0.4886025119029199;
const C2 = [1.0925484305920792, -1.0925484305920792, 0.31539156525252005, -1.0925484305920792, 0.5462742152960396];
const C3 = [
  -0.5900435899266435, 2.890611442640554, -0.4570457994644658, 0.3731763325901154, -0.4570457994644658,
  1.445305721320277, -0.5900435899266435,
];

// All 16 values for a unit direction; a cloud of degree d uses the first (d + 1)^2.
export function basis([x, y, z]) {
  const [xx, yy, zz] = [x * x, y * y, z * z];
  return [
    0.28209479177387814,
    -C1 * y, C1 * z, -C1 * x,
    C2[0] * x * y, C2[1] * y * z, C2[2] * (2 * zz - xx - yy), C2[3] * x * z, C2[4] * (xx - yy),
    C3[0] * y * (3 * xx - yy), C3[1] * x * y * z, C3[2] * y * (4 * zz - xx - yy),
    C3[3] * z * (2 * zz - 3 * xx - 3 * yy), C3[4] * x * (4 * zz - xx - yy), C3[5] * z * (xx - yy),
    C3[6] * x * (xx - 3 * yy),
  ];
}

// max(0, 0.5 + sum of Y sh) for harmonics [(d+1)^2, 3] seen along a unit direction.
export function colour(sh, direction) {
  const weights = basis(direction);
  const result = [0.5, 0.5, 0.5];
  for (let k = 0; k < sh.length; k++) result[k % 3] += weights[Math.floor(k / 3)] * sh[k];
  return result.map((value) => Math.max(0, value));
}
