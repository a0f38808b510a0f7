import { AvatarFrame } from "../player/avatar_frame.ts";
import { JointTransforms, TRANSFORM } from "../player/joint_transforms.ts";
import type { Skeleton } from "../reader/skeleton.ts";
import { DetailSlot, type DetailSource } from "./detail_slot.ts";

export const JOINT_FLOATS = 16;
export const NODE_FLOATS = 8;
export const MOST_SOURCES = 4;

let frames = 0;

/** What the kernels of deformation read of one instant: shaders/README.md, "Joints", "Nodes" and "Sources". */
export class GpuFrame {
  /** [J,16] rows of A_j, then masks of sources 1, 2, 3 and 0. */
  readonly joints: Float32Array;
  /** [M,8] rotation w x y z, then c + u − R(q) c and 0. */
  readonly nodes: Float32Array;
  readonly sources: DetailSource[] = [];
  readonly slots: DetailSlot[] = [];
  /** Sources that have detail now; 0 where nothing has. */
  sourceCount = 0;
  /** [J,12] A_j in double precision: nine of the rotation, row by row, three of the offset. */
  readonly transforms: Float64Array;
  /** Of all frames of the page, so that one player's are not taken for another's. */
  readonly number = ++frames;
  /** Counts poses that were set and are not the one before. */
  version = 0;

  private readonly kinematics: JointTransforms;
  private readonly before: Float32Array[];

  /** In the rest pose. `nodeRestM`: [M,3]. */
  constructor(skeleton: Skeleton, private readonly nodeRestM: Float32Array, framesPerGroup: number) {
    const joints = skeleton.parents.length, nodes = nodeRestM.length / 3;
    this.kinematics = new JointTransforms(skeleton);
    this.transforms = new Float64Array(TRANSFORM * joints);
    this.joints = new Float32Array(JOINT_FLOATS * joints);
    this.nodes = new Float32Array(NODE_FLOATS * nodes);
    this.before = [this.joints.slice(), this.nodes.slice()];
    for (let source = 0; source < MOST_SOURCES; source++) {
      this.sources.push({ clip: -1, hasDetail: false, fraction: 0, share: 0, hasMask: false });
      this.slots.push(new DetailSlot(framesPerGroup), new DetailSlot(framesPerGroup));
      this.setMask(source, null);
    }
    const rest = new AvatarFrame(joints, nodes);
    rest.rootTranslationM.set(skeleton.restTranslationM);
    rest.jointRotations.set(skeleton.restRotations);
    this.setMotion(rest);
  }

  /** Takes over a pose and the motion of nodes. */
  setMotion(frame: AvatarFrame): void {
    const { transforms, joints, nodes, nodeRestM } = this;
    const now = [joints, nodes];
    this.before.forEach((each, k) => each.set(now[k]));
    this.kinematics.evaluate(frame.rootTranslationM, frame.jointRotations, transforms);
    for (let from = 0, at = 0; from < transforms.length; from += TRANSFORM, at += JOINT_FLOATS) {
      for (let row = 0; row < 3; row++) {
        joints[at + 4 * row] = transforms[from + 3 * row];
        joints[at + 4 * row + 1] = transforms[from + 3 * row + 1];
        joints[at + 4 * row + 2] = transforms[from + 3 * row + 2];
        joints[at + 4 * row + 3] = transforms[from + 9 + row];
      }
    }
    const turns = frame.nodeRotations, moved = frame.nodeDisplacementsM;
    for (let node = 0, at = 0; at < nodes.length; node++, at += NODE_FLOATS) {
      let w = turns[4 * node], x = turns[4 * node + 1], y = turns[4 * node + 2], z = turns[4 * node + 3];
      const length = Math.sqrt(w * w + x * x + y * y + z * z);
      w /= length;
      x /= length;
      y /= length;
      z /= length;
      const cx = nodeRestM[3 * node], cy = nodeRestM[3 * node + 1], cz = nodeRestM[3 * node + 2];
      // R(q) c = c + 2 w (a × c) + 2 a × (a × c), with a the vector part.
      const tx = 2 * (y * cz - z * cy), ty = 2 * (z * cx - x * cz), tz = 2 * (x * cy - y * cx);
      nodes[at] = w;
      nodes[at + 1] = x;
      nodes[at + 2] = y;
      nodes[at + 3] = z;
      nodes[at + 4] = moved[3 * node] - (w * tx + y * tz - z * ty);
      nodes[at + 5] = moved[3 * node + 1] - (w * ty + z * tx - x * tz);
      nodes[at + 6] = moved[3 * node + 2] - (w * tz + x * ty - y * tx);
    }
    this.version += this.before.every((each, k) => each.every((value, at) => value === now[k][at])) ? 0 : 1;
  }

  /** Sets the mask of a source: [J] shares of joints; null where it has none. */
  setMask(source: number, joints: ArrayLike<number> | null): void {
    // Sources 1, 2, 3 come first, then source 0.
    let at = 12 + ((source + MOST_SOURCES - 1) % MOST_SOURCES);
    let isOther = false;
    for (let joint = 0; at < this.joints.length; joint++, at += JOINT_FLOATS) {
      const before = this.joints[at];
      this.joints[at] = joints === null ? 1 : joints[joint];
      isOther ||= this.joints[at] !== before;
    }
    this.version += isOther ? 1 : 0;
    this.sources[source].hasMask = joints !== null;
  }
}
