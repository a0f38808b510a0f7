import type { DriverModel } from "./driver_model.ts";
import type { DriverMotion } from "./driver_motion.ts";
import type { NodeState } from "./node_state.ts";
import { PosedCapsule } from "./posed_capsule.ts";

const GRAVITY = 9.81;
const MAX_SPEED = 12;
const AIR_LIMIT = 0.3;
const TINY = 1e-12;

/** Substeps of the physics: DRIVER.md, "One step". */
export class NodeSolver {
  private readonly count: number;
  private readonly before: Float64Array;
  /** [L] lengths of links at rest. */
  private readonly lengths: Float64Array;
  /** [M] 1 of free nodes, 0 of pinned ones. */
  private readonly isFree: Float64Array;
  /** [Q,M] */
  private readonly gaps: Float64Array;
  private readonly capsules: PosedCapsule[];

  constructor(private readonly driver: DriverModel, private readonly state: NodeState) {
    const { links, follow, capsules } = driver, { restM } = state;
    this.count = restM.length / 3;
    this.before = new Float64Array(restM.length);
    this.isFree = follow.map((compliance) => (compliance > 0 ? 1 : 0));
    this.lengths = new Float64Array(links.length / 2);
    for (let k = 0; k < this.lengths.length; k++) {
      const i = 3 * links[2 * k], j = 3 * links[2 * k + 1];
      const x = restM[i] - restM[j], y = restM[i + 1] - restM[j + 1], z = restM[i + 2] - restM[j + 2];
      this.lengths[k] = Math.sqrt(x * x + y * y + z * z);
    }
    this.capsules = capsules.map((capsule) => new PosedCapsule(capsule));
    this.gaps = new Float64Array(capsules.length * this.count);
    this.capsules.forEach((posed, k) => {
      posed.place([...capsules[k].a, ...capsules[k].b], 0);
      for (let node = 0; node < this.count; node++) {
        this.gaps[k * this.count + node] = this.gapAtRest(posed, node);
      }
    });
  }

  /** Substep `number`, from 1. */
  advance(motion: DriverMotion, number: number): void {
    const { places, velocities } = this.state, share = number / motion.substeps;
    this.before.set(places);
    this.lead(motion, share);
    this.pull(motion.substepS);
    for (let k = 0; k < this.capsules.length; k++) {
      this.keepOut(k, motion, share);
    }
    const rate = 1 / motion.substepS;
    for (let at = 0; at < places.length; at++) {
      velocities[at] = rate * (places[at] - this.before[at]);
    }
  }

  /** Puts capsules where the last step left them. */
  placeCapsules(): void {
    this.capsules.forEach((capsule, k) => capsule.place(this.state.capsuleEnds, 6 * k));
  }

  /** Pushes a place, [3], out of the capsules; whether it was within one. */
  pushOut(node: number, place: Float64Array): boolean {
    let moved = false;
    for (let k = 0; k < this.capsules.length; k++) {
      const capsule = this.capsules[k], gap = this.gaps[k * this.count + node];
      if (capsule.isNear(place[0], place[1], place[2], gap)) {
        capsule.touch(place[0], place[1], place[2]);
        const by = capsule.pushBy(gap);
        place[0] += by * capsule.nx;
        place[1] += by * capsule.ny;
        place[2] += by * capsule.nz;
        moved = true;
      }
    }
    return moved;
  }

  // Thickness, or what there is between node and capsule at rest, if that is less.
  private gapAtRest(capsule: PosedCapsule, node: number): number {
    const { materials, kinds, hangM } = this.driver, { restM } = this.state, at = 3 * node;
    capsule.touch(restM[at] + hangM[at], restM[at + 1] + hangM[at + 1], restM[at + 2] + hangM[at + 2]);
    return Math.min(materials[kinds[node]].thicknessM, capsule.distance - capsule.radius);
  }

