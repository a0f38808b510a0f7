import { type GpuFrame, JOINT_FLOATS } from "../../packing/gpu_frame.ts";
import { JointTransforms, TRANSFORM } from "../../player/joint_transforms.ts";
import type { Skeleton } from "../../reader/skeleton.ts";
import type { SplatCloud } from "../../reader/splat_cloud.ts";

// How far nodes and detail may lead beyond what joints reach.
const RESIDUAL_M = 0.3;
const SPLAT_SIGMAS = 3;

/** How far Gaussians lie from the joints that carry them, and so where an avatar can be in a pose. */
export class AvatarReach {
  /** [J] metres; −1 where a joint carries nothing. */
  private readonly reachM: Float64Array;

  /** [J,12] joint to world in the rest pose, in which the Gaussians lie. */
  private readonly rest: Float64Array;

  constructor(skeleton: Skeleton, cloud: SplatCloud) {
    const { meansM, scalesM, joints, weights } = cloud;
    this.rest = new JointTransforms(skeleton).rest;
    this.reachM = new Float64Array(skeleton.parents.length).fill(-1);
    for (let i = 0; i < cloud.count; i++) {
      const own = SPLAT_SIGMAS * Math.max(scalesM[3 * i], scalesM[3 * i + 1], scalesM[3 * i + 2]);
      for (let slot = 4 * i; slot < 4 * i + 4; slot++) {
        if (weights[slot] > 0) {
          const joint = joints[slot], place = TRANSFORM * joint + 9;
          const away = Math.hypot(
            meansM[3 * i] - this.rest[place], meansM[3 * i + 1] - this.rest[place + 1],
            meansM[3 * i + 2] - this.rest[place + 2],
          );
          this.reachM[joint] = Math.max(this.reachM[joint], away + own);
        }
      }
    }
  }

  /** Calls back with the place of each joint that carries something, and how far it reaches, metres. */
  each(frame: GpuFrame, take: (x: number, y: number, z: number, reachM: number) => void): void {
    const { rest } = this, { joints } = frame;
    for (let joint = 0; joint < this.reachM.length; joint++) {
      if (this.reachM[joint] >= 0) {
        const at = JOINT_FLOATS * joint, place = TRANSFORM * joint + 9;
        const x = rest[place], y = rest[place + 1], z = rest[place + 2];
        take(
          joints[at] * x + joints[at + 1] * y + joints[at + 2] * z + joints[at + 3],
          joints[at + 4] * x + joints[at + 5] * y + joints[at + 6] * z + joints[at + 7],
          joints[at + 8] * x + joints[at + 9] * y + joints[at + 10] * z + joints[at + 11], this.reachM[joint],
        );
      }
    }
  }

  /** Nearest and farthest depth along the forward row of a camera, metres. */
  depths(frame: GpuFrame, toCamera: ArrayLike<number>): [number, number] {
    let near = Infinity, far = -Infinity;
    const stretch = Math.hypot(toCamera[8], toCamera[9], toCamera[10]);
    this.each(frame, (x, y, z, reachM) => {
      const depth = toCamera[8] * x + toCamera[9] * y + toCamera[10] * z + toCamera[11];
      near = Math.min(near, depth - stretch * (reachM + RESIDUAL_M));
      far = Math.max(far, depth + stretch * (reachM + RESIDUAL_M));
    });
    return near <= far ? [Math.max(near, 0), Math.max(far, 1e-3)] : [0, 1];
  }

  /** A sphere around the joints of a pose, for a camera that is to show all of the avatar. */
  sphere(frame: GpuFrame): { centreM: [number, number, number]; radiusM: number } {
    const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
    this.each(frame, (...place) => {
      for (let axis = 0; axis < 3; axis++) {
        low[axis] = Math.min(low[axis], place[axis]);
        high[axis] = Math.max(high[axis], place[axis]);
      }
    });
    const centreM = low.map((value, axis) => (value + high[axis]) / 2) as [number, number, number];
    // Head and feet go on beyond their joints.
    return { centreM, radiusM: 0.2 + Math.hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]) / 2 };
  }
}
