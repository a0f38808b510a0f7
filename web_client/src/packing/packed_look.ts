/** How a level below the last looks, as `Deform` reads it: shaders/README.md, "Looks". */
export interface PackedLook {
  readonly level: number;
  readonly count: number;
  /** 8 a Gaussian. */
  readonly words: Uint32Array;
}
