import type { PackedDetail } from "../packing/packed_detail.ts";
import type { PackedLook } from "../packing/packed_look.ts";
import type { PackedParents } from "../packing/packed_parents.ts";
import type { PackedSplats } from "../packing/packed_splats.ts";
import type { ClipGroup } from "../reader/clip_group.ts";
import type { OpenOptions, Package } from "../reader/package.ts";
import type { ResidualModel } from "../reader/residual_model.ts";
import type { JointMask } from "./joint_mask.ts";

/** A package that is being shown: what all players and renderers of it share. */
export declare class PlayableAvatar {
  readonly package: Package;
  readonly model: ResidualModel | null;
  /** T, tracks of detail of all clips. */
  readonly trackCount: number;
  readonly jointCount: number;
  readonly nodeCount: number;
  /** Channels of detail that the package has. */
  readonly detailChannelCount: number;
  /** A group without coefficients, for slots of clips that have no detail in a channel. */
  readonly noDetail: PackedDetail;
  /** `worker`: decodes groups off the main thread; null decodes where they are asked for. */
  constructor(pack: Package, worker?: Worker | null);
  /** Opens a URL or bytes and reads what shows the coarsest level; the rest goes on being fetched. */
  static open(source: string | Uint8Array, options?: OpenOptions & { worker?: Worker | null }): Promise<PlayableAvatar>;
  /** Place of a channel among those that there are; −1. */
  placeOf(channel: number): number;
  packSplats(levels?: number): PackedSplats;
  packLook(level: number): PackedLook;
  /** Null where the clip has no residual layer. */
  parentsOf(clip: number): PackedParents | null;
  detailOf(group: ClipGroup, channel: number): PackedDetail;
  maskOf(weights: Readonly<Record<string, number>>): JointMask;
  dispose(): void;
}
