import { copyNormalised, normalise, writeTurn } from "../maths/rotation.ts";
import { CHANNELS, type ClipGroup, POSITION, ROTATION, SCALE } from "../reader/clip_group.ts";
import { evaluateDetail } from "../reader/detail_motion.ts";
import type { ClipInfo, Manifest } from "../reader/manifest.ts";
import { evaluateNodes } from "../reader/node_motion.ts";
import type { ResidualModel } from "../reader/residual_model.ts";
import { AvatarFrame } from "./avatar_frame.ts";
import type { CachedGroup } from "./cached_group.ts";
import { DetailFrame } from "./detail_frame.ts";
import type { FrameSource } from "./frame_source.ts";
import type { GroupCache } from "./group_cache.ts";
import { HeldGroups } from "./held_groups.ts";

// Between frames four are looked at, and the two next to a place once more.
const KEPT_FRAMES = 7;
const TAPS = 4;
const FEWEST_GROUPS = 2;

interface Kept {
  frame: AvatarFrame;
  number: number;
  lastUse: number;
}

/** Frames of a clip of a package. */
export class PackagedFrames implements FrameSource {
  private readonly info: ClipInfo;
  private readonly framesPerGroup: number;
  private readonly held: HeldGroups;
  private readonly kept: Kept[] = [];
  private readonly detail: Float32Array;
  private readonly withDetail: boolean;
  private uses = 0;

  /** `model`: the clip's. `withDetail`: works detail out, too, which a GPU does better. */
  constructor(
    private readonly manifest: Manifest, readonly clip: number, private readonly model: ResidualModel | null, withDetail: boolean,
    cache: GroupCache,
  ) {
    this.info = manifest.clips[clip];
    this.framesPerGroup = manifest.framesPerGroup;
    this.held = new HeldGroups(cache, clip);
    this.withDetail = withDetail && this.hasResidual;
    this.detail = new Float32Array(this.withDetail ? 3 * (model?.moving.length ?? 0) : 0);
  }

  get frameCount(): number {
    return this.info.frameCount;
  }

  get jointCount(): number {
    return this.manifest.jointCount;
  }

  get nodeCount(): number {
    return this.model?.nodeCount ?? 0;
  }

  get hasResidual(): boolean {
    return this.info.hasResidual && this.model !== null;
  }

  /** Nothing is held any more. */
  dispose(): void {
    this.held.clear();
  }

  prepare(first: number, ahead: number): { isReady: boolean; aheadIsReady: boolean } {
    this.held.beginWanting();
    const isReady = this.want(first, false), aheadIsReady = this.want(ahead, true);
    this.held.endWanting(isReady);
    return { isReady, aheadIsReady };
  }

  /** The group of a frame, decoded. */
  groupOf(frame: number): CachedGroup {
    const most = Math.floor(TAPS / this.framesPerGroup) + FEWEST_GROUPS;
    return this.held.needed(Math.floor(frame / this.framesPerGroup), most);
  }

  frame(i: number): AvatarFrame {
    let kept = this.kept.find((each) => each.number === i);
    if (kept === undefined) {
      if (this.kept.length < KEPT_FRAMES) {
        kept = { frame: new AvatarFrame(this.jointCount, this.nodeCount), number: -1, lastUse: 0 };
        this.kept.push(kept);
      } else {
        kept = this.kept.reduce((oldest, each) => (each.lastUse < oldest.lastUse ? each : oldest));
      }
      // Not to be found under its old number where decoding is refused half way.
      kept.number = -1;
      this.decode(i, kept.frame);
      kept.number = i;
    }
    kept.lastUse = ++this.uses;
    return kept.frame;
  }

  private decode(i: number, frame: AvatarFrame): void {
    const group = this.groupOf(i).decoded, t = i - group.firstFrame, { pose, nodes } = group;
    for (let axis = 0; axis < 3; axis++) {
      frame.rootTranslationM[axis] = pose.rootTranslationM[3 * t + axis];
    }
    for (let at = 0, from = t * frame.jointRotations.length; at < frame.jointRotations.length; at += 4, from += 4) {
      copyNormalised(frame.jointRotations, at, pose.jointRotationsWxyz, from);
    }
    if (nodes !== null) {
      evaluateNodes(nodes, t, frame.nodeDisplacementsM, frame.nodeRotations);
      for (let at = 0; at < frame.nodeRotations.length; at += 4) {
        normalise(frame.nodeRotations, at);
      }
    }
    if (this.withDetail && this.model !== null) {
      frame.detail ??= new DetailFrame(this.model.moving);
      this.decodeDetail(group, t, this.model, frame.detail);
    }
  }

  private decodeDetail(group: ClipGroup, t: number, model: ResidualModel, detail: DetailFrame): void {
    const values = this.detail;
    CHANNELS.forEach((_, channel) => {
      const motion = group.detail[channel];
      if (motion === null) {
        values.fill(0);
      } else {
        evaluateDetail(motion, model, t, values);
      }
      if (channel === ROTATION) {
        for (let row = 0; row < model.moving.length; row++) {
          writeTurn(detail.rotation, 4 * row, values[3 * row], values[3 * row + 1], values[3 * row + 2]);
        }
      } else {
        (channel === POSITION ? detail.positionM : channel === SCALE ? detail.logScale : detail.colour).set(values);
      }
    });
  }

  private want(first: number, isAhead: boolean): boolean {
    const { frameCount, framesPerGroup } = this;
    let isReady = true;
    for (let number = first; number < first + TAPS; number++) {
      const frame = this.info.loops ? number - Math.floor(number / frameCount) * frameCount
        : Math.min(Math.max(number, 0), frameCount - 1);
      isReady = this.held.want(Math.floor(frame / framesPerGroup), isAhead) && isReady;
    }
    return isReady;
  }
}
