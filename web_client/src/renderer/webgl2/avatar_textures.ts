import { deform, TEXELS_A_ROW, wholeVertex } from "../../generated/webgl2_stages.ts";
import type { GpuFrame } from "../../packing/gpu_frame.ts";
import type { PlayableAvatar } from "../../player/playable_avatar.ts";
import { gaussiansOf } from "../../reader/manifest.ts";
import { AvatarReach } from "../core/avatar_reach.ts";
import { DetailPlanes } from "../core/detail_planes.ts";
import { HeldSlots } from "../core/held_slots.ts";
import { poseState } from "../core/pose_state.ts";
import { scaleNodes } from "../core/residual_gain.ts";
import { levelShareOf, type ShownLevel, shownLevel } from "../core/shown_level.ts";
import { RowTargets, RowTexture } from "./row_texture.ts";
import { StageProgram } from "./stage_program.ts";

const SLOTS = 8;
const CHANNEL_BITS = [1, 2, 4, 8];

/** An avatar on the GPU: what its package holds, and its Gaussians in the pose that is shown. */
export class AvatarTextures {
  /** Gaussians of all levels that are here, and those that are shown. */
  readonly room: number;
  count: number;
  readonly degree: number;
  readonly harmonics: RowTexture;
  readonly posed: RowTargets;
  readonly reach: AvatarReach;
  /** CPU of the last detail. */
  detailMs = 0;

  private readonly program: StageProgram;
  private readonly splats: RowTexture;
  private readonly looks = new Map<number, RowTexture>();
  private readonly joints: RowTexture;
  private readonly nodes: RowTexture;
  private readonly ownNodes: Float32Array;
  private readonly nodeRestM: Float32Array;
  private readonly planes: DetailPlanes;
  private readonly values: Float32Array<ArrayBuffer>;
  private readonly detail: RowTexture;
  private readonly held = new HeldSlots();
  private readonly channels: number;
  private shown = "";

  constructor(private readonly gl: WebGL2RenderingContext, private readonly source: PlayableAvatar, private readonly level: number) {
    const avatar = source, { manifest, skeleton } = avatar.package, levels = level + 1, packed = avatar.packSplats(levels);
    this.room = this.count = gaussiansOf(manifest, levels);
    this.degree = packed.shDegree;
    this.program = new StageProgram(gl, wholeVertex, deform);
    this.splats = filled(gl, "uint4", packed.splats);
    this.harmonics = filled(gl, "uint", packed.harmonics);
    this.joints = new RowTexture(gl, "float4", 4 * avatar.jointCount);
    this.nodes = new RowTexture(gl, "float4", 2 * avatar.nodeCount);
    this.ownNodes = new Float32Array(8 * avatar.nodeCount);
    this.nodeRestM = avatar.model?.nodeRestM ?? new Float32Array(0);
    // So that a slot begins with a row.
    this.planes = new DetailPlanes(avatar, TEXELS_A_ROW);
    this.values = this.planes.room();
    this.detail = new RowTexture(gl, "uint", SLOTS * this.values.length);
    this.channels = CHANNEL_BITS.reduce((sum, bit, channel) => sum + (avatar.placeOf(channel) >= 0 ? bit : 0), 0);
    this.posed = new RowTargets(gl, [0, 1, 2].map(() => new RowTexture(gl, "uint4", this.room)));
    this.reach = new AvatarReach(skeleton, avatar.package.readSplats(levels));
  }

  /** Poses the Gaussians; nothing where they are so already. True where something changed. */
  deform(frame: GpuFrame, gain: number, level = this.level): boolean {
    const state = poseState(frame, gain, level);
    this.detailMs = 0;
    if (state === this.shown) {
      return false;
    }
    this.shown = state;
    this.joints.write(frame.joints);
    if (this.ownNodes.length > 0) {
      scaleNodes(frame.nodes, this.nodeRestM, gain, this.ownNodes);
      this.nodes.write(gain === 1 ? frame.nodes : this.ownNodes);
    }
    const sources = gain === 0 || this.channels === 0 ? 0 : frame.sourceCount;
    this.writeDetail(frame, sources, gain);
    this.run(frame, sources, shownLevel(this.source.package.manifest, level, this.level));
    return true;
  }

  dispose(): void {
    this.program.dispose();
    [this.splats, this.harmonics, ...this.looks.values(), this.joints, this.nodes, this.detail, this.posed].forEach((each) => each.dispose());
  }

  private writeDetail(frame: GpuFrame, sources: number, gain: number): void {
    const begin = performance.now(), rows = this.values.length / TEXELS_A_ROW;
    this.held.refresh(frame, sources, gain, (k, slot) => {
      this.planes.evaluate(slot ?? frame.slots[k], slot === null ? 0 : gain, this.values);
      this.detail.write(new Uint32Array(this.values.buffer), k * rows);
    });
    this.detailMs = performance.now() - begin;
  }

  // How Gaussians look at a level below the last; of others nothing is read.
  private lookOf(level: number, count: number): RowTexture {
    let look = this.looks.get(level);
    if (look === undefined) {
      look = filled(this.gl, "uint4", count > 0 ? this.source.packLook(level).words : new Uint32Array(4));
      this.looks.set(level, look);
    }
    return look;
  }

  private run(frame: GpuFrame, sources: number, shown: ShownLevel): void {
    const { program } = this, { coarse, lookCount, nextLookCount } = shown;
    this.count = shown.gaussians;
    const look = this.lookOf(coarse, lookCount), next = nextLookCount > 0 ? this.lookOf(coarse + 1, nextLookCount) : look;
    program.count("_Gaussians", this.count).count("_Tracks", this.planes.stride).count("_Channels", this.channels);
    program.count("_Sources", sources).count("_LookCount", lookCount).count("_NextLookCount", nextLookCount);
    program.set("_LevelShare", levelShareOf(shown)).count("_Shapes", 0).count("_ShapeGaussians", 0);
    program.set("_FrameShares", frame.sources.map(({ hasDetail, fraction }) => (hasDetail ? fraction : 0)));
    program.set("_SourceShares", frame.sources.map(({ share }) => share));
    program.use();
    const textures = {
      _Splats: this.splats, _Looks: look, _NextLooks: next, _Joints: this.joints, _Nodes: this.nodes,
      _Detail: this.detail, _Correctives: this.joints,
    };
    for (const [name, { texture }] of Object.entries(textures)) {
      program.texture(name, texture);
    }
    this.posed.run(this.count);
  }
}

function filled(gl: WebGL2RenderingContext, kind: "uint" | "uint4", words: Uint32Array): RowTexture {
  const texture = new RowTexture(gl, kind, words.length / (kind === "uint" ? 1 : 4));
  texture.write(words);
  return texture;
}
