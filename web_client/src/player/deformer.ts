import { writeMoved, writeProduct } from "../maths/matrix.ts";
import { copyNormalised, dot4, multiply, normalise } from "../maths/rotation.ts";
import { writeSkin } from "../maths/skin.ts";
import type { ResidualModel } from "../reader/residual_model.ts";
import type { Skeleton } from "../reader/skeleton.ts";
import type { SplatCloud } from "../reader/splat_cloud.ts";
import type { AvatarFrame } from "./avatar_frame.ts";
import { JointTransforms, TRANSFORM, writeMatrix } from "./joint_transforms.ts";

/** Gaussians as a frame poses them, in the avatar's space. */
export class PosedSplats {
  /** [N,3] metres. */
  readonly meansM: Float64Array;
  /** [N,9] m² */
  readonly covariancesM2: Float64Array;
  /** [N,9] L_i: its polar rotation takes view directions back. */
  readonly linearParts: Float64Array;
  /** [N,3] degree-0 harmonics. */
  readonly baseColours: Float64Array;

  constructor(count: number) {
    this.meansM = new Float64Array(3 * count);
    this.covariancesM2 = new Float64Array(9 * count);
    this.linearParts = new Float64Array(9 * count);
    this.baseColours = new Float64Array(3 * count);
  }
}

type NodeBinding = Pick<ResidualModel, "nodeRestM" | "nodeIndices" | "nodeWeights">;

/** The runtime equation in double precision on the CPU: CONVENTIONS.md. For tests and pictures; a GPU has its own. */
export class Deformer {
  private readonly kinematics: JointTransforms;
  private readonly joints: Float64Array;
  private readonly rowOf: Int32Array;
  private readonly mean = new Float64Array(3);
  private readonly quat = new Float64Array(4);
  private readonly scale = new Float64Array(3);
  private readonly skin = new Float64Array(TRANSFORM);
  private readonly matrix = new Float64Array(9);
  private readonly axes = new Float64Array(9);

  constructor(skeleton: Skeleton, private readonly splats: SplatCloud, private readonly model: NodeBinding | null) {
    this.kinematics = new JointTransforms(skeleton);
    this.joints = new Float64Array(TRANSFORM * skeleton.parents.length);
    this.rowOf = new Int32Array(splats.count);
  }

  pose(frame: AvatarFrame, posed: PosedSplats): void {
    this.kinematics.evaluate(frame.rootTranslationM, frame.jointRotations, this.joints);
    this.rowOf.fill(-1);
    frame.detail?.gaussians.forEach((gaussian, row) => {
      this.rowOf[gaussian] = row;
    });
    for (let i = 0; i < this.splats.count; i++) {
      this.poseOne(i, frame, posed);
    }
  }

  private poseOne(i: number, frame: AvatarFrame, posed: PosedSplats): void {
    const { splats, mean, quat, scale, skin, matrix, axes } = this, row = this.rowOf[i], at = 3 * i;
    copyNormalised(quat, 0, splats.quatsWxyz, 4 * i);
    for (let axis = 0; axis < 3; axis++) {
      mean[axis] = splats.meansM[at + axis];
      scale[axis] = splats.scalesM[at + axis];
      posed.baseColours[at + axis] = splats.sh[3 * splats.harmonicCount * i + axis];
    }
    if (this.model !== null && frame.nodeCount > 0) {
      this.moveOnNodes(i, this.model, frame);
    }
    if (row >= 0 && frame.detail !== null) {
      const { positionM, rotation, logScale, colour } = frame.detail;
      multiply(quat, 0, rotation, 4 * row, quat, 0);
      for (let axis = 0; axis < 3; axis++) {
        mean[axis] += positionM[3 * row + axis];
        scale[axis] *= Math.exp(logScale[3 * row + axis]);
        posed.baseColours[at + axis] += colour[3 * row + axis];
      }
    }
    writeSkin(skin, 0, this.joints, splats.joints, splats.weights, i);
    writeMoved(posed.meansM, at, skin, 0, mean[0], mean[1], mean[2], skin[9], skin[10], skin[11]);
    writeMatrix(matrix, 0, quat, 0);
    writeProduct(axes, 0, skin, 0, matrix, 0);
    for (let k = 0; k < 9; k++) {
      posed.linearParts[9 * i + k] = skin[k];
      axes[k] *= scale[k % 3];
    }
    for (let k = 0; k < 9; k++) {
      const a = 3 * Math.floor(k / 3), b = 3 * (k % 3);
      posed.covariancesM2[9 * i + k] = axes[a] * axes[b] + axes[a + 1] * axes[b + 1] + axes[a + 2] * axes[b + 2];
    }
  }

  private moveOnNodes(i: number, model: NodeBinding, frame: AvatarFrame): void {
    const { mean, quat, matrix } = this, sum = new Float64Array(4), arm = new Float64Array(3), moved = new Float64Array(3);
    let hangs = false;
    for (let slot = 4 * i; slot < 4 * i + 4; slot++) {
      const weight = model.nodeWeights[slot];
      if (weight === 0) {
        continue;
      }
      hangs = true;
      const node = model.nodeIndices[slot], at = 3 * node, c = model.nodeRestM, u = frame.nodeDisplacementsM;
      const turns = frame.nodeRotations, sign = dot4(turns, 4 * node, sum, 0) < 0 ? -weight : weight;
      writeMatrix(matrix, 0, turns, 4 * node);
      writeMoved(arm, 0, matrix, 0, mean[0] - c[at], mean[1] - c[at + 1], mean[2] - c[at + 2]);
      for (let axis = 0; axis < 3; axis++) {
        moved[axis] += weight * (arm[axis] + c[at + axis] + u[at + axis]);
      }
      for (let k = 0; k < 4; k++) {
        sum[k] += sign * turns[4 * node + k];
      }
    }
    if (hangs) {
      mean.set(moved);
      normalise(sum, 0);
      multiply(quat, 0, sum, 0, quat, 0);
    }
  }
}
