import type { Camera } from "../core/camera.ts";
import type { AvatarBuffers } from "./avatar_buffers.ts";
import { type GpuKernels, storage } from "./gpu_kernels.ts";

const THREADS = 256;
const KEYS_A_GROUP = 1024;
const DIGITS = 16;
const SHIFTS = [0, 4, 8, 12];
const NEAR_M = 0.01;
const FAR_M = 1e10;

/** What one camera sees of an avatar, from far to near. */
export class ViewBuffers {
  readonly views: GPUBuffer;
  readonly arguments: GPUBuffer;

  private readonly keys: [GPUBuffer, GPUBuffer];
  private readonly orders: [GPUBuffer, GPUBuffer];
  private readonly counts: GPUBuffer;

  constructor(private readonly kernels: GpuKernels, private readonly avatar: AvatarBuffers) {
    const { device } = kernels, count = avatar.room;
    this.views = storage(device, 32 * count);
    this.keys = [storage(device, 4 * count), storage(device, 4 * count)];
    this.orders = [storage(device, 4 * count), storage(device, 4 * count)];
    this.counts = storage(device, 4 * DIGITS * (groupsOf(count) + 1));
    this.arguments = storage(device, 16, GPUBufferUsage.INDIRECT);
  }

  /** Numbers of Gaussians, sorted once `record` has run. */
  get order(): GPUBuffer {
    return this.orders[0];
  }

  record(pass: GPUComputePassEncoder, camera: Camera, depths: readonly [number, number]): void {
    const { kernels, avatar } = this, { count } = avatar;
    kernels.dispatch(pass, "view", {
      _Posed: avatar.posed, _Harmonics: avatar.harmonics, _Views: this.views, _Keys: this.keys[0], _Order: this.orders[0],
    }, {
      _Gaussians: count, _AllGaussians: count, _Eyes: 1, _Degree: avatar.degree, _ToCamera: camera.toCamera,
      _Lens: [...camera.focalPx, ...camera.centrePx], _Picture: [camera.widthPx, camera.heightPx, 0, 0],
      _Range: [NEAR_M, FAR_M, ...depths], _Tint: [1, 1, 1, 1],
    }, Math.ceil(count / THREADS));
    SHIFTS.forEach((shift, round) => this.recordRound(pass, shift, round & 1));
    const uniforms = { _AllGaussians: count, _Instances: 1 };
    kernels.dispatch(pass, "drawArguments", { _Keys: this.keys[0], _Arguments: this.arguments }, uniforms, 1);
  }

  dispose(): void {
    [this.views, this.arguments, ...this.keys, ...this.orders, this.counts].forEach((buffer) => buffer.destroy());
  }

  private recordRound(pass: GPUComputePassEncoder, shift: number, from: number): void {
    const { kernels, keys, orders } = this, to = 1 - from, groups = groupsOf(this.avatar.count);
    const uniforms = { _AllGaussians: this.avatar.count, _Groups: groups, _Shift: shift };
    const resources = {
      _KeysIn: keys[from], _OrderIn: orders[from], _KeysOut: keys[to], _OrderOut: orders[to], _Counts: this.counts,
    };
    kernels.dispatch(pass, "sortCount", resources, uniforms, groups);
    kernels.dispatch(pass, "sortScan", resources, uniforms, DIGITS);
    kernels.dispatch(pass, "sortScatter", resources, uniforms, groups);
  }
}

function groupsOf(count: number): number {
  return Math.max(1, Math.ceil(count / KEYS_A_GROUP));
}
