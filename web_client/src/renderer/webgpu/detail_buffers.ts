import type { DetailSlot } from "../../packing/detail_slot.ts";
import type { GpuFrame } from "../../packing/gpu_frame.ts";
import type { PackedDetail } from "../../packing/packed_detail.ts";
import type { PackedParents } from "../../packing/packed_parents.ts";
import type { PlayableAvatar } from "../../player/playable_avatar.ts";
import { CHANNELS } from "../../reader/clip_group.ts";
import { HeldSlots } from "../core/held_slots.ts";
import { filledStorage, type GpuKernels, storage } from "./gpu_kernels.ts";

const SLOTS = 8;
const THREADS = 256;
// Two channels of two groups of four clips.
const KEPT_GROUPS = 16;

/** Detail of the frames around now, worked out on the GPU out of coefficients. */
export class DetailBuffers {
  /** Slots × channels × T × 3. */
  readonly detail: GPUBuffer;

  private readonly cosines: GPUBuffer;
  private readonly scaled: Float32Array<ArrayBuffer>;
  private readonly groups = new Map<PackedDetail, GPUBuffer>();
  private readonly parents = new Map<PackedParents, GPUBuffer>();
  private readonly held = new HeldSlots();
  private readonly planes: number;

  constructor(private readonly kernels: GpuKernels, private readonly avatar: PlayableAvatar, private readonly channels: number) {
    const { device } = kernels, frames = avatar.package.manifest.framesPerGroup;
    this.planes = avatar.detailChannelCount;
    this.detail = storage(device, 12 * SLOTS * this.planes * avatar.trackCount);
    this.scaled = new Float32Array(frames);
    this.cosines = storage(device, 4 * SLOTS * frames);
  }

  /** Records what slots lack. `sources`: of which detail is read. */
  record(pass: GPUComputePassEncoder, frame: GpuFrame, sources: number, gain: number): void {
    this.held.refresh(frame, sources, gain, (k, slot) => this.recordSlot(pass, k, slot, gain));
  }

  dispose(): void {
    for (const buffer of [this.detail, this.cosines, ...this.groups.values(), ...this.parents.values()]) {
      buffer.destroy();
    }
  }

  private recordSlot(pass: GPUComputePassEncoder, number: number, slot: DetailSlot | null, gain: number): void {
    const { kernels, avatar, planes, scaled } = this, start = 3 * avatar.trackCount * planes * number;
    const firstCosine = scaled.length * number, group = slot?.group?.decoded ?? null;
    if (slot !== null) {
      // A frame is a sum of cosines, so a share of it is one of shares of them.
      scaled.forEach((_, f) => {
        scaled[f] = gain * slot.cosines[f];
      });
      kernels.device.queue.writeBuffer(this.cosines, 4 * firstCosine, scaled);
    }
    for (let channel = 0; channel < CHANNELS.length; channel++) {
      const place = avatar.placeOf(channel);
      if (place >= 0) {
        const packed = group === null ? avatar.noDetail : avatar.detailOf(group, channel);
        const resources = { _Group: this.groupOf(packed), _Cosines: this.cosines, _Detail: this.detail };
        const uniforms = { _FirstCosine: firstCosine, _DetailStart: start + 3 * avatar.trackCount * place };
        kernels.dispatch(pass, "detailCosines", resources, uniforms, Math.ceil(packed.words[1] / THREADS));
      }
    }
    const parents = slot === null ? null : avatar.parentsOf(slot.clip);
    for (const stage of parents?.stages ?? []) {
      const uniforms = {
        _FirstParents: stage.first, _StageTracks: stage.count, _Tracks: avatar.trackCount, _Channels: this.channels, _DetailStart: start,
      };
      const resources = { _Parents: this.parentsOf(parents!), _Detail: this.detail };
      kernels.dispatch(pass, "detailParents", resources, uniforms, Math.ceil(stage.count / THREADS), planes);
    }
  }

  private groupOf(packed: PackedDetail): GPUBuffer {
    const buffer = this.groups.get(packed) ?? filledStorage(this.kernels.device, packed.words);
    // The one that was used longest ago is the first.
    this.groups.delete(packed);
    this.groups.set(packed, buffer);
    if (this.groups.size > KEPT_GROUPS) {
      const [oldest, stale] = this.groups.entries().next().value!;
      this.groups.delete(oldest);
      stale.destroy();
    }
    return buffer;
  }

  private parentsOf(packed: PackedParents): GPUBuffer {
    let buffer = this.parents.get(packed);
    if (buffer === undefined) {
      buffer = filledStorage(this.kernels.device, packed.words);
      this.parents.set(packed, buffer);
    }
    return buffer;
  }
}
