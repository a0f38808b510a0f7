import { driverOf } from "../driver/driver_reader.ts";
import { NodeDriver } from "../driver/node_driver.ts";
import { dot4, multiply, normalise } from "../maths/rotation.ts";
import { GpuFrame } from "../packing/gpu_frame.ts";
import type { MovedNodes } from "../workers/decoder_messages.ts";
import type { WorkerPort } from "../workers/worker_decoder.ts";
import { WorkerDriver } from "../workers/worker_driver.ts";
import { AvatarFrame } from "./avatar_frame.ts";
import type { PlayableAvatar } from "./playable_avatar.ts";

// A gap longer than this is a pause: cloth is put at rest instead of being swung through it.
const PAUSE_S = 0.5;
const NOMINAL_STEP_S = 1 / 60;
// What the joints of a person cannot do between two poses.
const CUT_RAD = 0.9;
const CUT_RAD_S = 60;

/** Shows poses as they come: the driver moves cloth and hair, where the package has one; in a worker, where there is one. */
export class LivePlayer {
  readonly frame: GpuFrame;
  readonly pose: AvatarFrame;
  /** Poses that could not be used. */
  refusedCount = 0;
  /** How often cloth was put at rest. */
  resetCount = 0;

  private readonly driver: NodeDriver | null = null;
  private readonly remote: WorkerDriver | null = null;
  /** The pose that came last: what a worker is at work on is not shown yet. */
  private readonly given: AvatarFrame;
  private failed: Error | null = null;
  private timeS = 0;
  private hasPose = false;

  /**
   * Section `driver` has to be here. With a worker, the avatar's or another, a pose is shown once its cloth and hair are there,
   * about a picture later; poses that come faster than the worker goes on are taken together.
   */
  constructor(readonly avatar: PlayableAvatar, withDriver = true, worker: WorkerPort | null = null) {
    const { manifest, skeleton } = avatar.package, nodeRestM = avatar.model?.nodeRestM ?? new Float32Array(0);
    this.frame = new GpuFrame(skeleton, nodeRestM, manifest.framesPerGroup);
    this.pose = new AvatarFrame(avatar.jointCount, avatar.nodeCount);
    const driver = withDriver && avatar.nodeCount > 0 ? driverOf(avatar.package) : null;
    this.given = new AvatarFrame(avatar.jointCount, 0);
    if (driver !== null && worker !== null) {
      this.remote = new WorkerDriver(worker, driver, skeleton, nodeRestM, (moved) => this.takeMoved(moved), (error) => {
        this.failed = error;
      });
    } else if (driver !== null) {
      this.driver = new NodeDriver(driver, skeleton, nodeRestM);
    }
  }

  /**
   * Goes on to a pose whose nodes are not looked at. False where it cannot be used: NaN, infinity, a zero quaternion. Throws where
   * the worker has ended.
   */
  step(pose: AvatarFrame, timeS: number, isDiscontinuous = false): boolean {
    if (this.failed !== null) {
      throw this.failed;
    }
    if (!isPose(pose) || !Number.isFinite(timeS)) {
      this.refusedCount++;
      return false;
    }
    let dt = timeS - this.timeS;
    const resets = !this.hasPose || isDiscontinuous || !(dt > 0 && dt <= PAUSE_S) || this.isCut(pose, dt);
    this.takePose(this.given, pose);
    this.hasPose = true;
    this.timeS = timeS;
    if (this.remote !== null) {
      this.resetCount += resets ? 1 : 0;
      this.remote.step(this.given, resets ? NOMINAL_STEP_S : dt, resets);
      return true;
    }
    this.takePose(this.pose, this.given);
    if (this.driver !== null) {
      if (resets) {
        this.resetCount++;
        this.driver.reset(this.pose);
        dt = NOMINAL_STEP_S;
      }
      this.driver.step(this.pose, dt);
    }
    this.show();
    return true;
  }

