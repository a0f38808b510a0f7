import type { PackedDetail } from "../packing/packed_detail.ts";

/** The channels of detail, in the order of their numbers. */
export const CHANNELS = ["position", "rotation", "scale", "colour"] as const;
export const POSITION = 0;
export const ROTATION = 1;
export const SCALE = 2;
export const COLOUR = 3;

/** One group of frames of a clip, decoded. Plain data: a worker may send it. */
export interface ClipGroup {
  readonly firstFrame: number;
  readonly frameCount: number;
  readonly pose: PoseGroup;
  /** Null where the clip has no residual layer, or the model no nodes. */
  readonly nodes: NodeMotion | null;
  /** By number of the channel; null where it is zero throughout. */
  readonly detail: readonly (DetailMotion | null)[];
}

/** Poses of F frames. */
export interface PoseGroup {
  /** [F,3] metres. */
  readonly rootTranslationM: Float32Array;
  /** [F,J,4] */
  readonly jointRotationsWxyz: Float32Array;
}

/** Motion of M nodes as coefficients of cosines. */
export interface NodeMotion {
  readonly frameCount: number;
  readonly nodeCount: number;
  readonly steps: readonly [number, number];
  /** Displacements, then rotation vectors: [3 F, M], row 3 f + axis. */
  readonly coefficients: readonly [Int32Array, Int32Array];
}

/** Detail of S tracks in one channel, as coefficients of cosines. */
export interface DetailMotion {
  readonly channel: number;
  readonly frameCount: number;
  /** Columns that have coefficients. */
  readonly columns: number;
  /** [columns] track of each. */
  readonly sortedTracks: Int32Array;
  /** As a GPU reads it: shaders/README.md, "Group". */
  readonly packed: PackedDetail;
}
