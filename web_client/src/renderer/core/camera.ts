/** A pinhole: x right, y down, z forward, pixels from the upper left corner, centres at + 0.5 (shaders/README.md, "Camera"). */
export interface Camera {
  /** [12] three rows, avatar to camera, metres. */
  readonly toCamera: ArrayLike<number>;
  readonly focalPx: readonly [number, number];
  readonly centrePx: readonly [number, number];
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A camera that looks at a point from somewhere around it. */
export interface Orbit {
  targetM: readonly [number, number, number];
  /** 0 before the face (at +Z), positive towards +X. */
  azimuthRad: number;
  elevationRad: number;
  distanceM: number;
  fovYRad: number;
}

/** The camera of an orbit, world up being +Y. The elevation stays below a right angle. */
export function cameraOf(orbit: Orbit, widthPx: number, heightPx: number): Camera {
  const { targetM: t, azimuthRad: a, elevationRad: e } = orbit;
  const level = Math.cos(e), back = [Math.sin(a) * level, Math.sin(e), Math.cos(a) * level];
  const forward = [-back[0], -back[1], -back[2]];
  // forward × up, with up = +Y.
  const length = Math.hypot(forward[2], forward[0]) || 1;
  const right = [-forward[2] / length, 0, forward[0] / length];
  const down = [
    forward[1] * right[2] - forward[2] * right[1], forward[2] * right[0] - forward[0] * right[2],
    forward[0] * right[1] - forward[1] * right[0],
  ];
  const eye = back.map((value, axis) => t[axis] + value * orbit.distanceM);
  const row = (axis: number[]): number[] => [...axis, -(axis[0] * eye[0] + axis[1] * eye[1] + axis[2] * eye[2])];
  const focal = heightPx / 2 / Math.tan(orbit.fovYRad / 2);
  return {
    toCamera: [...row(right), ...row(down), ...row(forward)], focalPx: [focal, focal],
    centrePx: [widthPx / 2, heightPx / 2], widthPx, heightPx,
  };
}

/** An orbit that has a sphere in the picture. */
export function framing(
  centreM: readonly [number, number, number], radiusM: number, aspect: number, { azimuthRad = 0.35, elevationRad = 0.09, fovYRad = 0.6 } = {},
): Orbit {
  const half = Math.atan(Math.tan(fovYRad / 2) * Math.min(1, aspect));
  return { targetM: centreM, azimuthRad, elevationRad, fovYRad, distanceM: radiusM / Math.sin(half) };
}
