import type { Camera } from "../core/camera.ts";
import type { DrawOptions } from "../core/renderer.ts";
import { LAYOUTS } from "../../generated/webgpu_kernels.ts";
import type { GpuKernels } from "./gpu_kernels.ts";
import type { ViewBuffers } from "./view_buffers.ts";

const COLOUR = "rgba16float";
const OVER: GPUBlendComponent = { srcFactor: "one", dstFactor: "one-minus-src-alpha", operation: "add" };
const BLEND: GPUBlendState = { color: OVER, alpha: OVER };

interface Target {
  texture: GPUTexture;
  view: GPUTextureView;
}

/** Pictures of splats, and how they come onto a canvas. */
export class SplatPictures {
  private readonly drawing: GPURenderPipeline;
  private readonly compositing: GPURenderPipeline;
  private whole: Target | null = null;
  private part: Target | null = null;

  constructor(private readonly kernels: GpuKernels, format: GPUTextureFormat) {
    this.drawing = this.pipeline("drawVertex", "drawFragment", COLOUR);
    this.compositing = this.pipeline("compositeVertex", "compositeFragment", format);
  }

  /** Draws what a camera sees, and lays it over `canvas`. */
  record(
    encoder: GPUCommandEncoder, canvas: GPUTextureView, view: ViewBuffers, count: number, camera: Camera,
    { background = [0, 0, 0, 0], columns = [0, 1] }: DrawOptions,
  ): void {
    const { widthPx: width, heightPx: height } = camera;
    this.fit(width, height);
    const from = Math.round(columns[0] * width), size = Math.max(0, Math.round(columns[1] * width) - from);
    const isWhole = size === width, target = isWhole ? this.whole! : this.part!;
    const pass = encoder.beginRenderPass({ colorAttachments: [{ view: target.view, loadOp: "clear", storeOp: "store" }] });
    const uniforms = { _AllGaussians: count, _ToTarget: [2 / width, -2 / height, -1, 1] };
    pass.setPipeline(this.drawing);
    pass.setScissorRect(from, 0, size, height);
    pass.setBindGroup(0, this.kernels.bind(this.drawing, "drawVertex", { _Views: view.views, _Order: view.order }, uniforms));
    pass.drawIndirect(view.arguments, 0);
    pass.end();
    if (!isWhole && size > 0) {
      const origin = [from, 0];
      encoder.copyTextureToTexture({ texture: target.texture, origin }, { texture: this.whole!.texture, origin }, [size, height]);
    }
    this.composite(encoder, canvas, background);
  }

  dispose(): void {
    this.whole?.texture.destroy();
    this.part?.texture.destroy();
  }

  private composite(encoder: GPUCommandEncoder, canvas: GPUTextureView, background: DrawOptions["background"]): void {
    const load: GPURenderPassColorAttachment = background
      ? { view: canvas, loadOp: "clear", clearValue: [...background], storeOp: "store" }
      : { view: canvas, loadOp: "load", storeOp: "store" };
    const pass = encoder.beginRenderPass({ colorAttachments: [load] });
    pass.setPipeline(this.compositing);
    const resources = { _Colour: this.whole!.view };
    pass.setBindGroup(0, this.kernels.bind(this.compositing, "compositeFragment", resources, { _LinearTarget: 0 }));
    pass.draw(3);
    pass.end();
  }

  private fit(width: number, height: number): void {
    if (this.whole?.texture.width !== width || this.whole.texture.height !== height) {
      this.dispose();
      this.whole = this.target(width, height);
      this.part = this.target(width, height);
    }
  }

  private target(width: number, height: number): Target {
    const usage = GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_SRC | GPUTextureUsage.COPY_DST;
    const texture = this.kernels.device.createTexture({ size: [width, height], format: COLOUR, usage });
    return { texture, view: texture.createView() };
  }

  private pipeline(
    vertex: "drawVertex" | "compositeVertex", fragment: "drawFragment" | "compositeFragment", format: GPUTextureFormat,
  ): GPURenderPipeline {
    const { kernels } = this;
    return kernels.device.createRenderPipeline({
      layout: "auto", label: vertex, vertex: { module: kernels.module(vertex), entryPoint: LAYOUTS[vertex].entry },
      fragment: { module: kernels.module(fragment), entryPoint: LAYOUTS[fragment].entry, targets: [{ format, blend: BLEND }] },
    });
  }
}
