import type { PlayableAvatar } from "../../player/playable_avatar.ts";
import { LevelAppearance } from "../../reader/level_appearance.ts";
import { gaussiansOf } from "../../reader/manifest.ts";
import type { SplatCloud } from "../../reader/splat_cloud.ts";
import type { ShownLevel } from "../core/shown_level.ts";

const NO_TRACK = -1;
const LARGEST_SQUARE = 3.33 * 3.33;

/** Gaussians as they are stored and as they look at the level that is shown, in the form in which `PosedCloud` reads them. */
export class RestSplats {
  /** Gaussians of all levels that are here, and those that are shown. */
  readonly room: number;
  count = 0;
  /** As they look at the level that is shown. */
  cloud: SplatCloud;
  /** [N] track of detail; −1 for none. */
  readonly tracks: Int32Array;
  /** [N,4] nodes and their weights; null where nothing hangs on nodes. */
  readonly nodes: Int32Array | null;
  readonly nodeWeights: Float32Array | null;
  /** [N,9] rotation × scales, row by row: the square root of the covariance. */
  readonly axes: Float32Array;
  /** [N] square of the standard deviations at which opacity falls below 1/255, at most 3.33². */
  readonly reach: Float32Array;

  private readonly stored: SplatCloud;
  private readonly looks = new Map<number, LevelAppearance>();

  /** Levels 0 … level. */
  constructor(private readonly avatar: PlayableAvatar, level: number) {
    const { manifest } = avatar.package;
    this.room = gaussiansOf(manifest, level + 1);
    this.stored = this.cloud = avatar.package.readSplats(level + 1);
    this.tracks = new Int32Array(this.room).fill(NO_TRACK);
    avatar.tracks.gaussians.forEach((gaussian, track) => {
      if (gaussian < this.room) {
        this.tracks[gaussian] = track;
      }
    });
    this.nodes = avatar.model?.nodeIndices ?? null;
    this.nodeWeights = avatar.model?.nodeWeights ?? null;
    this.axes = new Float32Array(9 * this.room);
    this.reach = new Float32Array(this.room);
  }

  /** Has them look as they do at a level. */
  show({ coarse, share, gaussians }: ShownLevel): void {
    const own = this.lookOf(coarse), look = share > 0 ? LevelAppearance.between(own, this.lookOf(coarse + 1), share) : own;
    this.count = gaussians;
    this.cloud = look.applied(this.stored);
    writeAxes(this.cloud, this.axes);
    for (let i = 0; i < gaussians; i++) {
      this.reach[i] = Math.min(LARGEST_SQUARE, 2 * Math.log(Math.max(1, 255 * this.cloud.opacities[i])));
    }
  }

  private lookOf(level: number): LevelAppearance {
    let look = this.looks.get(level);
    if (look === undefined) {
      look = this.avatar.package.readAppearance(level, this.stored);
      this.looks.set(level, look);
    }
    return look;
  }
}

function writeAxes({ count, quatsWxyz: q, scalesM: s }: SplatCloud, axes: Float32Array): void {
  for (let i = 0; i < count; i++) {
    let w = q[4 * i], x = q[4 * i + 1], y = q[4 * i + 2], z = q[4 * i + 3];
    const unit = 1 / Math.sqrt(w * w + x * x + y * y + z * z), at = 9 * i, s0 = s[3 * i], s1 = s[3 * i + 1], s2 = s[3 * i + 2];
    w *= unit;
    x *= unit;
    y *= unit;
    z *= unit;
    axes[at] = s0 * (1 - 2 * (y * y + z * z));
    axes[at + 1] = s1 * 2 * (x * y - w * z);
    axes[at + 2] = s2 * 2 * (x * z + w * y);
    axes[at + 3] = s0 * 2 * (x * y + w * z);
    axes[at + 4] = s1 * (1 - 2 * (x * x + z * z));
    axes[at + 5] = s2 * 2 * (y * z - w * x);
    axes[at + 6] = s0 * 2 * (x * z - w * y);
    axes[at + 7] = s1 * 2 * (y * z + w * x);
    axes[at + 8] = s2 * (1 - 2 * (x * x + y * y));
  }
}
