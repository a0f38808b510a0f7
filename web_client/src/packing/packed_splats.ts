import { MODEL_WEIGHT_UNITS } from "../generated/format.ts";
import { halfBits, halfPair } from "../maths/half.ts";
import { roundHalfEven, snorm16, unorm16 } from "../maths/rounding.ts";
import type { ResidualModel } from "../reader/residual_model.ts";
import type { SplatCloud } from "../reader/splat_cloud.ts";
import type { TrackUnion } from "./track_union.ts";

/** Gaussians as `Deform` and `View` read them: shaders/README.md, "Splats" and "Harmonics". */
export interface PackedSplats {
  readonly count: number;
  readonly shDegree: number;
  /** `uint`s of harmonics a Gaussian; 0 where the degree is 0. */
  readonly harmonicUints: number;
  /** 16 a Gaussian. */
  readonly splats: Uint32Array<ArrayBuffer>;
  readonly harmonics: Uint32Array<ArrayBuffer>;
}

export const SPLAT_UINTS = 16;
export const NO_TRACK = 0xffffffff;
const HANGS_ON_NODES = 1 << 30;

/** Packs the first `cloud.count` Gaussians of a package. */
export function packSplats(cloud: SplatCloud, model: ResidualModel | null, tracks: TrackUnion | null): PackedSplats {
  const harmonicUints = (3 * (cloud.harmonicCount - 1) + 1) >> 1;
  const packed = {
    count: cloud.count, shDegree: cloud.shDegree, harmonicUints, splats: new Uint32Array(SPLAT_UINTS * cloud.count),
    harmonics: new Uint32Array(harmonicUints * cloud.count),
  };
  const floats = new Float32Array(packed.splats.buffer);
  for (let i = 0; i < cloud.count; i++) {
    packShape(packed.splats, floats, cloud, i);
    packBinding(packed.splats, cloud, model, i);
    packHarmonics(packed, cloud, i);
  }
  tracks?.gaussians.forEach((gaussian, track) => {
    if (gaussian < cloud.count) {
      packed.splats[SPLAT_UINTS * gaussian + 3] = track;
    }
  });
  return packed;
}

function packShape(words: Uint32Array, floats: Float32Array, cloud: SplatCloud, i: number): void {
  const at = SPLAT_UINTS * i, colour = 3 * cloud.harmonicCount * i, { quatsWxyz: q, sh } = cloud;
  for (let axis = 0; axis < 3; axis++) {
    floats[at + axis] = cloud.meansM[3 * i + axis];
    floats[at + 4 + axis] = cloud.scalesM[3 * i + axis];
  }
  words[at + 3] = NO_TRACK;
  words[at + 7] = unorm16(cloud.opacities[i]) | (halfBits(sh[colour + 2]) << 16);
  const w = q[4 * i], x = q[4 * i + 1], y = q[4 * i + 2], z = q[4 * i + 3];
  const length = Math.sqrt(w * w + x * x + y * y + z * z);
  words[at + 8] = snorm16(w / length) | (snorm16(x / length) << 16);
  words[at + 9] = snorm16(y / length) | (snorm16(z / length) << 16);
  words[at + 11] = halfPair(sh[colour], sh[colour + 1]);
}

function packBinding(words: Uint32Array, cloud: SplatCloud, model: ResidualModel | null, i: number): void {
  const at = SPLAT_UINTS * i, slot = 4 * i, { joints, weights } = cloud;
  words[at + 10] = joints[slot] | (joints[slot + 1] << 8) | (joints[slot + 2] << 16) | (joints[slot + 3] << 24);
  words[at + 12] = unorm16(weights[slot + 1]) | (unorm16(weights[slot + 2]) << 16);
  words[at + 13] = unorm16(weights[slot + 3]) | (cloud.parts[i] << 16);
  if (model === null || model.nodeCount === 0) {
    return;
  }
  const { nodeIndices: nodes, nodeWeights } = model;
  const units = (k: number): number => roundHalfEven(nodeWeights[slot + k] * MODEL_WEIGHT_UNITS);
  const one = units(1), two = units(2), three = units(3);
  if (units(0) + one + two + three > 0) {
    words[at + 14] = nodes[slot] | (nodes[slot + 1] << 10) | (nodes[slot + 2] << 20) | HANGS_ON_NODES;
    words[at + 15] = nodes[slot + 3] | (one << 10) | (two << 17) | (three << 24);
  }
}

function packHarmonics({ harmonics, harmonicUints }: PackedSplats, { sh, harmonicCount }: SplatCloud, i: number): void {
  const end = 3 * harmonicCount * (i + 1);
  for (let at = harmonicUints * i, from = 3 * harmonicCount * i + 3; from < end; at++, from += 2) {
    harmonics[at] = halfPair(sh[from], from + 1 < end ? sh[from + 1] : 0);
  }
}
