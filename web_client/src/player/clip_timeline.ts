import { dot4, multiply, normalise } from "../maths/rotation.ts";
import type { ClipInfo } from "../reader/manifest.ts";
import { AvatarFrame } from "./avatar_frame.ts";
import { DetailMix } from "./detail_mix.ts";
import type { FrameSource } from "./frame_source.ts";
import { GroundPlace, turnedX, turnedZ } from "./ground_place.ts";

export type RootMotion = "world" | "in place" | "delta";

/** Two frames of a clip around a time, and the share of the second. */
export interface DetailPlace {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

// A frame near a place, with its weight and its root as it is carried by whole periods.
interface Tap {
  readonly frame: AvatarFrame;
  readonly weight: number;
  /** [3] */
  readonly root: Float64Array;
  /** [4] */
  readonly turn: Float64Array;
}

// Less than this from a frame, counted in frames, it is that frame.
const AT_A_FRAME = 1e-4;
const NO_TURN = 1e-9;
// Beyond it a double does not tell one frame from the next to a ten thousandth.
const FARTHEST_FRAME = 1e11;

/** A clip at any time: CONVENTIONS.md, "Loops and the root's way" and "Between frames". */
export class ClipTimeline {
  private readonly detail = new DetailMix();

  /** `rootJointM`: [3] the root joint in the zero pose. */
  constructor(readonly clip: ClipInfo, readonly frames: FrameSource, readonly rootJointM: ArrayLike<number>) {}

  get defaultRootMotion(): RootMotion {
    return this.clip.inPlace ? "in place" : "world";
  }

  /** Writes the frame at a time. */
  frameAt(timeS: number, root: RootMotion, frame: AvatarFrame = this.newFrame()): AvatarFrame {
    const place = this.placeAt(timeS), nearest = Math.round(place);
    if (Math.abs(place - nearest) < AT_A_FRAME) {
      const tap = this.tapAt(nearest, 1);
      frame.copy(tap.frame);
      frame.rootTranslationM.set(tap.root);
      frame.jointRotations.set(tap.turn);
    } else {
      this.between(place, frame);
    }
    if (root === "in place" && this.clip.travel !== null) {
      const climb = (place / this.frames.frameCount) * this.clip.travel.translationM[1];
      frame.moveRoot(this.rootJointM, 0, 0, -climb, 0);
    }
    stand(frame, this.rootJointM, root);
    return frame;
  }

  /** Asks for what shows one time, and for what shows another. */
  prepare(timeS: number, aheadS: number): { isReady: boolean; aheadIsReady: boolean } {
    return this.frames.prepare(Math.floor(this.placeAt(timeS)) - 1, Math.floor(this.placeAt(aheadS)) - 1);
  }

  /** Of which frames detail is mixed at a time. */
  detailAt(timeS: number): DetailPlace {
    const place = this.placeAt(timeS), nearest = Math.round(place), count = this.frames.frameCount;
    let first = Math.floor(place), share = place - first;
    if (Math.abs(place - nearest) < AT_A_FRAME) {
      first = nearest;
      share = 0;
    }
    if (this.clip.loops) {
      first -= Math.floor(first / count) * count;
      return { first, second: (first + 1) % count, share };
    }
    return first + 1 < count ? { first, second: first + 1, share } : { first: Math.max(first - 1, 0), second: first, share: 1 };
  }

  /** The way over the ground from one time to another. */
  stepBetween(startS: number, endS: number): GroundPlace {
    const start = this.frameAt(startS, "world").groundOf(this.rootJointM);
    return start.stepTo(this.frameAt(endS, "world").groundOf(this.rootJointM));
  }

  private newFrame(): AvatarFrame {
    return new AvatarFrame(this.frames.jointCount, this.frames.nodeCount);
  }

  // A time, counted in frames; within the clip, where it does not loop.
  private placeAt(timeS: number): number {
    const place = timeS * this.clip.fps;
    if (!(Math.abs(place) < FARTHEST_FRAME)) {
      throw new RangeError(`a time of ${timeS} s, not one within a clip or its repetitions`);
    }
    return this.clip.loops ? place : Math.min(Math.max(place, 0), this.frames.frameCount - 1);
  }

  private between(place: number, frame: AvatarFrame): void {
    const floor = Math.floor(place), f = place - floor;
    const weights = curveWeights(f, !this.clip.loops && floor === 0, !this.clip.loops && floor + 2 > this.frames.frameCount - 1);
    const taps: Tap[] = [];
    weights.forEach((weight, k) => {
      if (weight !== 0) {
        taps.push(this.tapAt(floor - 1 + k, weight));
      }
    });
    addVectors(taps, frame);
    addRotations(taps, frame);
    const start = this.tapAt(floor, 1).frame.detail, end = this.tapAt(floor + 1, 1).frame.detail;
    frame.takeDetail(start);
    frame.takeDetail(this.detail.mixed(frame.detail, end, f, null));
  }

