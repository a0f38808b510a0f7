import type { DriverCapsule } from "./driver_model.ts";

const TINY = 1e-12;
const CLOSE = 1e-9;

/** A capsule with its ends somewhere, and the point of it that was looked at last. */
export class PosedCapsule {
  /** Of the contact: share of the way from a to b, radius, distance, unit vector away from the axis. */
  u = 0;
  radius = 0;
  distance = 0;
  nx = 0;
  ny = 0;
  nz = 0;

  private ax = 0;
  private ay = 0;
  private az = 0;
  private dx = 0;
  private dy = 0;
  private dz = 0;
  private inverse = 0;

  constructor(private readonly capsule: DriverCapsule) {}

  /** `ends`: a and b from `at` on; mixed with those of `then` by a share. */
  place(ends: ArrayLike<number>, at: number, then: ArrayLike<number> = ends, share = 0): void {
    const from = 1 - share;
    this.ax = from * ends[at] + share * then[at];
    this.ay = from * ends[at + 1] + share * then[at + 1];
    this.az = from * ends[at + 2] + share * then[at + 2];
    this.dx = from * ends[at + 3] + share * then[at + 3] - this.ax;
    this.dy = from * ends[at + 4] + share * then[at + 4] - this.ay;
    this.dz = from * ends[at + 5] + share * then[at + 5] - this.az;
    this.inverse = 1 / (this.dx * this.dx + this.dy * this.dy + this.dz * this.dz + TINY);
  }

  /** Whether a place is within the radius and a gap. */
  isNear(px: number, py: number, pz: number, gap: number): boolean {
    let x = px - this.ax, y = py - this.ay, z = pz - this.az;
    let u = (x * this.dx + y * this.dy + z * this.dz) * this.inverse;
    u = u < 0 ? 0 : u > 1 ? 1 : u;
    const reach = (1 - u) * this.capsule.radiusA + u * this.capsule.radiusB + gap;
    x -= u * this.dx;
    y -= u * this.dy;
    z -= u * this.dz;
    return reach > 0 && x * x + y * y + z * z < reach * reach;
  }

  /** Finds the contact of a place. */
  touch(px: number, py: number, pz: number): void {
    let x = px - this.ax, y = py - this.ay, z = pz - this.az;
    const u = Math.min(Math.max((x * this.dx + y * this.dy + z * this.dz) * this.inverse, 0), 1);
    x -= u * this.dx;
    y -= u * this.dy;
    z -= u * this.dz;
    this.u = u;
    this.radius = (1 - u) * this.capsule.radiusA + u * this.capsule.radiusB;
    this.distance = Math.sqrt(x * x + y * y + z * z);
    const unit = 1 / (this.distance + CLOSE);
    this.nx = unit * x;
    this.ny = unit * y;
    this.nz = unit * z;
  }

  /** How far to push along the normal so that the place lies at the radius and a gap. */
  pushBy(gap: number): number {
    return this.radius + gap - (this.distance + CLOSE);
  }
}
