import type { TrackNumbering } from "../packing/track_union.ts";
import type { ClipGroup } from "../reader/clip_group.ts";
import type { StoredGroup } from "../reader/group_reader.ts";
import type { ResidualModel } from "../reader/residual_model.ts";

/** What a page sends to the worker that decodes. A model comes once, before the groups of its clip. */
export type DecoderRequest =
  | { readonly kind: "model"; readonly avatar: number; readonly clip: number; readonly model: ResidualModel | null;
      readonly numbering: TrackNumbering }
  | { readonly kind: "group"; readonly avatar: number; readonly clip: number; readonly id: number; readonly stored: StoredGroup }
  | { readonly kind: "forget"; readonly avatar: number };

/** What it answers. */
export type DecoderAnswer =
  | { readonly id: number; readonly group: ClipGroup }
  | { readonly id: number; readonly refused: { code: string; subject: string; found: string; fix: string } }
  | { readonly id: number; readonly failed: string };
