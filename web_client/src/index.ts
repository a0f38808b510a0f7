export { GpuFrame, JOINT_FLOATS, MOST_SOURCES, NODE_FLOATS } from "./packing/gpu_frame.ts";
export type { DetailSlot, DetailSource } from "./packing/detail_slot.ts";
export type { PackedDetail } from "./packing/packed_detail.ts";
export type { PackedLook } from "./packing/packed_look.ts";
export type { PackedParents, TrackStage } from "./packing/packed_parents.ts";
export type { PackedSplats } from "./packing/packed_splats.ts";
export { AvatarFrame } from "./player/avatar_frame.ts";
export { ClipPlayer, type PlayOptions, type RootMotion } from "./player/clip_player.ts";
export { DetailFrame } from "./player/detail_frame.ts";
export { GroundPlace } from "./player/ground_place.ts";
export { JointMask } from "./player/joint_mask.ts";
export { Layer } from "./player/layer.ts";
export { PlayableAvatar } from "./player/playable_avatar.ts";
export { CHANNELS, type ClipGroup, type DetailMotion, type NodeMotion, type PoseGroup } from "./reader/clip_group.ts";
export { LevelAppearance } from "./reader/level_appearance.ts";
export {
  type ClipInfo, durationOf, findClip, gaussiansOf, groupCountOf, type Manifest, type Marker, type Travel,
} from "./reader/manifest.ts";
export { type OpenOptions, Package } from "./reader/package.ts";
export { Refusal } from "./reader/refusal.ts";
export type { ResidualModel, TrackPrediction } from "./reader/residual_model.ts";
export type { Skeleton } from "./reader/skeleton.ts";
export { SplatCloud } from "./reader/splat_cloud.ts";
