import type { RootMotion } from "../player/clip_timeline.ts";
import type { CameraView } from "./camera_view.ts";

/** One picture that the page asks for. */
export interface PictureOrder {
  readonly clip: number;
  readonly timeS: number;
  readonly level: number;
  /** Share of the residual layer for each picture that is wanted: 0 is rigid, 1 as baked. */
  readonly gains: readonly number[];
  readonly root: RootMotion;
  readonly camera: CameraView;
}

export type SceneRequest =
  | { readonly kind: "open"; readonly source: string | Uint8Array; readonly token: string | null }
  /** `spent`: buffers of pictures that were drawn, to be filled again. */
  | { readonly kind: "paint"; readonly order: PictureOrder; readonly spent: readonly ArrayBuffer[] };

export interface ClipFacts {
  readonly name: string;
  readonly fps: number;
  readonly durationS: number;
  readonly frameCount: number;
  readonly loops: boolean;
  readonly hasResidual: boolean;
  readonly inPlace: boolean;
}

export interface AvatarFacts {
  readonly name: string;
  readonly digest: string;
  readonly levelSizes: readonly number[];
  readonly clips: readonly ClipFacts[];
}

/** Gaussians on screen, from far to near: 8 `uint`s each (ScreenSplats). */
export interface ScreenLayer {
  readonly texels: ArrayBuffer;
  readonly count: number;
}

export interface PictureTimes {
  readonly decodeMs: number;
  readonly deformMs: number;
  readonly sortMs: number;
}

/** Where the avatar stands, metres. */
export interface Bounds {
  readonly low: readonly [number, number, number];
  readonly high: readonly [number, number, number];
}

export interface RefusalFacts {
  readonly code: string;
  readonly subject: string;
  readonly found: string;
  readonly fix: string;
  readonly family: string;
}

export type SceneAnswer =
  | { readonly kind: "opened"; readonly facts: AvatarFacts }
  | { readonly kind: "progress"; readonly loaded: number; readonly total: number }
  | {
    readonly kind: "picture"; readonly layers: readonly ScreenLayer[]; readonly times: PictureTimes;
    readonly bounds: Bounds; readonly timeS: number; readonly gaussians: number;
  }
  /** What is to be shown is not here yet. */
  | { readonly kind: "waiting" }
  | { readonly kind: "refused"; readonly refusal: RefusalFacts };
