import type { GpuFrame } from "../../packing/gpu_frame.ts";
import type { PlayableAvatar } from "../../player/playable_avatar.ts";
import type { Camera } from "../core/camera.ts";
import { GraphicsError } from "../core/graphics_error.ts";
import type { DrawOptions, DrawTimes, Renderer } from "../core/renderer.ts";
import { AvatarTextures } from "./avatar_textures.ts";
import { Compositor, SplatDrawing } from "./splat_drawing.ts";

interface Uploaded {
  avatar: AvatarTextures;
  drawing: SplatDrawing;
}

/** Draws by WebGL2, which every browser has. */
export class WebGl2Renderer implements Renderer {
  readonly backend = "webgl2";
  readonly times: DrawTimes = { detailMs: 0, deformMs: 0, sortMs: 0, submitMs: 0, gaussians: 0, drawn: 0 };
  onLost: ((isLost: boolean) => void) | null = null;

  private readonly gl: WebGL2RenderingContext;
  private readonly hasHalfFloats: boolean;
  private compositor: Compositor | null = null;
  private uploaded: Uploaded | null = null;
  private source: { avatar: PlayableAvatar; level: number } | null = null;
  private target: { framebuffer: WebGLFramebuffer; texture: WebGLTexture; widthPx: number; heightPx: number } | null = null;

  constructor(private readonly canvas: HTMLCanvasElement | OffscreenCanvas) {
    const gl = canvas.getContext("webgl2", { antialias: false, depth: false, stencil: false, premultipliedAlpha: true, preserveDrawingBuffer: true });
    if (gl === null) {
      throw new GraphicsError(
        "this browser gives no WebGL2", "Turn hardware acceleration on in its settings, or use a newer browser.",
      );
    }
    this.gl = gl as WebGL2RenderingContext;
    this.hasHalfFloats = this.gl.getExtension("EXT_color_buffer_float") !== null || this.gl.getExtension("EXT_color_buffer_half_float") !== null;
    canvas.addEventListener("webglcontextlost", this.lose);
    canvas.addEventListener("webglcontextrestored", this.restore);
  }

  setAvatar(avatar: PlayableAvatar, level = avatar.package.manifest.levelSizes.length - 1): void {
    this.source = { avatar, level };
    this.upload();
  }

  sphere(frame: GpuFrame): { centreM: [number, number, number]; radiusM: number } {
    return this.needed().avatar.reach.sphere(frame);
  }

  draw(frame: GpuFrame, camera: Camera, options: DrawOptions = {}): void {
    const { gl, times } = this;
    if (gl.isContextLost()) {
      return;
    }
    const begin = performance.now(), { avatar, drawing } = this.needed(), exact = options.exact ?? false;
    gl.disable(gl.BLEND);
    gl.disable(gl.SCISSOR_TEST);
    avatar.deform(frame, options.residual ?? 1, options.level);
    drawing.see(camera, avatar.reach.depths(frame, camera.toCamera), [0, 0], exact);
    this.paint(drawing, camera, options);
    times.detailMs = avatar.detailMs;
    times.sortMs = drawing.sortMs;
    times.gaussians = avatar.count;
    times.drawn = drawing.order.seenCount;
    times.submitMs = performance.now() - begin - times.detailMs - times.sortMs;
  }

  dispose(): void {
    this.canvas.removeEventListener("webglcontextlost", this.lose);
    this.canvas.removeEventListener("webglcontextrestored", this.restore);
    this.release();
    this.compositor?.dispose();
    this.dropTarget();
  }

  private paint(
    drawing: SplatDrawing, camera: Camera, { background = [0, 0, 0, 0], columns = [0, 1], exact = false }: DrawOptions,
  ): void {
    const { gl, canvas } = this, { widthPx, heightPx } = camera;
    if (canvas.width !== widthPx || canvas.height !== heightPx) {
      canvas.width = widthPx;
      canvas.height = heightPx;
    }
    const from = Math.round(columns[0] * widthPx), to = Math.round(columns[1] * widthPx);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(from, 0, Math.max(0, to - from), heightPx);
    gl.viewport(0, 0, widthPx, heightPx);
    const texture = exact && this.hasHalfFloats ? this.bindTarget(widthPx, heightPx) : null;
    if (texture === null) {
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      this.clear(background);
    } else {
      this.clear([0, 0, 0, 0]);
    }
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    drawing.draw(camera);
    if (texture !== null) {
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      this.clear(background);
      (this.compositor ??= new Compositor(gl)).run(texture);
    }
    gl.disable(gl.SCISSOR_TEST);
  }

  private clear(background: DrawOptions["background"]): void {
    if (background) {
      this.gl.clearColor(...background);
      this.gl.clear(this.gl.COLOR_BUFFER_BIT);
    }
  }

  // Half floats: with eight bits each layer rounds. While it plays nobody sees that (53 dB, not 54), and it takes half the time.
  private bindTarget(widthPx: number, heightPx: number): WebGLTexture {
    const { gl } = this;
    if (this.target?.widthPx !== widthPx || this.target.heightPx !== heightPx) {
      this.dropTarget();
      const texture = gl.createTexture(), framebuffer = gl.createFramebuffer();
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA16F, widthPx, heightPx);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
      this.target = { framebuffer, texture, widthPx, heightPx };
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.target.framebuffer);
    return this.target.texture;
  }

  private dropTarget(): void {
    if (this.target !== null) {
      this.gl.deleteFramebuffer(this.target.framebuffer);
      this.gl.deleteTexture(this.target.texture);
      this.target = null;
    }
  }

  private needed(): Uploaded {
    if (this.uploaded === null) {
      throw new Error("draw before setAvatar");
    }
    return this.uploaded;
  }

  private upload(): void {
    this.release();
    if (this.source !== null && !this.gl.isContextLost()) {
      const avatar = new AvatarTextures(this.gl, this.source.avatar, this.source.level);
      this.uploaded = { avatar, drawing: new SplatDrawing(this.gl, avatar) };
    }
  }

  private release(): void {
    this.uploaded?.drawing.dispose();
    this.uploaded?.avatar.dispose();
    this.uploaded = null;
  }

  private readonly lose = (event: Event): void => {
    // Else the browser gives no other.
    event.preventDefault();
    this.onLost?.(true);
  };

  private readonly restore = (): void => {
    this.uploaded = this.target = this.compositor = null;
    this.gl.getExtension("EXT_color_buffer_float");
    this.gl.getExtension("EXT_color_buffer_half_float");
    this.upload();
    this.onLost?.(false);
  };
}
