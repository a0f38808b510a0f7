/** A camera in the conventions of `ani3d render`: x right, y down, z forward. */
export interface CameraView {
  /** [3] metres. */
  readonly eye: readonly [number, number, number];
  /** [9] rows: right, down, forward. */
  readonly axes: readonly number[];
  readonly focalPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}
