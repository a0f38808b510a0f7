import type { GpuFrame } from "../../packing/gpu_frame.ts";
import type { PlayableAvatar } from "../../player/playable_avatar.ts";
import { gaussiansOf } from "../../reader/manifest.ts";
import { AvatarReach } from "../core/avatar_reach.ts";
import { scaleNodes } from "../core/residual_gain.ts";
import { DetailBuffers } from "./detail_buffers.ts";
import { filledStorage, type GpuKernels, storage } from "./gpu_kernels.ts";

const CHANNEL_BITS = [1, 2, 4, 8];
const THREADS = 256;

/** An avatar on the GPU: what its package holds, and its Gaussians in the pose that is shown. */
export class AvatarBuffers {
  readonly count: number;
  readonly degree: number;
  readonly harmonics: GPUBuffer;
  readonly posed: GPUBuffer;
  readonly reach: AvatarReach;

  private readonly splats: GPUBuffer;
  private readonly looks: GPUBuffer;
  private readonly lookCount: number;
  private readonly joints: GPUBuffer;
  private readonly nodes: GPUBuffer;
  private readonly nothing: GPUBuffer;
  private readonly ownNodes: Float32Array<ArrayBuffer>;
  private readonly nodeRestM: Float32Array;
  private readonly detail: DetailBuffers;
  private readonly channels: number;
  private shown = "";

  constructor(private readonly kernels: GpuKernels, private readonly avatar: PlayableAvatar, level: number) {
    const { device } = kernels, { manifest, skeleton } = avatar.package, levels = level + 1, packed = avatar.packSplats(levels);
    this.count = gaussiansOf(manifest, levels);
    this.degree = packed.shDegree;
    this.splats = filledStorage(device, packed.splats);
    this.harmonics = filledStorage(device, packed.harmonics);
    const look = levels === manifest.levelSizes.length ? null : avatar.packLook(level);
    this.looks = filledStorage(device, look?.words ?? new Uint32Array(4));
    this.lookCount = look?.count ?? 0;
    this.joints = storage(device, 64 * avatar.jointCount);
    this.nodes = storage(device, 32 * avatar.nodeCount);
    this.nothing = storage(device, 48);
    this.posed = storage(device, 48 * this.count);
    this.ownNodes = new Float32Array(8 * avatar.nodeCount);
    this.nodeRestM = avatar.model?.nodeRestM ?? new Float32Array(0);
    this.channels = CHANNEL_BITS.reduce((sum, bit, channel) => sum + (avatar.placeOf(channel) >= 0 ? bit : 0), 0);
    this.detail = new DetailBuffers(kernels, avatar, this.channels);
    this.reach = new AvatarReach(skeleton, avatar.package.readSplats(levels));
  }

  /** Records the pose; nothing where the Gaussians have it already. */
  deform(pass: GPUComputePassEncoder, frame: GpuFrame, gain: number): void {
    const state = `${frame.version} ${gain} ${frame.slots.map(({ version }) => version).join()} ${frame.sources
      .map(({ fraction, share }) => `${fraction},${share}`)
      .join()}`;
    if (state === this.shown) {
      return;
    }
    this.shown = state;
    const { queue } = this.kernels.device;
    queue.writeBuffer(this.joints, 0, frame.joints as Float32Array<ArrayBuffer>);
    scaleNodes(frame.nodes, this.nodeRestM, gain, this.ownNodes);
    queue.writeBuffer(this.nodes, 0, gain === 1 ? (frame.nodes as Float32Array<ArrayBuffer>) : this.ownNodes);
    const sources = gain === 0 || this.channels === 0 ? 0 : frame.sourceCount;
    this.detail.record(pass, frame, sources, gain);
    this.kernels.dispatch(pass, "deform", {
      _Splats: this.splats, _Looks: this.looks, _NextLooks: this.looks, _Joints: this.joints, _Nodes: this.nodes,
      _Detail: this.detail.detail, _Correctives: this.nothing, _Posed: this.posed,
    }, {
      _Gaussians: this.count, _Tracks: this.avatar.trackCount, _Channels: this.channels, _Sources: sources,
      _LookCount: this.lookCount, _LevelShare: this.lookCount > 0 ? 0 : 1,
      _FrameShares: frame.sources.map(({ hasDetail, fraction }) => (hasDetail ? fraction : 0)),
      _SourceShares: frame.sources.map(({ share }) => share),
    }, Math.ceil(this.count / THREADS));
  }

  dispose(): void {
    this.detail.dispose();
    for (const buffer of [this.splats, this.harmonics, this.looks, this.joints, this.nodes, this.nothing, this.posed]) {
      buffer.destroy();
    }
  }
}
