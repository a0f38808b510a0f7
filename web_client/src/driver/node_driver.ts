import { writeMoved } from "../maths/matrix.ts";
import { fillIdentity } from "../maths/rotation.ts";
import { roundHalfEven } from "../maths/rounding.ts";
import { writeSkin } from "../maths/skin.ts";
import type { AvatarFrame } from "../player/avatar_frame.ts";
import { JointTransforms, TRANSFORM, writeMatrix } from "../player/joint_transforms.ts";
import type { Skeleton } from "../reader/skeleton.ts";
import type { DriverModel } from "./driver_model.ts";
import type { DriverMotion } from "./driver_motion.ts";
import { LearnedHistory } from "./learned_history.ts";
import { NodeSolver } from "./node_solver.ts";
import { NodeState } from "./node_state.ts";
import { NodeTurns } from "./node_turns.ts";
import { RootTrack } from "./root_track.ts";

const LEAST_STEP_S = 1e-3;
const LONGEST_STEP_S = 0.5;
const SUBSTEP_RATE_HZ = 240;
const MAX_SUBSTEPS = 16;
const RESET_STEPS = 12;
const RESET_STEP_S = 1 / 30;
const RESET_DAMPING_HZ = 6;
const FARTHEST_ROOT_M = 1e5;
const TINY = 1e-12;

/** Moves control nodes in motions that were never baked: DRIVER.md. */
export class NodeDriver {
  private readonly kinematics: JointTransforms;
  private readonly joints: Float64Array;
  private readonly state: NodeState;
  private readonly solver: NodeSolver;
  private readonly turns: NodeTurns;
  private readonly history: LearnedHistory;
  private readonly root = new RootTrack();
  private readonly motion: DriverMotion;
  /** [M,3] displacements that are shown. */
  private readonly shown: Float64Array;
  private readonly place = new Float64Array(3);
  private readonly matrix = new Float64Array(9);
  private readonly from = new Float64Array(3);

  /** `nodeRestM`: [M,3]. */
  constructor(private readonly driver: DriverModel, private readonly skeleton: Skeleton, nodeRestM: ArrayLike<number>) {
    const restM = Float64Array.from(nodeRestM), capsules = driver.capsules.length;
    this.kinematics = new JointTransforms(skeleton);
    this.joints = new Float64Array(TRANSFORM * skeleton.parents.length);
    this.state = new NodeState(restM, capsules);
    this.solver = new NodeSolver(driver, this.state);
    this.turns = new NodeTurns(driver.links, this.state);
    this.history = new LearnedHistory(driver.learned, skeleton);
    this.shown = new Float64Array(restM.length);
    this.motion = {
      targets: new Float64Array(restM.length), normals: new Float64Array(restM.length),
      capsuleEnds: new Float64Array(6 * capsules), carrier: new Float64Array(3), substeps: 1, substepS: 1, leastDampingHz: 0,
    };
  }

  /** Puts cloth at rest in a pose. */
  reset(pose: AvatarFrame): void {
    if (!isUsable(pose)) {
      return;
    }
    const { state } = this;
    this.kinematics.evaluate(pose.rootTranslationM, pose.jointRotations, this.joints);
    fillIdentity(state.rotations);
    this.lead();
    state.places.set(this.motion.targets);
    this.takeOver();
    state.velocities.fill(0);
    for (let step = 0; step < RESET_STEPS; step++) {
      this.swing(RESET_STEP_S, RESET_DAMPING_HZ);
      this.turns.update(this.shown);
    }
    state.velocities.fill(0);
    this.root.reset(this.rootPlace(), this.joints.subarray(0, 9));
    this.history.reset(this.joints);
  }

  /** Goes on to a pose that comes `seconds` after the last, and writes the motion of nodes into it. */
  step(pose: AvatarFrame, seconds: number): void {
    if (isUsable(pose)) {
      // Written so that NaN is the shortest step, too.
      this.advance(pose, seconds > LEAST_STEP_S ? Math.min(seconds, LONGEST_STEP_S) : LEAST_STEP_S);
    }
    pose.nodeDisplacementsM.set(this.shown);
    pose.nodeRotations.set(this.state.rotations);
  }

  private advance(pose: AvatarFrame, dt: number): void {
    const { shown, joints, root, driver } = this;
    this.kinematics.evaluate(pose.rootTranslationM, pose.jointRotations, joints);
    this.from.set(root.placeM);
    if (root.moves(this.rootPlace(), joints.subarray(0, 9), dt)) {
      this.state.carry(root.turn, this.from, root.to);
      this.history.carry(root.turn, this.from, root.to);
    } else if (root.hasStopped) {
      this.reset(pose);
    }
    this.swing(dt, 0);
    for (let at = 0; at < shown.length; at++) {
      shown[at] *= driver.materials[driver.kinds[Math.floor(at / 3)]].share;
    }
    if (driver.learned.rowCount > 0) {
      this.history.add(joints, dt, shown);
    }
    this.solver.placeCapsules();
    for (let node = 0; node < driver.kinds.length; node++) {
      this.cutToReach(node);
      this.pushOut(node);
    }
    this.turns.update(shown);
  }

  private rootPlace(): Float64Array {
    const { joints, place } = this, { zeroJointsM: zero } = this.skeleton;
    writeMoved(place, 0, joints, 0, zero[0], zero[1], zero[2], joints[9], joints[10], joints[11]);
    return place;
  }

