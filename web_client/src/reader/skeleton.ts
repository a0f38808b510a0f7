/** Joints and the rest pose in which the splats lie. */
export interface Skeleton {
  readonly jointNames: readonly string[];
  /** [J] −1 for the root, joint 0; parents come first. */
  readonly parents: Int32Array;
  /** [J,3] metres, in the zero pose. */
  readonly zeroJointsM: Float32Array;
  /** [J,4] unit, w x y z. */
  readonly restRotations: Float32Array;
  /** [3] metres. */
  readonly restTranslationM: Float32Array;
}
