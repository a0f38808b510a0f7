/** A place on the ground and a heading about +Y, from +Z towards +X: CONVENTIONS.md, "Root motion". */
export class GroundPlace {
  static readonly origin = new GroundPlace(0, 0, 0);

  /** Metres, metres, radians. */
  constructor(readonly x: number, readonly z: number, readonly headingRad: number) {}

  /** The step from here to another place, as seen from here; the turn in −π … π. */
  stepTo(other: GroundPlace): GroundPlace {
    const x = other.x - this.x, z = other.z - this.z;
    const turn = other.headingRad - this.headingRad;
    return new GroundPlace(
      turnedX(-this.headingRad, x, z), turnedZ(-this.headingRad, x, z), turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI)),
    );
  }
}

/** x of R_y(angle) (x, y, z). */
export function turnedX(angle: number, x: number, z: number): number {
  return Math.cos(angle) * x + Math.sin(angle) * z;
}

/** z of R_y(angle) (x, y, z). */
export function turnedZ(angle: number, x: number, z: number): number {
  return Math.cos(angle) * z - Math.sin(angle) * x;
}