  // Matrices, targets and ends of capsules in the pose whose joints are known.
  private lead(): void {
    const { state, motion, joints, driver } = this, { matrices, restM } = state;
    for (let node = 0, at = 0; at < restM.length; node++, at += 3) {
      const m = TRANSFORM * node;
      writeSkin(matrices, m, joints, driver.joints, driver.weights, node);
      writeMoved(
        motion.targets, at, matrices, m, restM[at] + driver.hangM[at], restM[at + 1] + driver.hangM[at + 1],
        restM[at + 2] + driver.hangM[at + 2], matrices[m + 9], matrices[m + 10], matrices[m + 11],
      );
    }
    driver.capsules.forEach(({ joint, a, b }, k) => {
      const at = TRANSFORM * joint, x = joints[at + 9], y = joints[at + 10], z = joints[at + 11];
      writeMoved(motion.capsuleEnds, 6 * k, joints, at, a[0], a[1], a[2], x, y, z);
      writeMoved(motion.capsuleEnds, 6 * k + 3, joints, at, b[0], b[1], b[2], x, y, z);
    });
  }

  // What led this step is what the next one begins with.
  private takeOver(): void {
    const { state, motion } = this;
    [state.targets, motion.targets] = [motion.targets, state.targets];
    [state.capsuleEnds, motion.capsuleEnds] = [motion.capsuleEnds, state.capsuleEnds];
  }

  // One step of the physics; displacements are in `shown` then.
  private swing(dt: number, leastDampingHz: number): void {
    const { state, motion, shown } = this, count = Math.max(shown.length / 3, 1);
    this.turnNormals();
    this.lead();
    motion.carrier.fill(0);
    for (let at = 0; at < shown.length; at++) {
      motion.carrier[at % 3] += motion.targets[at] - state.targets[at];
    }
    for (let axis = 0; axis < 3; axis++) {
      motion.carrier[axis] /= dt * count;
    }
    motion.substeps = Math.min(Math.max(roundHalfEven(SUBSTEP_RATE_HZ * dt), 1), MAX_SUBSTEPS);
    motion.substepS = dt / motion.substeps;
    motion.leastDampingHz = leastDampingHz;
    for (let number = 1; number <= motion.substeps; number++) {
      this.solver.advance(motion, number);
    }
    this.takeOver();
    for (let node = 0; node < state.restM.length / 3; node++) {
      this.readDisplacement(node);
    }
  }

  private turnNormals(): void {
    const { state, motion, matrix } = this, { normals } = this.driver;
    for (let node = 0, at = 0; at < normals.length; node++, at += 3) {
      if (normals[at] === 0 && normals[at + 1] === 0 && normals[at + 2] === 0) {
        motion.normals.fill(0, at, at + 3);
        continue;
      }
      writeMatrix(matrix, 0, state.rotations, 4 * node);
      const out = motion.normals;
      writeMoved(out, at, matrix, 0, normals[at], normals[at + 1], normals[at + 2]);
      writeMoved(out, at, state.matrices, TRANSFORM * node, out[at], out[at + 1], out[at + 2]);
      const unit = 1 / (lengthAt(out, at) + TINY);
      for (let k = at; k < at + 3; k++) {
        out[k] *= unit;
      }
    }
  }

  private readDisplacement(node: number): void {
    const { state, shown } = this, at = 3 * node, { places, restM, matrices } = state;
    state.writeDisplacement(shown, node, places[at], places[at + 1], places[at + 2]);
    const length = lengthAt(shown, at);
    if (length <= this.driver.reachM) {
      return;
    }
    const cut = Number.isFinite(shown[at] + shown[at + 1] + shown[at + 2]) ? this.driver.reachM / length : 0;
    for (let k = at; k < at + 3; k++) {
      shown[k] = cut === 0 ? 0 : cut * shown[k];
    }
    const m = TRANSFORM * node;
    writeMoved(
      places, at, matrices, m, restM[at] + shown[at], restM[at + 1] + shown[at + 1], restM[at + 2] + shown[at + 2],
      matrices[m + 9], matrices[m + 10], matrices[m + 11],
    );
    state.velocities.fill(0, at, at + 3);
  }

  private cutToReach(node: number): void {
    const { shown } = this, { reachM } = this.driver, at = 3 * node, length = lengthAt(shown, at);
    if (!(length <= reachM)) {
      for (let k = at; k < at + 3; k++) {
        shown[k] *= reachM / length;
      }
    }
  }

  // What is shown, out of the capsules.
  private pushOut(node: number): void {
    if (this.driver.follow[node] === 0) {
      return;
    }
    const { state, shown, place } = this, { matrices, restM } = state, at = 3 * node, m = TRANSFORM * node;
    writeMoved(
      place, 0, matrices, m, restM[at] + shown[at], restM[at + 1] + shown[at + 1], restM[at + 2] + shown[at + 2],
      matrices[m + 9], matrices[m + 10], matrices[m + 11],
    );
    if (this.solver.pushOut(node, place)) {
      state.writeDisplacement(shown, node, place[0], place[1], place[2]);
      this.cutToReach(node);
    }
  }
}

function isUsable({ rootTranslationM, jointRotations }: AvatarFrame): boolean {
  let usable = rootTranslationM.every((value) => Math.abs(value) < FARTHEST_ROOT_M);
  for (let at = 0; at < jointRotations.length; at += 4) {
    const length = Math.hypot(jointRotations[at], jointRotations[at + 1], jointRotations[at + 2], jointRotations[at + 3]);
    usable &&= length > 0 && length < Infinity;
  }
  return usable;
}

function lengthAt(values: Float64Array, at: number): number {
  return Math.sqrt(values[at] * values[at] + values[at + 1] * values[at + 1] + values[at + 2] * values[at + 2]);
}
