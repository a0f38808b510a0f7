const C0 = 0.28209479177387814;
const C1 = 0.4886025119029199;
const C2 = [1.0925484305920792, -1.0925484305920792, 0.31539156525252005, -1.0925484305920792, 0.5462742152960396];
const C3 = [
  -0.5900435899266435, 2.890611442640554, -0.4570457994644658, 0.3731763325901154, -0.4570457994644658, 1.445305721320277,
  -0.5900435899266435,
];

/** Colour of a Gaussian from a unit direction: max(0, 0.5 + Σ Y sh), with the signs of 3DGS. `sh`: [(d+1)²,3]. */
export function colourOf(sh: ArrayLike<number>, x: number, y: number, z: number): [number, number, number] {
  const xx = x * x, yy = y * y, zz = z * z;
  const basis = [
    C0, -C1 * y, C1 * z, -C1 * x,
    C2[0] * x * y, C2[1] * y * z, C2[2] * (2 * zz - xx - yy), C2[3] * x * z, C2[4] * (xx - yy),
    C3[0] * y * (3 * xx - yy), C3[1] * x * y * z, C3[2] * y * (4 * zz - xx - yy), C3[3] * z * (2 * zz - 3 * xx - 3 * yy),
    C3[4] * x * (4 * zz - xx - yy), C3[5] * z * (xx - yy), C3[6] * x * (xx - 3 * yy),
  ];
  const colour: [number, number, number] = [0.5, 0.5, 0.5];
  for (let k = 0; k < sh.length; k++) {
    colour[k % 3] += basis[Math.floor(k / 3)] * sh[k];
  }
  return colour.map((value) => Math.max(0, value)) as [number, number, number];
}