  // A frame of the endless row that a looping clip is, with its root carried by whole periods.
  private tapAt(number: number, weight: number): Tap {
    const count = this.frames.frameCount, { loops, travel } = this.clip;
    const wraps = loops ? Math.floor(number / count) : 0;
    const frame = this.frames.frame(number - wraps * count);
    if (wraps === 0 || travel === null) {
      return { frame, weight, root: frame.rootTranslationM, turn: frame.jointRotations.subarray(0, 4) };
    }
    const [dx, dy, dz] = travel.translationM, heading = travel.headingRad, joint = this.rootJointM;
    const sine = Math.sin(heading / 2);
    const g = Math.abs(sine) < NO_TURN ? wraps : Math.sin((wraps * heading) / 2) / sine;
    const half = ((wraps - 1) * heading) / 2, turn = wraps * heading;
    const x = joint[0] + frame.rootTranslationM[0], z = joint[2] + frame.rootTranslationM[2];
    const root = Float64Array.of(
      turnedX(turn, x, z) + g * turnedX(half, dx, dz) - joint[0],
      frame.rootTranslationM[1] + wraps * dy,
      turnedZ(turn, x, z) + g * turnedZ(half, dx, dz) - joint[2],
    );
    const rotation = Float64Array.of(Math.cos(turn / 2), 0, Math.sin(turn / 2), 0);
    multiply(rotation, 0, rotation, 0, frame.jointRotations, 0);
    return { frame, weight, root, turn: rotation };
  }
}

/** Applies a root motion to a frame: CONVENTIONS.md, "Root motion". */
export function stand(frame: AvatarFrame, rootJointM: ArrayLike<number>, root: RootMotion): void {
  if (root !== "world") {
    const { x, z, headingRad } = frame.groundOf(rootJointM);
    const heading = root === "delta" ? -headingRad : 0;
    frame.moveRoot(rootJointM, heading, turnedX(heading, -x, -z), 0, turnedZ(heading, -x, -z));
  }
}

// Of the frames i − 1 … i + 2.
function curveWeights(f: number, isFirst: boolean, isLast: boolean): number[] {
  const f2 = f * f, f3 = f * f * f;
  let w0 = (-f + 2 * f2 - f3) / 2, w1 = (2 - 5 * f2 + 3 * f3) / 2;
  let w2 = (f + 4 * f2 - 3 * f3) / 2, w3 = (-f2 + f3) / 2;
  if (isFirst) {
    [w0, w1, w2] = [0, w1 + 2 * w0, w2 - w0];
  }
  if (isLast) {
    [w1, w2, w3] = [w1 - w3, w2 + 2 * w3, 0];
  }
  return [w0, w1, w2, w3];
}

function addVectors(taps: readonly Tap[], frame: AvatarFrame): void {
  const { rootTranslationM: root, nodeDisplacementsM: moved } = frame;
  root.fill(0);
  moved.fill(0);
  for (const { weight, root: from, frame: { nodeDisplacementsM } } of taps) {
    for (let k = 0; k < 3; k++) {
      root[k] += weight * from[k];
    }
    for (let k = 0; k < moved.length; k++) {
      moved[k] += weight * nodeDisplacementsM[k];
    }
  }
}

function addRotations(taps: readonly Tap[], frame: AvatarFrame): void {
  const { jointRotations, nodeRotations } = frame;
  jointRotations.fill(0);
  nodeRotations.fill(0);
  sumTurns(jointRotations, 0, 4, taps, (tap) => tap.turn);
  sumTurns(jointRotations, 4, jointRotations.length, taps, (tap) => tap.frame.jointRotations);
  sumTurns(nodeRotations, 0, nodeRotations.length, taps, (tap) => tap.frame.nodeRotations);
}

// Each quaternion has the sign that is nearer to the one before it.
function sumTurns(
  out: Float64Array, first: number, end: number, taps: readonly Tap[], of: (tap: Tap) => Float64Array,
): void {
  const turns = taps.map(of);
  for (let at = first; at < end; at += 4) {
    let sign = 1;
    for (let k = 0; k < turns.length; k++) {
      if (k > 0 && dot4(turns[k], at, turns[k - 1], at) < 0) {
        sign = -sign;
      }
      const weight = sign * taps[k].weight;
      for (let c = at; c < at + 4; c++) {
        out[c] += weight * turns[k][c];
      }
    }
    normalise(out, at);
  }
}
