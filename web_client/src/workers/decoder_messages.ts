import type { TrackNumbering } from "../packing/track_union.ts";
import type { ClipGroup } from "../reader/clip_group.ts";
import type { StoredGroup } from "../reader/group_reader.ts";
import type { DriverModel } from "../driver/driver_model.ts";
import type { ResidualModel } from "../reader/residual_model.ts";
import type { Skeleton } from "../reader/skeleton.ts";

/** What a page sends to the worker that decodes. A model comes once, before the groups of its clip. */
export type DecoderRequest =
  | { readonly kind: "model"; readonly avatar: number; readonly clip: number; readonly model: ResidualModel | null;
      readonly numbering: TrackNumbering }
  | { readonly kind: "group"; readonly avatar: number; readonly clip: number; readonly id: number; readonly stored: StoredGroup }
  | { readonly kind: "forget"; readonly avatar: number }
  | DriverRequest;

/** What it sends for a driver to be stepped: the driver once, then poses. */
export type DriverRequest =
  | { readonly kind: "driver"; readonly driver: number; readonly model: DriverModel; readonly skeleton: Skeleton;
      readonly nodeRestM: Float32Array }
  | { readonly kind: "step"; readonly driver: number; readonly rootTranslationM: Float64Array; readonly jointRotations: Float64Array;
      readonly seconds: number; readonly resets: boolean }
  | { readonly kind: "stop"; readonly driver: number };

/** A pose and what the driver made of it. */
export interface MovedNodes {
  /** [3], [J,4] as in `AvatarFrame`. */
  readonly rootTranslationM: Float64Array;
  readonly jointRotations: Float64Array;
  /** [M,3], [M,4] */
  readonly nodeDisplacementsM: Float64Array;
  readonly nodeRotations: Float64Array;
}

/** What it answers. */
export type DecoderAnswer = { readonly driver: number; readonly moved: MovedNodes } | GroupAnswer;

export type GroupAnswer =
  | { readonly id: number; readonly group: ClipGroup }
  | { readonly id: number; readonly refused: { code: string; subject: string; found: string; fix: string } }
  | { readonly id: number; readonly failed: string };
