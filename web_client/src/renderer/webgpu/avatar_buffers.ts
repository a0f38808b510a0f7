import type { GpuFrame } from "../../packing/gpu_frame.ts";
import type { PlayableAvatar } from "../../player/playable_avatar.ts";
import { gaussiansOf } from "../../reader/manifest.ts";
import { AvatarReach } from "../core/avatar_reach.ts";
import { poseState } from "../core/pose_state.ts";
import { scaleNodes } from "../core/residual_gain.ts";
import { levelShareOf, shownLevel } from "../core/shown_level.ts";
import { DetailBuffers } from "./detail_buffers.ts";
import { filledStorage, type GpuKernels, storage } from "./gpu_kernels.ts";

const CHANNEL_BITS = [1, 2, 4, 8];
const THREADS = 256;

/** An avatar on the GPU: what its package holds, and its Gaussians in the pose that is shown. */
export class AvatarBuffers {
  /** Gaussians of all levels that are here, and those that are shown. */
  readonly room: number;
  count: number;
  readonly degree: number;
  readonly harmonics: GPUBuffer;
  readonly posed: GPUBuffer;
  readonly reach: AvatarReach;

  private readonly splats: GPUBuffer;
  private readonly looks = new Map<number, GPUBuffer>();
  private readonly joints: GPUBuffer;
  private readonly nodes: GPUBuffer;
  private readonly nothing: GPUBuffer;
  private readonly ownNodes: Float32Array<ArrayBuffer>;
  private readonly nodeRestM: Float32Array;
  private readonly detail: DetailBuffers;
  private readonly channels: number;
  private shown = "";

  constructor(private readonly kernels: GpuKernels, private readonly avatar: PlayableAvatar, private readonly level: number) {
    const { device } = kernels, { manifest, skeleton } = avatar.package, levels = level + 1, packed = avatar.packSplats(levels);
    this.room = this.count = gaussiansOf(manifest, levels);
    this.degree = packed.shDegree;
    this.splats = filledStorage(device, packed.splats);
    this.harmonics = filledStorage(device, packed.harmonics);
    this.joints = storage(device, 64 * avatar.jointCount);
    this.nodes = storage(device, 32 * avatar.nodeCount);
    this.nothing = storage(device, 48);
    this.posed = storage(device, 48 * this.room);
    this.ownNodes = new Float32Array(8 * avatar.nodeCount);
    this.nodeRestM = avatar.model?.nodeRestM ?? new Float32Array(0);
    this.channels = CHANNEL_BITS.reduce((sum, bit, channel) => sum + (avatar.placeOf(channel) >= 0 ? bit : 0), 0);
    this.detail = new DetailBuffers(kernels, avatar, this.channels);
    this.reach = new AvatarReach(skeleton, avatar.package.readSplats(levels));
  }

  /** Records the pose; nothing where the Gaussians have it already. */
  deform(pass: GPUComputePassEncoder, frame: GpuFrame, gain: number, level = this.level): void {
    const state = poseState(frame, gain, level);
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
    const shown = shownLevel(this.avatar.package.manifest, level, this.level), { coarse, lookCount, nextLookCount } = shown;
    const look = this.lookOf(coarse, lookCount);
    this.count = shown.gaussians;
    this.kernels.dispatch(pass, "deform", {
      _Splats: this.splats, _Looks: look, _NextLooks: nextLookCount > 0 ? this.lookOf(coarse + 1, nextLookCount) : look, _Joints: this.joints, _Nodes: this.nodes,
      _Detail: this.detail.detail, _Correctives: this.nothing, _Posed: this.posed,
    }, {
      _Gaussians: this.count, _Tracks: this.avatar.trackCount, _Channels: this.channels, _Sources: sources,
      _LookCount: lookCount, _NextLookCount: nextLookCount, _LevelShare: levelShareOf(shown),
      _FrameShares: frame.sources.map(({ hasDetail, fraction }) => (hasDetail ? fraction : 0)),
      _SourceShares: frame.sources.map(({ share }) => share),
    }, Math.ceil(this.count / THREADS));
  }

  // How Gaussians look at a level below the last; of others nothing is read.
  private lookOf(level: number, count: number): GPUBuffer {
    let look = this.looks.get(level);
    if (look === undefined) {
      look = filledStorage(this.kernels.device, count > 0 ? this.avatar.packLook(level).words : new Uint32Array(4));
      this.looks.set(level, look);
    }
    return look;
  }

  dispose(): void {
    this.detail.dispose();
    for (const buffer of [this.splats, this.harmonics, ...this.looks.values(), this.joints, this.nodes, this.nothing, this.posed]) {
      buffer.destroy();
    }
  }
}
