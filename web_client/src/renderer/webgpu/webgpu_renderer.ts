import type { GpuFrame } from "../../packing/gpu_frame.ts";
import type { PlayableAvatar } from "../../player/playable_avatar.ts";
import type { Camera } from "../core/camera.ts";
import { GraphicsError } from "../core/graphics_error.ts";
import type { DrawOptions, DrawTimes, Renderer } from "../core/renderer.ts";
import { AvatarBuffers } from "./avatar_buffers.ts";
import { GpuKernels } from "./gpu_kernels.ts";
import { SplatPictures } from "./splat_pictures.ts";
import { ViewBuffers } from "./view_buffers.ts";

interface OnDevice {
  kernels: GpuKernels;
  pictures: SplatPictures;
  avatar: AvatarBuffers | null;
  view: ViewBuffers | null;
}

/** Draws by WebGPU: detail, deformation, view and sort are kernels. */
export class WebGpuRenderer implements Renderer {
  readonly backend = "webgpu";
  readonly times: DrawTimes = { detailMs: -1, deformMs: 0, sortMs: -1, submitMs: 0, gaussians: 0, drawn: 0 };
  onLost: ((isLost: boolean) => void) | null = null;

  private readonly context: GPUCanvasContext;
  private on: OnDevice | null = null;
  private source: { avatar: PlayableAvatar; level: number } | null = null;
  private isDisposed = false;

  /** A GraphicsError where there is no WebGPU, or a software one while `takesSoftware` is false. */
  static async create(canvas: HTMLCanvasElement | OffscreenCanvas, takesSoftware = true): Promise<WebGpuRenderer> {
    const device = await requestDevice(takesSoftware);
    const context = canvas.getContext("webgpu") as GPUCanvasContext | null;
    if (context === null) {
      throw new GraphicsError("this canvas gives no WebGPU", "Hand over a canvas that nothing has drawn on.");
    }
    return new WebGpuRenderer(canvas, context, device);
  }

  private constructor(private readonly canvas: HTMLCanvasElement | OffscreenCanvas, context: GPUCanvasContext, device: GPUDevice) {
    this.context = context;
    this.begin(device);
  }

  setAvatar(avatar: PlayableAvatar, level = avatar.package.manifest.levelSizes.length - 1): void {
    this.source = { avatar, level };
    this.upload();
  }

  sphere(frame: GpuFrame): { centreM: [number, number, number]; radiusM: number } {
    return this.needed().avatar.reach.sphere(frame);
  }

  draw(frame: GpuFrame, camera: Camera, options: DrawOptions = {}): void {
    if (this.on === null) {
      return;
    }
    const begin = performance.now(), { kernels, pictures, avatar, view } = this.needed(), { canvas, times } = this;
    if (canvas.width !== camera.widthPx || canvas.height !== camera.heightPx) {
      canvas.width = camera.widthPx;
      canvas.height = camera.heightPx;
    }
    const encoder = kernels.device.createCommandEncoder(), pass = encoder.beginComputePass();
    avatar.deform(pass, frame, options.residual ?? 1, options.level);
    view.record(pass, camera, avatar.reach.depths(frame, camera.toCamera));
    pass.end();
    pictures.record(encoder, this.context.getCurrentTexture().createView(), view, avatar.count, camera, options);
    kernels.submit(encoder);
    times.gaussians = times.drawn = avatar.count;
    times.submitMs = performance.now() - begin;
  }

  dispose(): void {
    this.isDisposed = true;
    this.on?.kernels.device.destroy();
    this.on = null;
  }

  private begin(device: GPUDevice): void {
    const format = navigator.gpu.getPreferredCanvasFormat(), kernels = new GpuKernels(device);
    const usage = GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC;
    this.context.configure({ device, format, usage, alphaMode: "premultiplied" });
    this.on = { kernels, pictures: new SplatPictures(kernels, format), avatar: null, view: null };
    void device.lost.then(() => this.lose());
    this.upload();
  }

  private upload(): void {
    const { on, source } = this;
    if (on !== null && source !== null) {
      on.view?.dispose();
      on.avatar?.dispose();
      on.avatar = new AvatarBuffers(on.kernels, source.avatar, source.level);
      on.view = new ViewBuffers(on.kernels, on.avatar);
    }
  }

  private async lose(): Promise<void> {
    if (this.isDisposed) {
      return;
    }
    this.on = null;
    this.onLost?.(true);
    try {
      this.begin(await requestDevice(true));
      this.onLost?.(false);
    } catch {
      // It stays lost, as `onLost` has said.
    }
  }

  private needed(): { kernels: GpuKernels; pictures: SplatPictures; avatar: AvatarBuffers; view: ViewBuffers } {
    const { on } = this;
    if (on === null || on.avatar === null || on.view === null) {
      throw new Error("draw before setAvatar");
    }
    return { ...on, avatar: on.avatar, view: on.view };
  }
}

async function requestDevice(takesSoftware: boolean): Promise<GPUDevice> {
  const adapter = "gpu" in navigator ? await navigator.gpu.requestAdapter({ powerPreference: "high-performance" }) : null;
  if (adapter === null || (!takesSoftware && adapter.info.isFallbackAdapter)) {
    throw new GraphicsError("this browser gives no WebGPU", "Use WebGL2, or a newer browser.");
  }
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  return adapter.requestDevice({ requiredLimits: { maxStorageBufferBindingSize, maxBufferSize } });
}
