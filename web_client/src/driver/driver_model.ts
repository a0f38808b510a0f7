/** Section `driver`: what moves control nodes live. Plain data. */
export interface DriverModel {
  readonly reachM: number;
  readonly materials: readonly DriverMaterial[];
  /** [M] number of each node's material. */
  readonly kinds: Int32Array;
  /** [M,4] */
  readonly joints: Uint8Array;
  /** [M,4] */
  readonly weights: Float32Array;
  /** [M,3] unit; zero where there is none. */
  readonly normals: Float64Array;
  /** [M] compliance of following, s²; 0 pins a node. */
  readonly follow: Float64Array;
  /** [M,3] where nodes hang, from rest, metres. */
  readonly hangM: Float64Array;
  /** [L,2] nodes of links in solving order. */
  readonly links: Int32Array;
  /** [L] s² */
  readonly compliances: Float64Array;
  readonly capsules: readonly DriverCapsule[];
  readonly learned: LearnedDriver;
}

export interface DriverMaterial {
  readonly dampingHz: number;
  readonly drag: number;
  readonly thicknessM: number;
  readonly friction: number;
  readonly share: number;
}

export interface DriverCapsule {
  readonly joint: number;
  /** [3] metres, in the rest pose. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly radiusA: number;
  readonly radiusB: number;
}

export interface LearnedDriver {
  readonly tracked: Uint8Array;
  /** [P,2] frequency in Hz, damping ratio. */
  readonly poles: Float32Array;
  readonly rowCount: number;
  /** [D] */
  readonly means: Float32Array;
  /** [D] */
  readonly scales: Float32Array;
  /** [R,D] */
  readonly weights: Float64Array;
  /** [R,3 M] metres. */
  readonly basisM: Float64Array;
}
