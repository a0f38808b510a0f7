import type { ClipGroup } from "./clip_group.ts";
import type { LevelAppearance } from "./level_appearance.ts";
import type { Manifest } from "./manifest.ts";
import type { ResidualModel } from "./residual_model.ts";
import type { Skeleton } from "./skeleton.ts";
import type { SplatCloud } from "./splat_cloud.ts";

export interface OpenOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Bytes that are here, of all. */
  onProgress?: (loaded: number, total: number) => void;
}

export declare class Package {
  readonly manifest: Manifest;
  readonly skeleton: Skeleton;
  /** Hexadecimal. */
  readonly digest: string;
  readonly hasDriver: boolean;
  static open(bytes: Uint8Array): Package;
  /** By HTTP ranges: only header, table, manifest and skeleton are here when it comes back. */
  static openUrl(url: string, options?: OpenOptions): Promise<Package>;
  /** What is needed to show levels 0 … levels − 1 in the rest pose; nothing where the whole file is here. */
  fetchAvatar(levels: number, signal?: AbortSignal): Promise<void>;
  fetchGroups(clip: number, first: number, count: number, signal?: AbortSignal): Promise<void>;
  fetchAll(signal?: AbortSignal): Promise<void>;
  readSplats(levels?: number): SplatCloud;
  hasAppearance(level: number): boolean;
  readAppearance(level: number, splats: SplatCloud): LevelAppearance;
  readModel(): ResidualModel | null;
  readGroup(clip: number, group: number, model: ResidualModel | null): ClipGroup;
  readThumbnail(): Uint8Array | null;
}
