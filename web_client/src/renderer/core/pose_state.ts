import type { GpuFrame } from "../../packing/gpu_frame.ts";

/** A text that is another where a frame, of whichever player, shows another pose. `shown`: whatever else it depends on. */
export function poseState(frame: GpuFrame, ...shown: number[]): string {
  const slots = frame.slots.map(({ version }) => version), sources = frame.sources.flatMap(({ fraction, share }) => [fraction, share]);
  return [frame.number, frame.version, frame.sourceCount, ...slots, ...sources, ...shown].join();
}
