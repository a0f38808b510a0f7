import type { JointMask } from "./joint_mask.ts";
import { fadedIn, type Play } from "./play.ts";

/** A clip over others, on some joints. */
export class Layer {
  /** 0 … 1 */
  weight = 1;
  /** Time of the blend from which on it fades out; null: never. */
  endS: number | null = null;
  fadeOutS = 0;

  constructor(readonly play: Play, readonly mask: JointMask) {}

  shareAt(timeS: number): number {
    const gone = this.endS === null ? 0 : fadedIn(timeS, this.endS, this.fadeOutS);
    return this.weight * this.play.shareAt(timeS) * (1 - gone);
  }

  isOverAt(timeS: number): boolean {
    return this.endS !== null && timeS >= this.endS + this.fadeOutS;
  }
}
