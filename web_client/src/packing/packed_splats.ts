/** Gaussians as `Deform` and `View` read them: shaders/README.md, "Splats" and "Harmonics". */
export interface PackedSplats {
  readonly count: number;
  readonly shDegree: number;
  /** `uint`s of harmonics a Gaussian; 0 where the degree is 0. */
  readonly harmonicUints: number;
  /** 16 a Gaussian. */
  readonly splats: Uint32Array;
  readonly harmonics: Uint32Array;
}