  private lead(motion: DriverMotion, share: number): void {
    const { places, velocities, targets: from } = this.state, { targets: to, normals, carrier, substepS: h } = motion;
    const { materials, kinds, follow } = this.driver;
    for (let node = 0, at = 0; node < this.count; node++, at += 3) {
      const tx = from[at] * (1 - share) + to[at] * share, ty = from[at + 1] * (1 - share) + to[at + 1] * share;
      const tz = from[at + 2] * (1 - share) + to[at + 2] * share;
      if (follow[node] === 0) {
        places[at] = tx;
        places[at + 1] = ty;
        places[at + 2] = tz;
        continue;
      }
      const { dampingHz, drag } = materials[kinds[node]];
      let x = velocities[at], y = velocities[at + 1], z = velocities[at + 2];
      const nx = normals[at], ny = normals[at + 1], nz = normals[at + 2];
      // Air: along the normal of cloth as it meets the air, and on all sides where there is no normal.
      if (nx === 0 && ny === 0 && nz === 0) {
        const kept = 1 / (1 + h * drag * Math.sqrt(x * x + y * y + z * z));
        x *= kept;
        y *= kept;
        z *= kept;
      } else {
        const speed = x * nx + y * ny + z * nz;
        const lost = Math.min(drag * h * Math.sqrt(Math.abs(speed)), AIR_LIMIT) * speed;
        x -= lost * nx;
        y -= lost * ny;
        z -= lost * nz;
      }
      const damped = 1 / (1 + h * Math.max(dampingHz, motion.leastDampingHz));
      x = damped * (x - carrier[0]);
      y = damped * (y - carrier[1]);
      z = damped * (z - carrier[2]);
      const limit = Math.min(1, MAX_SPEED / (Math.sqrt(x * x + y * y + z * z) + TINY));
      x = places[at] + h * (carrier[0] + limit * x);
      y = places[at + 1] + h * (carrier[1] + limit * y - GRAVITY * h);
      z = places[at + 2] + h * (carrier[2] + limit * z);
      const pull = 1 / (1 + follow[node] / (h * h));
      places[at] = x + pull * (tx - x);
      places[at + 1] = y + pull * (ty - y);
      places[at + 2] = z + pull * (tz - z);
    }
  }

  private pull(h: number): void {
    const { places } = this.state, { links, compliances } = this.driver, { lengths, isFree } = this;
    const stiffness = 1 / (h * h);
    for (let k = 0; k < lengths.length; k++) {
      const i = links[2 * k], j = links[2 * k + 1], first = isFree[i], second = isFree[j];
      if (first + second === 0) {
        continue;
      }
      const a = 3 * i, b = 3 * j;
      const x = places[a] - places[b], y = places[a + 1] - places[b + 1], z = places[a + 2] - places[b + 2];
      const distance = Math.sqrt(x * x + y * y + z * z) + TINY;
      const s = -(distance - lengths[k]) / ((first + second + compliances[k] * stiffness) * distance);
      const forth = first * s, back = second * s;
      places[a] += forth * x;
      places[a + 1] += forth * y;
      places[a + 2] += forth * z;
      places[b] -= back * x;
      places[b + 1] -= back * y;
      places[b + 2] -= back * z;
    }
  }

  private keepOut(k: number, motion: DriverMotion, share: number): void {
    const capsule = this.capsules[k], { places, capsuleEnds } = this.state;
    capsule.place(capsuleEnds, 6 * k, motion.capsuleEnds, share);
    for (let node = 0, at = 0, gap = k * this.count; node < this.count; node++, at += 3, gap++) {
      if (this.isFree[node] !== 0 && capsule.isNear(places[at], places[at + 1], places[at + 2], this.gaps[gap])) {
        this.slide(k, node, this.gaps[gap], motion);
      }
    }
  }

  // Out of the capsule, and braked by friction along it.
  private slide(k: number, node: number, gap: number, motion: DriverMotion): void {
    const capsule = this.capsules[k], { places, capsuleEnds: from } = this.state, to = motion.capsuleEnds;
    const at = 3 * node, end = 6 * k, before = this.before;
    capsule.touch(places[at], places[at + 1], places[at + 2]);
    const { u, nx, ny, nz } = capsule, by = capsule.pushBy(gap);
    const x = places[at] + by * nx, y = places[at + 1] + by * ny, z = places[at + 2] + by * nz;
    const way = (axis: number): number =>
      ((1 - u) * (to[end + axis] - from[end + axis]) + u * (to[end + 3 + axis] - from[end + 3 + axis])) / motion.substeps;
    const sx = x - before[at] - way(0), sy = y - before[at + 1] - way(1), sz = z - before[at + 2] - way(2);
    const along = sx * nx + sy * ny + sz * nz, { friction } = this.driver.materials[this.driver.kinds[node]];
    places[at] = x - friction * (sx - along * nx);
    places[at + 1] = y - friction * (sy - along * ny);
    places[at + 2] = z - friction * (sz - along * nz);
  }
}
