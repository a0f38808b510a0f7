import type { GpuFrame } from "../../packing/gpu_frame.ts";
import type { PlayableAvatar } from "../../player/playable_avatar.ts";
import type { Camera } from "../core/camera.ts";
import type { DrawOptions } from "../core/renderer.ts";
import { AvatarTextures } from "./avatar_textures.ts";
import { keepingState } from "./kept_state.ts";
import { SplatDrawing } from "./splat_drawing.ts";

/** What an engine's camera sees: view and projection as WebGL has them, column by column, and the size of the target. */
export interface EngineView {
  /** Avatar to the engine's camera: x right, y up, z backwards. */
  readonly modelView: ArrayLike<number>;
  /** A perspective one. */
  readonly projection: ArrayLike<number>;
}

export type EmbeddedOptions = Pick<DrawOptions, "residual" | "exact" | "level">;

/** An avatar in a scene of another engine: drawn into what the engine has bound, behind what stands before it. */
export class EmbeddedAvatar {
  private readonly textures: AvatarTextures;
  private readonly drawing: SplatDrawing;

  /** All levels up to `level`, the last by default, have to be here. */
  constructor(
    private readonly gl: WebGL2RenderingContext, avatar: PlayableAvatar, level = avatar.package.manifest.levelSizes.length - 1,
  ) {
    let made: [AvatarTextures, SplatDrawing] | null = null;
    keepingState(gl, () => {
      const textures = new AvatarTextures(gl, avatar, level);
      made = [textures, new SplatDrawing(gl, textures)];
    });
    [this.textures, this.drawing] = made!;
  }

  /**
   * Draws after what is opaque. It is tested against the engine's depth and writes none; colours are as displayed. `exact`
   * waits for the depth order of this very pose.
   */
  draw(frame: GpuFrame, view: EngineView, { residual = 1, exact = false, level }: EmbeddedOptions = {}): void {
    const { gl } = this, viewport = gl.getParameter(gl.VIEWPORT) as Int32Array;
    const target = gl.getParameter(gl.DRAW_FRAMEBUFFER_BINDING) as WebGLFramebuffer | null;
    const camera = pinhole(view, viewport[2], viewport[3]), p = view.projection;
    keepingState(gl, () => {
      this.textures.deform(frame, residual, level);
      this.drawing.see(camera, this.textures.reach.depths(frame, camera.toCamera), [-p[10], p[14]], exact);
      gl.bindFramebuffer(gl.FRAMEBUFFER, target);
      gl.viewport(viewport[0], viewport[1], viewport[2], viewport[3]);
      gl.enable(gl.DEPTH_TEST);
      gl.depthFunc(gl.LEQUAL);
      gl.depthMask(false);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      this.drawing.draw(camera);
    });
  }

  dispose(): void {
    this.drawing.dispose();
    this.textures.dispose();
  }
}

/** The camera of shaders/README.md: y down, z forward, pixels from the upper left corner. */
export function pinhole({ modelView: m, projection: p }: EngineView, widthPx: number, heightPx: number): Camera {
  const row = (axis: number, sign: number): number[] => [m[axis], m[4 + axis], m[8 + axis], m[12 + axis]].map((value) => sign * value);
  return {
    toCamera: [...row(0, 1), ...row(1, -1), ...row(2, -1)], focalPx: [(widthPx / 2) * p[0], (heightPx / 2) * p[5]],
    centrePx: [(widthPx / 2) * (1 - p[8]), (heightPx / 2) * (1 + p[9])], widthPx, heightPx,
  };
}
