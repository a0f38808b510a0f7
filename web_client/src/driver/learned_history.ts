import { DRIVER_ROOT_CHANNELS } from "../generated/format.ts";
import { writeMoved, writeProduct } from "../maths/matrix.ts";
import { TRANSFORM } from "../player/joint_transforms.ts";
import type { Skeleton } from "../reader/skeleton.ts";
import type { LearnedDriver } from "./driver_model.ts";

const MAX_FILTER_STEPS = 60;
const FILTER_RATE_HZ = 120;
const MAX_SCORE = 3;

/** What was learned of how nodes move, and the past of a motion that it looks at: DRIVER.md, "Learned displacements". */
export class LearnedHistory {
  private readonly channels: Float64Array;
  private readonly values: Float64Array;
  private readonly speeds: Float64Array;
  private readonly features: Float64Array;
  private readonly place = new Float64Array(3);
  private readonly velocity = new Float64Array(3);
  private readonly rotation = new Float64Array(9);
  private readonly scratch = new Float64Array(9);

  constructor(private readonly learned: LearnedDriver, private readonly skeleton: Skeleton) {
    const count = DRIVER_ROOT_CHANNELS + 3 * learned.tracked.length, filters = learned.poles.length / 2;
    this.channels = new Float64Array(count);
    this.values = new Float64Array(filters * count);
    this.speeds = new Float64Array(filters * count);
    this.features = new Float64Array(count * (1 + 2 * filters));
  }

  /** As if a pose had stood for ever. `joints`: [J,12]. */
  reset(joints: Float64Array): void {
    this.writePlace(this.place, 0, joints);
    this.velocity.fill(0);
    this.rotation.set(joints.subarray(0, 9));
    this.fillChannels(joints, [0, 0, 0], [0, 0, 0], [0, 0, 0]);
    for (let at = 0; at < this.values.length; at += this.channels.length) {
      this.values.set(this.channels, at);
    }
    this.speeds.fill(0);
  }

  carry(turn: Float64Array, from: Float64Array, to: Float64Array): void {
    const { place: p, velocity: v, rotation, scratch } = this;
    writeMoved(p, 0, turn, 0, p[0] - from[0], p[1] - from[1], p[2] - from[2], to[0], to[1], to[2]);
    writeMoved(v, 0, turn, 0, v[0], v[1], v[2]);
    writeProduct(scratch, 0, turn, 0, rotation, 0);
    rotation.set(scratch);
  }

  /** Adds what was learned to displacements [M,3]. */
  add(joints: Float64Array, dt: number, displacementsM: Float64Array): void {
    const place = new Float64Array(3), { rotation: last } = this;
    this.writePlace(place, 0, joints);
    const velocity = [0, 1, 2].map((axis) => (place[axis] - this.place[axis]) / dt);
    const acceleration = [0, 1, 2].map((axis) => (velocity[axis] - this.velocity[axis]) / dt);
    // (last R)ᵀ R
    const turned = (row: number, column: number): number =>
      last[row] * joints[column] + last[3 + row] * joints[3 + column] + last[6 + row] * joints[6 + column];
    const rate = [turned(2, 1) - turned(1, 2), turned(0, 2) - turned(2, 0), turned(1, 0) - turned(0, 1)];
    const scale = 0.5 / dt;
    this.place.set(place);
    this.velocity.set(velocity);
    this.rotation.set(joints.subarray(0, 9));
    this.fillChannels(joints, velocity, rate.map((value) => scale * value), acceleration);
    this.filter(dt);
    this.score();
    this.addBasis(displacementsM);
  }

  private writePlace(out: Float64Array, joint: number, joints: Float64Array): void {
    const { zeroJointsM: zero } = this.skeleton, at = TRANSFORM * joint;
    writeMoved(
      out, 0, joints, at, zero[3 * joint], zero[3 * joint + 1], zero[3 * joint + 2], joints[at + 9], joints[at + 10], joints[at + 11],
    );
  }

  private fillChannels(
    joints: Float64Array, velocity: readonly number[], rate: readonly number[], acceleration: readonly number[],
  ): void {
    const { channels, scratch } = this, root = new Float64Array(3);
    this.writePlace(root, 0, joints);
    let at = 0;
    const put = (x: number, y: number, z: number, most: number): void => {
      channels[at++] = clamped(x, most);
      channels[at++] = clamped(y, most);
      channels[at++] = clamped(z, most);
    };
    // Rᵀ v
    const putBack = (x: number, y: number, z: number, most: number): void => {
      const column = (k: number): number => joints[k] * x + joints[3 + k] * y + joints[6 + k] * z;
      put(column(0), column(1), column(2), most);
    };
    for (const joint of this.learned.tracked) {
      this.writePlace(scratch, joint, joints);
      putBack(scratch[0] - root[0], scratch[1] - root[1], scratch[2] - root[2], 3);
    }
    const [x, y, z] = rate;
    putBack(0, -1, 0, 1);
    putBack(velocity[0], velocity[1], velocity[2], 10);
    put(x, y, z, 20);
    putBack(acceleration[0], acceleration[1], acceleration[2], 50);
    put(x * x, y * y, z * z, 100);
    put(x * y, y * z, z * x, 100);
  }

  private filter(dt: number): void {
    const { channels, values, speeds } = this, { poles } = this.learned, count = channels.length;
    // The last digits of a step of a whole number of periods must not make one more of them.
    const steps = Math.min(Math.max(Math.ceil(FILTER_RATE_HZ * dt - 1e-6), 1), MAX_FILTER_STEPS), h = dt / steps;
    for (let filter = 0; filter < poles.length / 2; filter++) {
      const w = 2 * Math.PI * poles[2 * filter], damping = poles[2 * filter + 1];
      const pull = h * w * w, keep = 1 / (1 + 2 * damping * w * h + h * h * w * w);
      for (let k = 0, i = filter * count; k < count; k++, i++) {
        for (let step = 0; step < steps; step++) {
          speeds[i] = (speeds[i] + pull * (channels[k] - values[i])) * keep;
          values[i] += h * speeds[i];
        }
      }
    }
  }

  private score(): void {
    const { channels, values, speeds, features } = this, { poles, means, scales } = this.learned, count = channels.length;
    features.set(channels);
    for (let filter = 0, at = count; filter < poles.length / 2; filter++, at += 2 * count) {
      const w = 2 * Math.PI * poles[2 * filter];
      for (let k = 0; k < count; k++) {
        features[at + k] = values[filter * count + k];
        features[at + count + k] = speeds[filter * count + k] / w;
      }
    }
    for (let k = 0; k < features.length; k++) {
      features[k] = clamped((features[k] - means[k]) / scales[k], MAX_SCORE);
    }
  }

  private addBasis(displacementsM: Float64Array): void {
    const { features } = this, { rowCount, weights, basisM } = this.learned, width = displacementsM.length;
    for (let row = 0; row < rowCount; row++) {
      let amount = 0;
      for (let k = 0; k < features.length; k++) {
        amount += features[k] * weights[row * features.length + k];
      }
      for (let i = 0; i < width; i++) {
        displacementsM[i] += amount * basisM[row * width + i];
      }
    }
  }
}

function clamped(value: number, most: number): number {
  return Math.min(Math.max(value, -most), most);
}
