import { AvatarFrame } from "./avatar_frame.ts";
import type { ClipTimeline, RootMotion } from "./clip_timeline.ts";
import { GroundPlace } from "./ground_place.ts";
import { PlayClock } from "./play_clock.ts";

/** One clip as it is played within a blend. */
export class Play {
  readonly clock = new PlayClock();
  /** P_k: the motion over the ground that puts the clip where the avatar is. */
  place = GroundPlace.origin;
  /** Null: as the clip says. */
  root: RootMotion | null = null;
  /** b_k */
  atS = 0;
  /** d_k */
  fadeS = 0;
  private frame: AvatarFrame | null = null;

  constructor(readonly clip: ClipTimeline) {}

  begin(atS: number, startS: number, rate: number, fadeS: number): void {
    this.atS = atS;
    this.fadeS = fadeS;
    this.place = GroundPlace.origin;
    this.clock.begin(atS, startS, rate);
  }

  /** Begins at another time of the blend. */
  startAt(atS: number): void {
    this.clock.shift(atS - this.atS);
    this.atS = atS;
  }

  shareAt(timeS: number): number {
    return fadedIn(timeS, this.atS, this.fadeS);
  }

  clipTimeAt(timeS: number): number {
    return this.clock.timeAt(Math.max(timeS, this.atS));
  }

  /** The frame of the clip, moved over the ground. The next call changes it. */
  frameAt(timeS: number, place: GroundPlace): AvatarFrame {
    const { frames, rootJointM } = this.clip;
    this.frame ??= new AvatarFrame(frames.jointCount, frames.nodeCount);
    this.clip.frameAt(this.clipTimeAt(timeS), this.root ?? this.clip.defaultRootMotion, this.frame);
    if (place.headingRad !== 0 || place.x !== 0 || place.z !== 0) {
      this.frame.moveRoot(rootJointM, place.headingRad, place.x, 0, place.z);
    }
    return this.frame;
  }
}

/** S((t − begin) / length) of CONVENTIONS.md. */
export function fadedIn(timeS: number, beginS: number, lengthS: number): number {
  if (timeS < beginS) {
    return 0;
  }
  const x = lengthS === 0 ? 1 : Math.min((timeS - beginS) / lengthS, 1);
  return x * x * (3 - 2 * x);
}
