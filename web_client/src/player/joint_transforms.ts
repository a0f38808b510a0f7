import type { Skeleton } from "../reader/skeleton.ts";

/** Numbers of a joint's transform: nine of its rotation, row by row, then three of its offset. */
export const TRANSFORM = 12;

/** Forward kinematics of a skeleton, and skinning transforms from rest to posed: CONVENTIONS.md, "Rest pose". */
export class JointTransforms {
  /** [J,12] joint to world in the rest pose. */
  readonly rest: Float64Array;
  /** [J,12] joint to world in the pose that was evaluated last. */
  readonly posed: Float64Array;

  constructor(private readonly skeleton: Skeleton) {
    const count = skeleton.parents.length;
    this.rest = new Float64Array(TRANSFORM * count);
    this.posed = new Float64Array(TRANSFORM * count);
    this.toWorld(skeleton.restTranslationM, skeleton.restRotations, this.rest);
  }

  /** Writes A_j of all joints, [J,12]. `rotations` [J,4] need not be unit. */
  evaluate(rootTranslationM: ArrayLike<number>, rotations: ArrayLike<number>, result: Float64Array): void {
    this.toWorld(rootTranslationM, rotations, this.posed);
    const { rest, posed } = this;
    for (let at = 0; at < posed.length; at += TRANSFORM) {
      for (let row = at; row < at + 9; row += 3) {
        const a = posed[row], b = posed[row + 1], c = posed[row + 2];
        const r0 = a * rest[at] + b * rest[at + 1] + c * rest[at + 2];
        const r1 = a * rest[at + 3] + b * rest[at + 4] + c * rest[at + 5];
        const r2 = a * rest[at + 6] + b * rest[at + 7] + c * rest[at + 8];
        result[row] = r0;
        result[row + 1] = r1;
        result[row + 2] = r2;
        const axis = at + 9 + (row - at) / 3;
        result[axis] = posed[axis] - (r0 * rest[at + 9] + r1 * rest[at + 10] + r2 * rest[at + 11]);
      }
    }
  }

  // G_j: the root is moved by its translation; every joint hangs at its distance in the zero pose from its parent.
  private toWorld(root: ArrayLike<number>, rotations: ArrayLike<number>, result: Float64Array): void {
    const { parents, zeroJointsM: places } = this.skeleton;
    const local = LOCAL;
    for (let joint = 0; joint < parents.length; joint++) {
      const at = TRANSFORM * joint;
      writeMatrix(local, 0, rotations, 4 * joint);
      const x = places[3 * joint], y = places[3 * joint + 1], z = places[3 * joint + 2];
      if (parents[joint] < 0) {
        result.set(local, at);
        result[at + 9] = x + root[0];
        result[at + 10] = y + root[1];
        result[at + 11] = z + root[2];
        continue;
      }
      const from = 3 * parents[joint], parent = TRANSFORM * parents[joint];
      const armX = x - places[from], armY = y - places[from + 1], armZ = z - places[from + 2];
      for (let row = 0; row < 3; row++) {
        const a = result[parent + 3 * row], b = result[parent + 3 * row + 1], c = result[parent + 3 * row + 2];
        for (let column = 0; column < 3; column++) {
          result[at + 3 * row + column] = a * local[column] + b * local[3 + column] + c * local[6 + column];
        }
        result[at + 9 + row] = a * armX + b * armY + c * armZ + result[parent + 9 + row];
      }
    }
  }
}

const LOCAL = new Float64Array(9);

/** Writes the rotation matrix of a quaternion divided by its length, row by row. */
export function writeMatrix(out: Float64Array, at: number, q: ArrayLike<number>, from: number): void {
  let w = q[from], x = q[from + 1], y = q[from + 2], z = q[from + 3];
  const length = Math.sqrt(w * w + x * x + y * y + z * z);
  w /= length;
  x /= length;
  y /= length;
  z /= length;
  out[at] = 1 - 2 * (y * y + z * z);
  out[at + 1] = 2 * (x * y - w * z);
  out[at + 2] = 2 * (x * z + w * y);
  out[at + 3] = 2 * (x * y + w * z);
  out[at + 4] = 1 - 2 * (x * x + z * z);
  out[at + 5] = 2 * (y * z - w * x);
  out[at + 6] = 2 * (x * z - w * y);
  out[at + 7] = 2 * (y * z + w * x);
  out[at + 8] = 1 - 2 * (x * x + y * y);
}
