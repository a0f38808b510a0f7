import * as generated from "../../generated/webgpu_kernels.ts";
import { GraphicsError } from "../core/graphics_error.ts";

const { LAYOUTS } = generated;

export type KernelName = keyof typeof LAYOUTS;
export type Uniforms = Readonly<Record<string, number | ArrayLike<number>>>;
export type Resources = Readonly<Record<string, GPUBuffer | GPUTextureView>>;

/** A uniform whose numbers are counts; others are floats. */
const COUNTS = new Set([
  "_FirstCosine", "_DetailStart", "_FirstParents", "_StageTracks", "_Tracks", "_Channels", "_LookCount", "_NextLookCount",
  "_Gaussians", "_Sources", "_Shapes", "_ShapeGaussians", "_First", "_AllGaussians", "_Eyes", "_Degree", "_Orthographic",
  "_Groups", "_Shift", "_Instances", "_LinearTarget",
]);
// Bytes of the uniforms of one dispatch; those of `Deform` are most.
const SLICE = 512;
const SLICES = 256;

/** Pipelines of the kernels, and the uniforms of what is recorded. */
export class GpuKernels {
  private readonly modules = new Map<KernelName, GPUShaderModule>();
  private readonly pipelines = new Map<string, GPUComputePipeline>();
  private readonly block = new DataView(new ArrayBuffer(SLICE * SLICES));
  private readonly uniforms: GPUBuffer;
  private slices = 0;

  constructor(readonly device: GPUDevice) {
    this.uniforms = device.createBuffer({ size: SLICE * SLICES, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  }

  module(name: KernelName): GPUShaderModule {
    let module = this.modules.get(name);
    if (module === undefined) {
      module = this.device.createShaderModule({ code: generated[name], label: name });
      this.modules.set(name, module);
    }
    return module;
  }

  /** Records a kernel. */
  dispatch(pass: GPUComputePassEncoder, name: KernelName, resources: Resources, uniforms: Uniforms, x: number, y = 1): void {
    let pipeline = this.pipelines.get(name);
    if (pipeline === undefined) {
      const compute = { module: this.module(name), entryPoint: LAYOUTS[name].entry };
      pipeline = this.device.createComputePipeline({ layout: "auto", compute, label: name });
      this.pipelines.set(name, pipeline);
    }
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.bind(pipeline, name, resources, uniforms));
    pass.dispatchWorkgroups(x, y);
  }

  /** What a stage reads. */
  bind(pipeline: GPUComputePipeline | GPURenderPipeline, name: KernelName, resources: Resources, uniforms: Uniforms): GPUBindGroup {
    const entries: GPUBindGroupEntry[] = [];
    for (const [buffer, binding] of Object.entries<number>(LAYOUTS[name].bindings)) {
      if (buffer === "globalParams") {
        const offset = this.write(name, uniforms), size = LAYOUTS[name].uniformBytes;
        entries.push({ binding, resource: { buffer: this.uniforms, offset, size } });
      } else {
        const resource = resources[buffer];
        entries.push({ binding, resource: "size" in resource ? { buffer: resource } : resource });
      }
    }
    return this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries, label: name });
  }

  /** Hands what was recorded to the GPU. */
  submit(encoder: GPUCommandEncoder): void {
    this.device.queue.writeBuffer(this.uniforms, 0, this.block.buffer, 0, SLICE * this.slices);
    this.device.queue.submit([encoder.finish()]);
    this.slices = 0;
  }

  private write(name: KernelName, uniforms: Uniforms): number {
    if (this.slices === SLICES) {
      throw new GraphicsError(`more than ${SLICES} kernels in one picture`, "Show fewer clips at once.");
    }
    const start = SLICE * this.slices++;
    for (const [uniform, offset] of Object.entries<number>(LAYOUTS[name].uniforms)) {
      const value = uniforms[uniform] ?? 0, values = typeof value === "number" ? [value] : value;
      for (let k = 0; k < values.length; k++) {
        if (COUNTS.has(uniform)) {
          this.block.setUint32(start + offset + 4 * k, values[k], true);
        } else {
          this.block.setFloat32(start + offset + 4 * k, values[k], true);
        }
      }
    }
    return start;
  }
}

/** A buffer that kernels read and write. */
export function storage(device: GPUDevice, bytes: number, more = 0): GPUBuffer {
  const size = Math.max(16, Math.ceil(bytes / 16) * 16), most = device.limits.maxStorageBufferBindingSize;
  if (size > most) {
    throw new GraphicsError(`this avatar needs a buffer of ${size} bytes; the graphics device has ${most}`, "Show a lower level of detail.");
  }
  return device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | more });
}

export function filledStorage(device: GPUDevice, values: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): GPUBuffer {
  const buffer = storage(device, values.byteLength);
  device.queue.writeBuffer(buffer, 0, values);
  return buffer;
}
