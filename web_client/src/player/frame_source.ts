import type { AvatarFrame } from "./avatar_frame.ts";

/** Frames of one clip. */
export interface FrameSource {
  readonly frameCount: number;
  readonly jointCount: number;
  readonly nodeCount: number;
  /** A frame, decoded here and now where it is not. It belongs to the source: nobody changes it. */
  frame(i: number): AvatarFrame;
  /**
   * Asks for the four frames from `first` on, and for those from `ahead` on. Both count in the clip's endless row.
   * The first four are here, or the others are (or were refused).
   */
  prepare(first: number, ahead: number): { isReady: boolean; aheadIsReady: boolean };
}
