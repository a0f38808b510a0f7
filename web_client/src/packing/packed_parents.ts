/** Parents of the tracks of a clip, as `DetailParents` reads them: shaders/README.md, "Parents". */
export interface PackedParents {
  /** 8 a row. */
  readonly words: Uint32Array;
  readonly stages: readonly TrackStage[];
}

/** Rows of one dispatch. */
export interface TrackStage {
  readonly first: number;
  readonly count: number;
}
