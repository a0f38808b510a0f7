import type { DetailSlot } from "../../packing/detail_slot.ts";
import { type GpuFrame, MOST_SOURCES } from "../../packing/gpu_frame.ts";

/** Which frames of detail a renderer holds: two of each clip that is mixed. */
export class HeldSlots {
  private readonly held = new Array<string>(2 * MOST_SOURCES).fill("");

  /**
   * Calls `work` for each slot of the first `sources` that is not held as it is asked for: with its number, and with the frame,
   * or null where the clip has no detail.
   */
  refresh(frame: GpuFrame, sources: number, gain: number, work: (k: number, slot: DetailSlot | null) => void): void {
    for (let k = 0; k < 2 * sources; k++) {
      const { hasDetail, fraction } = frame.sources[k >> 1], slot = frame.slots[k];
      // Slots of share 0 are not read.
      if (hasDetail && ((k & 1) === 0 ? fraction >= 1 : fraction <= 0)) {
        continue;
      }
      const wanted = hasDetail ? `${frame.number} ${slot.version} ${gain}` : "none";
      if (this.held[k] !== wanted) {
        this.held[k] = wanted;
        work(k, hasDetail ? slot : null);
      }
    }
  }
}
