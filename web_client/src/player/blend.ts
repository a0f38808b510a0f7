import { AvatarFrame } from "./avatar_frame.ts";
import { type RootMotion, stand } from "./clip_timeline.ts";
import { DetailMix } from "./detail_mix.ts";
import { mixFrames } from "./frame_mix.ts";
import { GroundPlace, turnedX, turnedZ } from "./ground_place.ts";
import type { JointMask } from "./joint_mask.ts";
import type { Layer } from "./layer.ts";
import type { Play } from "./play.ts";

/** What took part in the frame that was shown last, in the order of mixing. */
export interface BlendPart {
  readonly play: Play;
  readonly clipTimeS: number;
  readonly share: number;
  readonly mask: JointMask | null;
}

/** Clips that follow each other and lie over each other: CONVENTIONS.md, "Blends". */
export class Blend {
  parts: BlendPart[] = [];
  plays: Play[] = [];
  layers: Layer[] = [];
  private readonly detail = new DetailMix();
  private frame: AvatarFrame | null = null;

  /** `rootJointM`: [3] the root joint in the zero pose. */
  constructor(private readonly rootJointM: ArrayLike<number>) {}

  /** A play that begins after all that were added. */
  addPlay(play: Play): void {
    if (this.plays.length > 0) {
      // In the middle of the fade: each clip leads the root for half of it.
      const middle = play.atS + play.fadeS / 2;
      play.place = this.onto(this.base(middle), play.frameAt(middle, GroundPlace.origin));
    }
    this.plays.push(play);
  }

  addLayer(layer: Layer): void {
    this.layers.push(layer);
  }

  /** A frame of its own. */
  frameAt(timeS: number, root: RootMotion): AvatarFrame {
    const { frame: shown } = this.shown(timeS, root);
    const frame = new AvatarFrame(shown.jointCount, shown.nodeCount);
    frame.copy(shown);
    return frame;
  }

  stepBetween(startS: number, endS: number): GroundPlace {
    const start = this.shown(startS, "world").ground;
    return start.stepTo(this.shown(endS, "world").ground);
  }

  /** Forgets plays and layers that will not be seen from a time on. */
  forgetBefore(timeS: number): void {
    this.plays.splice(0, this.firstSeen(timeS));
    this.layers = this.layers.filter((layer) => !layer.isOverAt(timeS));
  }

  /** The frame at a time, which the next call changes, and where its root is in the world. */
  shown(timeS: number, root: RootMotion): { frame: AvatarFrame; ground: GroundPlace } {
    if (this.plays.length === 0) {
      throw new Error("the blend shows no clip yet: add one");
    }
    const frame = this.base(timeS);
    for (const layer of this.layers) {
      const share = layer.shareAt(timeS);
      if (share > 0) {
        const above = layer.play.frameAt(timeS, GroundPlace.origin);
        const put = this.onto(frame, above);
        above.moveRoot(this.rootJointM, put.headingRad, put.x, 0, put.z);
        this.mix(frame, above, { play: layer.play, clipTimeS: layer.play.clipTimeAt(timeS), share, mask: layer.mask });
      }
    }
    const ground = frame.groundOf(this.rootJointM);
    stand(frame, this.rootJointM, root);
    return { frame, ground };
  }

  /** Number of the last play that hides all before it. */
  firstSeen(timeS: number): number {
    let first = this.plays.length - 1;
    while (first > 0 && this.plays[first].shareAt(timeS) < 1) {
      first--;
    }
    return Math.max(first, 0);
  }

  // The plays, each mixed over what was shown before.
  private base(timeS: number): AvatarFrame {
    const first = this.firstSeen(timeS), play = this.plays[first];
    const shown = play.frameAt(timeS, play.place);
    this.frame ??= new AvatarFrame(shown.jointCount, shown.nodeCount);
    this.frame.copy(shown);
    this.parts = [{ play, clipTimeS: play.clipTimeAt(timeS), share: 1, mask: null }];
    for (const next of this.plays.slice(first + 1)) {
      const share = next.shareAt(timeS);
      if (share > 0) {
        this.mix(this.frame, next.frameAt(timeS, next.place), { play: next, clipTimeS: next.clipTimeAt(timeS), share, mask: null });
      }
    }
    return this.frame;
  }

  private mix(frame: AvatarFrame, above: AvatarFrame, part: BlendPart): void {
    mixFrames(frame, above, part.share, part.mask, this.detail);
    this.parts.push(part);
  }

  // The motion over the ground that takes the root of one frame to where that of another stands and faces.
  private onto(frame: AvatarFrame, other: AvatarFrame): GroundPlace {
    const to = frame.groundOf(this.rootJointM), from = other.groundOf(this.rootJointM);
    const heading = to.headingRad - from.headingRad;
    return new GroundPlace(
      to.x - turnedX(heading, from.x, from.z), to.z - turnedZ(heading, from.x, from.z), heading,
    );
  }
}
