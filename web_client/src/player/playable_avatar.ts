import { noDetailOf, type PackedDetail } from "../packing/packed_detail.ts";
import { packLook, type PackedLook } from "../packing/packed_look.ts";
import { packParents, type PackedParents } from "../packing/packed_parents.ts";
import { packSplats, type PackedSplats } from "../packing/packed_splats.ts";
import { TrackUnion } from "../packing/track_union.ts";
import type { SectionEntry } from "../container/table_of_contents.ts";
import { CHANNELS, type ClipGroup } from "../reader/clip_group.ts";
import { decodeGroup } from "../reader/group_reader.ts";
import { type OpenOptions, Package } from "../reader/package.ts";
import type { ResidualModel } from "../reader/residual_model.ts";
import { WorkerDecoder, type WorkerPort } from "../workers/worker_decoder.ts";
import { GroupCache } from "./group_cache.ts";

export interface AvatarOptions extends OpenOptions {
  /** Decodes groups off the main thread; without one they are decoded where they are asked for. */
  worker?: WorkerPort | null;
}

/** A package that is being shown: what all players and renderers of it share. */
export class PlayableAvatar {
  readonly package: Package;
  readonly model: ResidualModel | null;
  /** Tracks of detail of all clips. */
  readonly tracks: TrackUnion;
  readonly groups: GroupCache;
  /** A group without coefficients, for slots of clips that have no detail in a channel. */
  readonly noDetail: PackedDetail;
  /** Channels of detail that the package has. */
  readonly detailChannelCount: number;

  private readonly channels: readonly number[];
  private readonly models = new Map<number, ResidualModel>();
  private readonly parents = new Map<ResidualModel, PackedParents>();
  private readonly worker: WorkerDecoder | null;

  /** A package whose model is here, with what clips add to it (`further`); neither where it is rigid. */
  constructor(pack: Package, worker: WorkerPort | null = null, readonly isRigid = false) {
    this.package = pack;
    this.model = isRigid ? null : pack.readModel();
    this.tracks = new TrackUnion(
      this.model?.moving ?? new Int32Array(0), pack.manifest.clips.map((_, clip) => pack.readFurther(clip, this.model)),
    );
    let places = 0;
    this.channels = CHANNELS.map((_, channel) => (!isRigid && pack.hasDetail(channel) ? places++ : -1));
    this.detailChannelCount = places;
    this.noDetail = noDetailOf(this.tracks.count);
    this.worker = worker === null ? null : new WorkerDecoder(worker);
    this.groups = new GroupCache({
      decode: (clip, number) => this.decode(clip, number),
      decodeLater: this.worker === null && pack.isWhole ? null : (clip, number) => this.decodeLater(clip, number),
    });
  }

  /** Opens bytes or an address: what comes back can be shown at its coarsest level; finer ones and groups follow. */
  static async open(source: string | Uint8Array, options: AvatarOptions = {}): Promise<PlayableAvatar> {
    if (typeof source !== "string") {
      return new PlayableAvatar(Package.open(source), options.worker ?? null);
    }
    let last: PlayableAvatar | null = null;
    for await (const avatar of PlayableAvatar.stages(source, options)) {
      last?.dispose();
      last = avatar;
    }
    return last!;
  }

  /**
   * Opens an address in stages, of the same package: first an avatar that is rigid (`isRigid`), which moves after a few percent
   * of the bytes, without cloth, hair and detail; then, with the model, the whole one. The first is disposed of by the caller.
   */
  static async *stages(url: string, options: AvatarOptions = {}): AsyncGenerator<PlayableAvatar, void> {
    const { signal, worker = null } = options, pack = await Package.openUrl(url, options);
    await pack.fetch(({ level }) => level === 0, signal);
    const belongs = ({ name }: SectionEntry): boolean => name === "model" || name === "further";
    if (!pack.isHere(belongs)) {
      yield new PlayableAvatar(pack, worker, true);
      await pack.fetch(belongs, signal);
    }
    yield new PlayableAvatar(pack, worker);
  }

  get jointCount(): number {
    return this.package.manifest.jointCount;
  }

  get nodeCount(): number {
    return this.model?.nodeCount ?? 0;
  }

  /** T, tracks of detail of all clips. */
  get trackCount(): number {
    return this.tracks.count;
  }

  /** Place of a channel among those that there are; −1. */
  placeOf(channel: number): number {
    return this.channels[channel];
  }

  /** The model of a clip; null where it has no residual layer. */
  modelOf(clip: number): ResidualModel | null {
    if (this.isRigid || !this.package.manifest.clips[clip].hasResidual) {
      return null;
    }
    let model = this.models.get(clip) ?? null;
    if (model === null) {
      model = this.package.readModelOf(clip, this.model);
      if (model !== null) {
        this.models.set(clip, model);
      }
    }
    return model;
  }

  /** Gaussians of levels 0 … levels − 1, all by default. */
  packSplats(levels?: number): PackedSplats {
    return packSplats(this.package.readSplats(levels), this.model, this.tracks);
  }

  packLook(level: number): PackedLook {
    return packLook(level, this.package.readAppearance(level, this.package.readSplats(level + 1)));
  }

  /** Null where the clip has no residual layer. */
  parentsOf(clip: number): PackedParents | null {
    const model = this.modelOf(clip);
    if (model === null) {
      return null;
    }
    // Clips that add nothing share the model's.
    let parents = this.parents.get(model);
    if (parents === undefined) {
      parents = packParents(model.prediction, this.tracks.numberingOf(clip).numbers);
      this.parents.set(model, parents);
    }
    return parents;
  }

  /** The coefficients of a channel. */
  detailOf(group: ClipGroup, channel: number): PackedDetail {
    return group.detail[channel]?.packed ?? this.noDetail;
  }

  dispose(): void {
    this.worker?.dispose();
  }

  private decode(clip: number, number: number): ClipGroup {
    return decodeGroup(this.package.storedGroup(clip, number, this.isRigid), this.modelOf(clip), this.tracks.numberingOf(clip));
  }

  private async decodeLater(clip: number, number: number): Promise<ClipGroup> {
    await (this.isRigid ? this.package.fetchPose(clip, number) : this.package.fetchGroups(clip, number, 1));
    if (this.worker === null) {
      return this.decode(clip, number);
    }
    const model = this.modelOf(clip), stored = this.package.storedGroup(clip, number, this.isRigid);
    return this.worker.decode(clip, stored, model, this.tracks.numberingOf(clip));
  }
}

