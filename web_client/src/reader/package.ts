import { allowed } from "../coding/cursor.ts";
import { type ByteSource, MemorySource } from "../container/byte_source.ts";
import { Container } from "../container/container.ts";
import { type OpenOptions, RangeSource } from "../container/range_source.ts";
import type { SectionEntry } from "../container/table_of_contents.ts";
import { MANIFEST_MAX_BYTES, PACKAGE_INTEGERS_PER_GAUSSIAN } from "../generated/format.ts";
import { OWN_NUMBERS, type TrackNumbering } from "../packing/track_union.ts";
import { refuseAbsurd } from "./absurd_values.ts";
import type { ClipGroup } from "./clip_group.ts";
import { detailName } from "./detail_motion.ts";
import { decodeGroup, GROUP_SECTIONS, type StoredGroup } from "./group_reader.ts";
import { LevelAppearance } from "./level_appearance.ts";
import { isExact, readLevel } from "./level_reader.ts";
import { gaussiansOf, groupCountOf, type Manifest } from "./manifest.ts";
import { readManifest } from "./manifest_reader.ts";
import { readFurther, readModel, withFurther } from "./model_reader.ts";
import { need } from "./refusal.ts";
import type { ResidualModel } from "./residual_model.ts";
import type { Skeleton } from "./skeleton.ts";
import { readSkeleton } from "./skeleton_reader.ts";
import { readOrder } from "./source_order.ts";
import { SplatCloud } from "./splat_cloud.ts";

export type { OpenOptions };

/** One avatar and its clips. Everything refuses with the codes of SPEC-container.md and SPEC.md. */
export class Package {
  readonly manifest: Manifest;
  readonly skeleton: Skeleton;
  readonly container: Container;

  private constructor(private readonly source: ByteSource) {
    this.container = new Container(source);
    const stated = this.container.has("manifest") ? this.container.entry("manifest").rawLength : 0;
    need(stated <= MANIFEST_MAX_BYTES, "section-too-large", "manifest", `${stated} bytes`);
    this.manifest = readManifest(this.container.read("manifest"));
    this.container.checkPlaces(this.manifest);
    this.checkLevels();
    this.checkModel();
    this.checkPoses();
    this.skeleton = readSkeleton(this.container.read("skeleton"), this.manifest.jointCount);
  }

  /** A whole file in memory. */
  static open(bytes: Uint8Array): Package {
    return new Package(new MemorySource(bytes));
  }

  /** By HTTP ranges: only header, table, manifest and skeleton are here when it comes back. */
  static async openUrl(url: string, options: OpenOptions = {}): Promise<Package> {
    const source = await RangeSource.open(url, options);
    await source.fetchDescription();
    return new Package(source);
  }

  /** Hexadecimal. */
  get digest(): string {
    return this.container.digest;
  }

  get sections(): readonly SectionEntry[] {
    return this.container.entries;
  }

  get hasDriver(): boolean {
    return this.container.has("driver");
  }

  /** Whether all of it is in memory, and nothing is ever fetched. */
  get isWhole(): boolean {
    return !(this.source instanceof RangeSource);
  }

  /** Fetches sections that are not here; does nothing where the whole file is. */
  async fetch(wanted: (entry: SectionEntry) => boolean, signal?: AbortSignal): Promise<void> {
    if (this.source instanceof RangeSource) {
      const ranges = this.sections.filter(wanted).map(({ offset, storedLength }) => ({ offset, count: storedLength }));
      await this.source.fetch(ranges, signal);
    }
  }

  /** What is needed to show levels 0 … levels − 1, with model and driver. */
  fetchAvatar(levels: number, signal?: AbortSignal): Promise<void> {
    return this.fetch((entry) => entry.clip < 0 && entry.level < levels && entry.name !== "recipe", signal);
  }

  /** Groups first … first + count − 1 of a clip, and what it adds to the model. */
  fetchGroups(clip: number, first: number, count: number, signal?: AbortSignal): Promise<void> {
    const isIn = (group: number): boolean => group >= first && group < first + count;
    return this.fetch((entry) => entry.clip === clip && (isIn(entry.group) || entry.name === "further"), signal);
  }

  /** The joints of a group, without cloth, hair and detail. */
  fetchPose(clip: number, group: number, signal?: AbortSignal): Promise<void> {
    return this.fetch((entry) => entry.clip === clip && entry.group === group && entry.name === "pose", signal);
  }

  fetchAll(signal?: AbortSignal): Promise<void> {
    return this.fetch(() => true, signal);
  }

  /** Whether all sections of a kind are here. */
  isHere(wanted: (entry: SectionEntry) => boolean): boolean {
    const { source } = this;
    return !(source instanceof RangeSource)
      || this.sections.every((entry) => !wanted(entry) || source.holds(entry.offset, entry.storedLength));
  }

  /** The Gaussians of levels 0 … levels − 1, all by default. */
  readSplats(levels: number = this.manifest.levelSizes.length): SplatCloud {
    const clouds = Array.from({ length: levels }, (_, level) => this.readLevel(level));
    const cloud = SplatCloud.joined(clouds, this.manifest.shDegree);
    for (const values of [cloud.meansM, cloud.scalesM, cloud.sh]) {
      refuseAbsurd(values, "splats");
    }
    if (levels === this.manifest.levelSizes.length) {
      this.checkParts(cloud);
    }
    return cloud;
  }

