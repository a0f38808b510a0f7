import type { SplatCloud } from "./splat_cloud.ts";

export declare class LevelAppearance {
  readonly count: number;
  /** [n,3] metres. */
  readonly displacementsM: Float32Array;
  /** [n,3] */
  readonly logScaleChanges: Float32Array;
  /** [n] */
  readonly opacities: Float32Array;
  /** [n,3] of degree-0 harmonics. */
  readonly colourChanges: Float32Array;
  static between(coarse: LevelAppearance, fine: LevelAppearance, share: number): LevelAppearance;
  applied(splats: SplatCloud): SplatCloud;
}