  /** Shows a frame whose nodes somebody else has moved, such as one of a live session. */
  take(frame: AvatarFrame): boolean {
    if (frame.jointCount !== this.avatar.jointCount || frame.nodeCount !== this.avatar.nodeCount) {
      const { jointCount, nodeCount } = this.avatar;
      throw new RangeError(`${frame.jointCount} joints and ${frame.nodeCount} nodes; the avatar has ${jointCount} and ${nodeCount}`);
    }
    if (!isPose(frame) || !frame.nodeDisplacementsM.every(Number.isFinite) || !areTurns(frame.nodeRotations)) {
      this.refusedCount++;
      return false;
    }
    this.takePose(this.pose, frame);
    this.pose.nodeDisplacementsM.set(frame.nodeDisplacementsM);
    this.pose.nodeRotations.set(frame.nodeRotations);
    // A driver that takes over from here begins anew.
    this.hasPose = false;
    this.show();
    return true;
  }

  /** Turns what is shown about the origin and shifts it, metres; nodes and driver feel nothing of it. `turn`: [4]. */
  place(turn: ArrayLike<number>, x: number, y: number, z: number): void {
    const root = this.pose.rootTranslationM, joint = this.avatar.package.skeleton.zeroJointsM;
    const q = Float64Array.from([0, joint[0] + root[0], joint[1] + root[1], joint[2] + root[2]]), by = Float64Array.from(turn);
    const back = Float64Array.of(by[0], -by[1], -by[2], -by[3]);
    multiply(q, 0, by, 0, q, 0);
    multiply(q, 0, q, 0, back, 0);
    root[0] = q[1] + x - joint[0];
    root[1] = q[2] + y - joint[1];
    root[2] = q[3] + z - joint[2];
    multiply(this.pose.jointRotations, 0, by, 0, this.pose.jointRotations, 0);
    this.frame.setMotion(this.pose);
  }

  /** The worker forgets the driver. */
  dispose(): void {
    this.remote?.dispose();
  }

  private takePose(to: AvatarFrame, pose: AvatarFrame): void {
    to.rootTranslationM.set(pose.rootTranslationM);
    to.jointRotations.set(pose.jointRotations);
    for (let at = 0; at < to.jointRotations.length; at += 4) {
      normalise(to.jointRotations, at);
    }
  }

  private takeMoved(moved: MovedNodes): void {
    // Frames of somebody else have been shown since.
    if (this.hasPose) {
      this.pose.rootTranslationM.set(moved.rootTranslationM);
      this.pose.jointRotations.set(moved.jointRotations);
      this.pose.nodeDisplacementsM.set(moved.nodeDisplacementsM);
      this.pose.nodeRotations.set(moved.nodeRotations);
      this.show();
    }
  }

  private show(): void {
    this.frame.sourceCount = 0;
    this.frame.setMotion(this.pose);
  }

  // Whether no motion of the joints below the root leads from the last pose to this one.
  private isCut(pose: AvatarFrame, dt: number): boolean {
    const last = this.given.jointRotations, next = pose.jointRotations, count = last.length / 4 - 1;
    let turned = 0;
    for (let at = 4; at < last.length; at += 4) {
      const cosine = Math.abs(dot4(last, at, next, at)) / Math.sqrt(dot4(next, at, next, at));
      turned += (2 * Math.acos(Math.min(cosine, 1))) / count;
    }
    return turned > CUT_RAD && turned > CUT_RAD_S * dt;
  }
}

function isPose(pose: AvatarFrame): boolean {
  return pose.rootTranslationM.every(Number.isFinite) && areTurns(pose.jointRotations);
}

function areTurns(turns: Float64Array): boolean {
  let usable = true;
  for (let at = 0; at < turns.length; at += 4) {
    const square = dot4(turns, at, turns, at);
    usable &&= square > 0 && square < Infinity;
  }
  return usable;
}
