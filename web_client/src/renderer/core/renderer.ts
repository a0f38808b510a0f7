import type { GpuFrame } from "../../packing/gpu_frame.ts";
import type { PlayableAvatar } from "../../player/playable_avatar.ts";
import type { Camera } from "./camera.ts";

export interface DrawOptions {
  /** Share of cloth, hair and detail that is shown: 0 rigid, 1 as baked; up to 2. */
  residual?: number;
  /** Level of detail, of those that were uploaded, by default the last; 2.25 is a quarter of the way from 2 to 3. */
  level?: number;
  /** [from, to] part of the picture's width that is drawn; the rest stays as it was. */
  columns?: readonly [number, number];
  /** [r, g, b, a] as displayed, premultiplied, behind the avatar; null leaves what is there. Clear by default. */
  background?: readonly [number, number, number, number] | null;
  /**
   * As stills need it: waits for the depth order of this very pose, and blends in half floats. Else WebGL2 is content with the
   * order of the frame before, and with the canvas's eight bits.
   */
  exact?: boolean;
}

/** Milliseconds of CPU of the last picture; −1 where a GPU did it. */
export interface DrawTimes {
  detailMs: number;
  /** Posing on the CPU; 0 where a GPU does it. */
  deformMs: number;
  sortMs: number;
  /** What was handed to the GPU, without what it then does. */
  submitMs: number;
  gaussians: number;
  drawn: number;
}

/** Draws one avatar into a canvas. */
export interface Renderer {
  readonly backend: "webgl2" | "webgpu" | "software";
  readonly times: DrawTimes;
  /** Called with true when the browser takes the GPU away, with false once all is uploaded again. */
  onLost: ((isLost: boolean) => void) | null;
  /** Uploads an avatar; its levels 0 … level have to be here. */
  setAvatar(avatar: PlayableAvatar, level?: number): void;
  /** A sphere around the avatar in a frame, metres. */
  sphere(frame: GpuFrame): { centreM: [number, number, number]; radiusM: number };
  /** The canvas takes the size of the camera's picture. */
  draw(frame: GpuFrame, camera: Camera, options?: DrawOptions): void;
  dispose(): void;
}
