/** What leads one step: where nodes and capsules go. */
export interface DriverMotion {
  /** [M,3] */
  targets: Float64Array;
  /** [M,3] normals of cloth, world; zero where there is none. */
  readonly normals: Float64Array;
  /** [Q,6] */
  capsuleEnds: Float64Array;
  /** [3] m/s */
  readonly carrier: Float64Array;
  substeps: number;
  substepS: number;
  leastDampingHz: number;
}
