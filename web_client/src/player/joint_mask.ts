/** Shares of a layer: CONVENTIONS.md, "Mixed frames". */
export declare class JointMask {
  /** [J] */
  readonly joints: Float64Array;
  /** [M] */
  readonly nodes: Float64Array;
  /** [N] */
  readonly gaussians: Float64Array;
}
