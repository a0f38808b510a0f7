/** One channel of detail of one group, as `DetailCosines` reads it: shaders/README.md, "Group". */
export interface PackedDetail {
  readonly words: Uint32Array;
}
