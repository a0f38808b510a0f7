import type { CachedGroup } from "../player/cached_group.ts";
import { cosinesOf } from "../reader/cosine_table.ts";

/** One frame of one clip whose detail a GPU works out: `DetailCosines` once for each channel, then `DetailParents`. */
export class DetailSlot {
  /** Counts what it held: where it is what it was, the slot's planes are still right. 0 before anything. */
  version = 0;
  clip = -1;
  frame = -1;
  /** Where the frame's coefficients are: `avatar.detailOf(group.group, channel)`. */
  group: CachedGroup | null = null;
  /** [F] cosines C_f of the frame; as many as its group has frames. */
  readonly cosines: Float32Array;

  constructor(mostFrames: number) {
    this.cosines = new Float32Array(mostFrames);
  }

  holds(clip: number, frame: number): boolean {
    return this.version > 0 && this.clip === clip && this.frame === frame;
  }

  take(group: CachedGroup, clip: number, frame: number): void {
    this.group = group;
    if (this.holds(clip, frame)) {
      return;
    }
    this.clip = clip;
    this.frame = frame;
    this.version++;
    const { firstFrame, frameCount } = group.decoded;
    const table = cosinesOf(frameCount), row = (frame - firstFrame) * frameCount;
    for (let f = 0; f < frameCount; f++) {
      this.cosines[f] = table[row + f];
    }
  }
}

/** One of up to four clips whose detail is mixed: shaders/README.md, "Sources". Slots 2 k and 2 k + 1 are its own. */
export interface DetailSource {
  clip: number;
  /** False: its slots are zeros. */
  hasDetail: boolean;
  /** f_k: share of the second slot's frame. */
  fraction: number;
  /** s_k */
  share: number;
  hasMask: boolean;
}
