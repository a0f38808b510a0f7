import { gaussiansOf } from "../reader/manifest.ts";
import { Refusal } from "../reader/refusal.ts";
import type { ResidualModel } from "../reader/residual_model.ts";
import type { Skeleton } from "../reader/skeleton.ts";
import type { PlayableAvatar } from "./playable_avatar.ts";

/** Who is bound to which joints, of all Gaussians. */
export interface Binding {
  /** [N,4] */
  readonly joints: Uint8Array;
  /** [N,4] */
  readonly weights: Float32Array;
}

/** Shares of a layer: CONVENTIONS.md, "Mixed frames". */
export class JointMask {
  /** [J] */
  readonly joints: Float64Array;
  /** [M] */
  readonly nodes: Float64Array;
  /** [N] */
  readonly gaussians: Float64Array;

  /** `levelEnds`: Gaussians of levels 0 … k, for each k. */
  constructor(
    joints: Float64Array, binding: Binding,
    model: Pick<ResidualModel, "nodeCount" | "nodeIndices" | "nodeWeights"> | null, levelEnds: readonly number[],
  ) {
    this.joints = joints;
    this.gaussians = new Float64Array(binding.joints.length / 4);
    binding.joints.forEach((joint, slot) => {
      this.gaussians[slot >> 2] += binding.weights[slot] * joints[joint];
    });
    this.nodes = new Float64Array(model?.nodeCount ?? 0);
    if (model !== null && model.nodeCount > 0) {
      this.fillNodes(model.nodeIndices, model.nodeWeights, levelEnds);
    }
  }

  /** Shares of a layer of named joints. All levels of the avatar have to be here. */
  static of(avatar: PlayableAvatar, weights: Readonly<Record<string, number>>): JointMask {
    const { manifest, skeleton } = avatar.package;
    const ends = manifest.levelSizes.map((_, level) => gaussiansOf(manifest, level + 1));
    return new JointMask(jointWeights(skeleton, weights), avatar.package.readSplats(), avatar.model, ends);
  }

  // A node has the share of what hangs on it at the coarsest level where something does.
  private fillNodes(indices: Int32Array, weights: Float32Array, levelEnds: readonly number[]): void {
    const count = this.nodes.length;
    const pulls = new Float64Array(count), sums = new Float64Array(count), isKnown = new Uint8Array(count);
    let slot = 0;
    for (const end of levelEnds) {
      for (; slot < 4 * end; slot++) {
        pulls[indices[slot]] += weights[slot];
        sums[indices[slot]] += weights[slot] * this.gaussians[slot >> 2];
      }
      for (let node = 0; node < count; node++) {
        if (isKnown[node] === 0 && pulls[node] > 0) {
          isKnown[node] = 1;
          this.nodes[node] = sums[node] / pulls[node];
        }
      }
    }
  }
}

/** [J] weights of named joints, 0 of others. Refuses a name that is no joint's with `mask-unknown-joint`. */
function jointWeights(skeleton: Skeleton, weights: Readonly<Record<string, number>>): Float64Array {
  const joints = new Float64Array(skeleton.parents.length);
  for (const [name, weight] of Object.entries(weights)) {
    const joint = skeleton.jointNames.indexOf(name);
    if (joint < 0) {
      throw new Refusal("mask-unknown-joint", "mask", `a joint ${name}`, `Name one of ${skeleton.jointNames.join(", ")}.`);
    }
    joints[joint] = weight;
  }
  return joints;
}