  /** The Gaussians that one level adds. */
  readLevel(level: number): SplatCloud {
    const name = `splats.${level}`;
    return readLevel(this.container.read(name), name, this.manifest.levelSizes[level], this.manifest);
  }

  isLevelExact(level: number): boolean {
    return isExact(this.container.read(`splats.${level}`));
  }

  hasAppearance(level: number): boolean {
    return this.container.has(`appearance.${level}`);
  }

  /** How Gaussians look at a level. `splats`: those of its levels, or more. */
  readAppearance(level: number, splats: SplatCloud): LevelAppearance {
    const count = gaussiansOf(this.manifest, level + 1), name = `appearance.${level}`;
    if (!this.container.has(name)) {
      return LevelAppearance.unfitted(splats, count, this.manifest.gaussianCount);
    }
    const { storedLength } = this.container.entry(name);
    const appearance = LevelAppearance.read(this.container.read(name), name, storedLength, count);
    const shown = appearance.applied(splats);
    for (const values of [shown.meansM, shown.scalesM, shown.sh]) {
      refuseAbsurd(values, name);
    }
    return appearance;
  }

  /** [N] stored Gaussian i is number order[i] of the input. */
  readOrder(): Int32Array {
    return readOrder(this.container.read("order"), this.manifest);
  }

  /** Null where no clip ever had a residual layer. */
  readModel(): ResidualModel | null {
    return this.container.has("model") ? readModel(this.container.read("model"), this.manifest) : null;
  }

  /** The model of a clip, with the Gaussians that it moves besides. */
  readModelOf(clip: number, model: ResidualModel | null): ResidualModel | null {
    return model !== null && this.container.has("further", clip)
      ? withFurther(model, this.container.read("further", clip), this.manifest.gaussianCount) : model;
  }

  /** Gaussians that a clip moves besides the model's. */
  readFurther(clip: number, model: ResidualModel | null): Int32Array {
    return model !== null && this.container.has("further", clip)
      ? readFurther(model, this.container.read("further", clip), this.manifest.gaussianCount) : new Int32Array(0);
  }

  /** Whether any group of any clip has detail of a channel. */
  hasDetail(channel: number): boolean {
    const name = detailName(channel);
    return this.sections.some((entry) => entry.name === name);
  }

  /** Section `driver`; null where there is none. `driverOf` reads it. */
  driverBytes(): Uint8Array | null {
    return this.hasDriver ? this.container.read("driver") : null;
  }

  /** A PNG; null where there is none. */
  readThumbnail(): Uint8Array | null {
    return this.container.has("thumbnail") ? this.container.read("thumbnail") : null;
  }

  /** `model`: that of the clip. */
  readGroup(clip: number, group: number, model: ResidualModel | null, numbering: TrackNumbering = OWN_NUMBERS): ClipGroup {
    return decodeGroup(this.storedGroup(clip, group), model, numbering);
  }

  /** A group as it is stored, for whoever decodes it elsewhere; `isRigid`: its joints alone. */
  storedGroup(clip: number, group: number, isRigid = false): StoredGroup {
    const info = this.manifest.clips[clip], firstFrame = group * this.manifest.framesPerGroup;
    const hasResidual = info.hasResidual && !isRigid, names = hasResidual ? GROUP_SECTIONS : ["pose"];
    const entries = names.filter((name) => this.container.has(name, clip, group))
      .map((name) => this.container.entry(name, clip, group));
    return {
      firstFrame, frameCount: Math.min(this.manifest.framesPerGroup, info.frameCount - firstFrame),
      jointCount: this.manifest.jointCount, hasResidual,
      sections: entries.map((entry) => ({ entry, bytes: this.container.stored(entry) })),
    };
  }

  private checkParts(cloud: SplatCloud): void {
    const counts = this.manifest.partCounts.map(() => 0);
    for (const part of cloud.parts) {
      counts[part]++;
    }
    counts.forEach((count, part) => {
      const stated = this.manifest.partCounts[part];
      need(count === stated, "splats-invalid", "splats", `${count} Gaussians of part ${part}, not ${stated} as the manifest says`);
    });
  }

  private checkLevels(): void {
    const { levelSizes, shDegree, gaussianCount } = this.manifest;
    let stored = 0;
    for (let level = 0; level < levelSizes.length; level++) {
      stored += this.container.entry(`splats.${level}`).storedLength;
    }
    const integers = gaussianCount * (PACKAGE_INTEGERS_PER_GAUSSIAN + 3 * (shDegree + 1) ** 2);
    need(integers <= allowed(stored), "splats-invalid", "splats", `${integers} integers in ${stored} bytes`);
  }

  // The model may outlive the last clip that needs it.
  private checkModel(): void {
    if (!this.container.has("model")) {
      need(!this.manifest.clips.some((clip) => clip.hasResidual), "section-missing", "model", "nothing");
      need(this.manifest.nodeCount === 0, "manifest-invalid", "manifest", "nodes without a model");
    }
  }

  private checkPoses(): void {
    this.manifest.clips.forEach((clip, number) => {
      for (let group = 0; group < groupCountOf(this.manifest, clip); group++) {
        this.container.entry("pose", number, group);
      }
    });
  }
}
