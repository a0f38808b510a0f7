import { TRANSFORM } from "../player/joint_transforms.ts";

/** Writes M_i = Σ w_ij A_j of row i: nine of the linear part, row by row, then three of the offset. */
export function writeSkin(
  out: Float64Array, at: number, joints: Float64Array, indices: Uint8Array, weights: Float32Array, row: number,
): void {
  out.fill(0, at, at + TRANSFORM);
  for (let slot = 4 * row; slot < 4 * row + 4; slot++) {
    const weight = weights[slot];
    if (weight !== 0) {
      const from = TRANSFORM * indices[slot];
      for (let k = 0; k < TRANSFORM; k++) {
        out[at + k] += weight * joints[from + k];
      }
    }
  }
}
