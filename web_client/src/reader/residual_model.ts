/** Control nodes, what hangs on them, and the Gaussians that have detail. Plain data: it may be sent to a worker. */
export interface ResidualModel {
  /** M */
  readonly nodeCount: number;
  /** [M,3] metres. */
  readonly nodeRestM: Float32Array;
  /** [N,4] nodes of each Gaussian. */
  readonly nodeIndices: Int32Array;
  /** [N,4] their weights; all 0 where a Gaussian hangs on none. */
  readonly nodeWeights: Float32Array;
  /** [S] Gaussian of each track of detail: those of the model rise, then those that a clip adds. */
  readonly moving: Int32Array;
  /** [M,3] nodes that each is predicted from; those of the first three are not looked at. */
  readonly nodeParents: Int32Array;
  readonly prediction: TrackPrediction;
}

/** Of which tracks each is predicted, stage by stage: SPEC.md, "model". */
export interface TrackPrediction {
  /** Tracks before it have no parents. */
  readonly first: number;
  /** Ends of the stages; the first is that of the tracks without parents. */
  readonly ends: Int32Array;
  /** [S − first, 4] */
  readonly parents: Int32Array;
  /** [S − first, 4] */
  readonly positionWeights: Float32Array;
  /** [S − first, 4] of rotation, log-scale and colour. */
  readonly rotationWeights: Float32Array;
}
