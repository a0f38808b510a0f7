import { type GpuFrame, JOINT_FLOATS, NODE_FLOATS } from "../../packing/gpu_frame.ts";
import type { DetailChange } from "./detail_change.ts";
import type { RestSplats } from "./rest_splats.ts";

/** The runtime equation of spec/CONVENTIONS.md, as `Deform` of shaders/ has it: Gaussians in the pose of a frame. */
export class PosedCloud {
  /** [N,3] metres. */
  readonly meansM: Float32Array;
  /** [N,6] xx, xy, xz, yy, yz, zz, m². */
  readonly covariancesM2: Float32Array;
  /** [N,3] degree-0 harmonics. */
  readonly baseColours: Float32Array;
  /** [N,4] w x y z: takes harmonics along; of length 0 where there are none beyond degree 0. */
  readonly turns: Float32Array;

  // One Gaussian's: turn by nodes and detail, rows of its skin, mean.
  private readonly turn = new Float64Array(4);
  private readonly mean = new Float64Array(3);
  private readonly rows = new Float64Array(12);
  private readonly axes = new Float64Array(9);

  constructor(private readonly rest: RestSplats) {
    const { room: count, cloud } = rest;
    this.meansM = new Float32Array(3 * count);
    this.covariancesM2 = new Float32Array(6 * count);
    this.baseColours = new Float32Array(3 * count);
    this.turns = new Float32Array(cloud.shDegree > 0 ? 4 * count : 0);
  }

  /** `nodes`: [M,8] as they are to be shown. `detail`: null where none is mixed. */
  pose(frame: GpuFrame, nodes: Float32Array, detail: DetailChange | null): void {
    const { rest, baseColours } = this, { cloud, tracks } = rest, { sh, meansM } = cloud, width = 3 * cloud.harmonicCount;
    const { mean, turn } = this;
    for (let i = 0, at = 0, colour = 0; i < rest.count; i++, at += 3, colour += width) {
      mean[0] = meansM[at];
      mean[1] = meansM[at + 1];
      mean[2] = meansM[at + 2];
      baseColours[at] = sh[colour];
      baseColours[at + 1] = sh[colour + 1];
      baseColours[at + 2] = sh[colour + 2];
      let isTurned = nodes.length > 0 && this.carry(i, nodes), stretch: Float64Array | null = null;
      if (detail !== null && tracks[i] >= 0) {
        detail.read(tracks[i], i);
        mean[0] += detail.position[0];
        mean[1] += detail.position[1];
        mean[2] += detail.position[2];
        if (detail.turns) {
          isTurned ? multiply(detail.turn, turn) : turn.set(detail.turn);
          isTurned = true;
        }
        stretch = detail.stretches ? detail.logScale : null;
        for (let k = 0; detail.colours && k < 3; k++) {
          baseColours[at + k] += detail.colour[k];
        }
      }
      this.skin(i, frame.joints);
      this.write(i, isTurned, stretch);
    }
  }

  // Carries a Gaussian with its nodes. False where it hangs on none.
  private carry(i: number, nodes: Float32Array): boolean {
    const weights = this.rest.nodeWeights!, indices = this.rest.nodes!, { mean, turn } = this;
    const mx = mean[0], my = mean[1], mz = mean[2];
    let hangs = false, x = 0, y = 0, z = 0, tw = 0, tx = 0, ty = 0, tz = 0;
    for (let slot = 4 * i; slot < 4 * i + 4; slot++) {
      const weight = weights[slot];
      if (weight === 0) {
        continue;
      }
      hangs = true;
      const at = NODE_FLOATS * indices[slot], w = nodes[at], a = nodes[at + 1], b = nodes[at + 2], c = nodes[at + 3];
      const u = 2 * (b * mz - c * my), v = 2 * (c * mx - a * mz), t = 2 * (a * my - b * mx);
      x += weight * (mx + w * u + b * t - c * v + nodes[at + 4]);
      y += weight * (my + w * v + c * u - a * t + nodes[at + 5]);
      z += weight * (mz + w * t + a * v - b * u + nodes[at + 6]);
      const signed = tw * w + tx * a + ty * b + tz * c < 0 ? -weight : weight;
      tw += signed * w;
      tx += signed * a;
      ty += signed * b;
      tz += signed * c;
    }
    if (hangs) {
      const unit = 1 / Math.sqrt(tw * tw + tx * tx + ty * ty + tz * tz);
      mean[0] = x;
      mean[1] = y;
      mean[2] = z;
      turn[0] = tw * unit;
      turn[1] = tx * unit;
      turn[2] = ty * unit;
      turn[3] = tz * unit;
    }
    return hangs;
  }

  private skin(i: number, joints: Float32Array): void {
    const { rows, rest } = this, { weights, joints: indices } = rest.cloud;
    const first = JOINT_FLOATS * indices[4 * i], share = weights[4 * i];
    for (let k = 0; k < 12; k++) {
      rows[k] = share * joints[first + k];
    }
    for (let slot = 4 * i + 1; slot < 4 * i + 4; slot++) {
      const weight = weights[slot], at = JOINT_FLOATS * indices[slot];
      if (weight !== 0) {
        for (let k = 0; k < 12; k++) {
          rows[k] += weight * joints[at + k];
        }
      }
    }
  }

