import { dot4, mixTurns, normalise } from "../maths/rotation.ts";
import type { AvatarFrame } from "./avatar_frame.ts";
import type { DetailMix } from "./detail_mix.ts";
import type { JointMask } from "./joint_mask.ts";

// Below this angle the arc and the chord are one, and sines are too small to divide by.
const SMALL_ANGLE = 1e-6;

/** Mixes b over a by a share, and on some joints: CONVENTIONS.md, "Mixed frames". */
export function mixFrames(a: AvatarFrame, b: AvatarFrame, share: number, mask: JointMask | null, detail: DetailMix): void {
  mixVector(a.rootTranslationM, b.rootTranslationM, 0, mask === null ? share : share * mask.joints[0]);
  for (let joint = 0; joint < a.jointCount; joint++) {
    mixAlongArc(a.jointRotations, b.jointRotations, 4 * joint, mask === null ? share : share * mask.joints[joint]);
  }
  for (let node = 0; node < a.nodeCount; node++) {
    const own = mask === null ? share : share * mask.nodes[node];
    mixVector(a.nodeDisplacementsM, b.nodeDisplacementsM, 3 * node, own);
    mixTurns(a.nodeRotations, 4 * node, a.nodeRotations, 4 * node, b.nodeRotations, 4 * node, own);
  }
  a.detail = detail.mixed(a.detail, b.detail, share, mask === null ? null : mask.gaussians);
}

function mixVector(a: Float64Array, b: Float64Array, at: number, share: number): void {
  for (let k = at; k < at + 3; k++) {
    a[k] = (1 - share) * a[k] + share * b[k];
  }
}

// Slerp: the shorter arc, at constant speed.
function mixAlongArc(a: Float64Array, b: Float64Array, at: number, share: number): void {
  const cosine = dot4(a, at, b, at);
  const angle = Math.acos(Math.min(Math.abs(cosine), 1));
  if (angle < SMALL_ANGLE) {
    mixTurns(a, at, a, at, b, at, share);
    return;
  }
  const one = Math.sin((1 - share) * angle), two = Math.sin(share * angle) * (cosine < 0 ? -1 : 1);
  for (let k = at; k < at + 4; k++) {
    a[k] = one * a[k] + two * b[k];
  }
  normalise(a, at);
}
