import type { GpuFrame } from "../packing/gpu_frame.ts";
import type { Marker } from "../reader/manifest.ts";
import type { AvatarFrame } from "./avatar_frame.ts";
import type { GroundPlace } from "./ground_place.ts";
import type { JointMask } from "./joint_mask.ts";
import type { Layer } from "./layer.ts";
import type { PlayableAvatar } from "./playable_avatar.ts";

export type RootMotion = "world" | "in place" | "delta";

export interface PlayOptions {
  /** Seconds in which the clip fades in over what is shown. */
  fadeS?: number;
  /** Time of the clip at which it begins. */
  startS?: number;
}

/** Plays clips of an avatar: any time, loops, ranges, rates, crossfades, layers. Call `update` once a frame. */
export declare class ClipPlayer {
  readonly avatar: PlayableAvatar;
  /** What the kernels read. */
  readonly frame: GpuFrame;
  /** Pose and node motion that are shown. */
  readonly pose: AvatarFrame;
  /** Number of the clip; −1 where none was asked for. */
  readonly clip: number;
  /** Time of the clip. */
  readonly timeS: number;
  readonly hasEnded: boolean;
  /** What is to be shown is not here yet. */
  readonly isWaiting: boolean;
  isPaused: boolean;
  /** Seconds of the clip a second; backwards below 0. */
  rate: number;
  /** Null: as the clip says. */
  loop: boolean | null;
  /** Null: as the clip says. */
  root: RootMotion | null;
  /** The way over the ground since the frame before. */
  readonly step: GroundPlace;
  onMarker: ((marker: Marker) => void) | null;
  constructor(avatar: PlayableAvatar);
  play(clip: string | number, options?: PlayOptions): void;
  seek(timeS: number): void;
  setRange(fromS: number, toS: number): void;
  clearRange(): void;
  addLayer(clip: string | number, mask: JointMask, options?: PlayOptions & { rate?: number }): Layer;
  removeLayer(layer: Layer, fadeS?: number): void;
  /** Goes on by seconds. False where what is to be shown is not here yet: time stands still then. Throws a Refusal. */
  update(seconds: number): boolean;
  /** The same, but decodes here and now what is not. */
  updateAndWait(seconds: number): void;
  dispose(): void;
}