  private write(i: number, isTurned: boolean, stretch: Float64Array | null): void {
    const { mean, rows, meansM, covariancesM2, axes } = this, at = 3 * i, to = 6 * i, x = mean[0], y = mean[1], z = mean[2];
    meansM[at] = rows[0] * x + rows[1] * y + rows[2] * z + rows[3];
    meansM[at + 1] = rows[4] * x + rows[5] * y + rows[6] * z + rows[7];
    meansM[at + 2] = rows[8] * x + rows[9] * y + rows[10] * z + rows[11];
    if (this.turns.length > 0) {
      this.writeTurn(i);
    }
    this.writeAxes(9 * i, isTurned, stretch);
    const a0 = axes[0], a1 = axes[1], a2 = axes[2], b0 = axes[3], b1 = axes[4], b2 = axes[5], c0 = axes[6], c1 = axes[7], c2 = axes[8];
    covariancesM2[to] = a0 * a0 + a1 * a1 + a2 * a2;
    covariancesM2[to + 1] = a0 * b0 + a1 * b1 + a2 * b2;
    covariancesM2[to + 2] = a0 * c0 + a1 * c1 + a2 * c2;
    covariancesM2[to + 3] = b0 * b0 + b1 * b1 + b2 * b2;
    covariancesM2[to + 4] = b0 * c0 + b1 * c1 + b2 * c2;
    covariancesM2[to + 5] = c0 * c0 + c1 * c1 + c2 * c2;
  }

  // axes = rows × turn × axes at rest × stretch.
  private writeAxes(from: number, isTurned: boolean, stretch: Float64Array | null): void {
    const { rows, axes, turn } = this, rest = this.rest.axes;
    let l0 = rows[0], l1 = rows[1], l2 = rows[2], l3 = rows[4], l4 = rows[5], l5 = rows[6], l6 = rows[8], l7 = rows[9], l8 = rows[10];
    if (isTurned) {
      const w = turn[0], x = turn[1], y = turn[2], z = turn[3];
      const r0 = 1 - 2 * (y * y + z * z), r1 = 2 * (x * y - w * z), r2 = 2 * (x * z + w * y), r3 = 2 * (x * y + w * z);
      const r4 = 1 - 2 * (x * x + z * z), r5 = 2 * (y * z - w * x), r6 = 2 * (x * z - w * y), r7 = 2 * (y * z + w * x);
      const r8 = 1 - 2 * (x * x + y * y);
      let a = l0, b = l1, c = l2;
      l0 = a * r0 + b * r3 + c * r6;
      l1 = a * r1 + b * r4 + c * r7;
      l2 = a * r2 + b * r5 + c * r8;
      [a, b, c] = [l3, l4, l5];
      l3 = a * r0 + b * r3 + c * r6;
      l4 = a * r1 + b * r4 + c * r7;
      l5 = a * r2 + b * r5 + c * r8;
      [a, b, c] = [l6, l7, l8];
      l6 = a * r0 + b * r3 + c * r6;
      l7 = a * r1 + b * r4 + c * r7;
      l8 = a * r2 + b * r5 + c * r8;
    }
    for (let column = 0; column < 3; column++) {
      const grown = stretch === null ? 1 : Math.exp(stretch[column]);
      const a = grown * rest[from + column], b = grown * rest[from + 3 + column], c = grown * rest[from + 6 + column];
      axes[column] = l0 * a + l1 * b + l2 * c;
      axes[3 + column] = l3 * a + l4 * b + l5 * c;
      axes[6 + column] = l6 * a + l7 * b + l8 * c;
    }
  }

  // Of the blend of joints: near its polar rotation, as far as harmonics can tell.
  private writeTurn(i: number): void {
    const { rows, turns } = this, at = 4 * i;
    const w = 1 + rows[0] + rows[5] + rows[10], x = 1 + rows[0] - rows[5] - rows[10], y = 1 - rows[0] + rows[5] - rows[10];
    const z = 1 - rows[0] - rows[5] + rows[10], most = Math.max(w, x, y, z);
    const a = rows[9] - rows[6], b = rows[2] - rows[8], c = rows[4] - rows[1];
    const d = rows[1] + rows[4], e = rows[2] + rows[8], f = rows[6] + rows[9];
    const q = most === w ? [w, a, b, c] : most === x ? [a, x, d, e] : most === y ? [b, d, y, f] : [c, e, f, z];
    const unit = 1 / Math.hypot(q[0], q[1], q[2], q[3]);
    for (let k = 0; k < 4; k++) {
      turns[at + k] = q[k] * unit;
    }
  }
}

// b = a ⊗ b
function multiply(a: Float64Array, b: Float64Array): void {
  const w = b[0], x = b[1], y = b[2], z = b[3];
  b[0] = a[0] * w - a[1] * x - a[2] * y - a[3] * z;
  b[1] = a[0] * x + a[1] * w + a[2] * z - a[3] * y;
  b[2] = a[0] * y - a[1] * z + a[2] * w + a[3] * x;
  b[3] = a[0] * z + a[1] * y - a[2] * x + a[3] * w;
}
