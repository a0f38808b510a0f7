import { fillIdentity, multiply } from "../maths/rotation.ts";
import { DetailFrame } from "./detail_frame.ts";
import { GroundPlace, turnedX, turnedZ } from "./ground_place.ts";

/** One instant of an avatar before it is skinned: pose, node motion and detail. */
export class AvatarFrame {
  /** [3] metres, added to the root joint's place in the zero pose. */
  readonly rootTranslationM = new Float64Array(3);
  /** [J,4] unit quaternions w x y z, relative to the zero pose. */
  readonly jointRotations: Float64Array;
  /** [M,3] metres. */
  readonly nodeDisplacementsM: Float64Array;
  /** [M,4] unit quaternions w x y z. */
  readonly nodeRotations: Float64Array;
  /** Null where nothing has detail, as in light frames. */
  detail: DetailFrame | null = null;

  private room: DetailFrame | null = null;

  constructor(joints: number, nodes: number) {
    this.jointRotations = new Float64Array(4 * joints);
    this.nodeDisplacementsM = new Float64Array(3 * nodes);
    this.nodeRotations = new Float64Array(4 * nodes);
    fillIdentity(this.jointRotations);
    fillIdentity(this.nodeRotations);
  }

  get jointCount(): number {
    return this.jointRotations.length / 4;
  }

  get nodeCount(): number {
    return this.nodeRotations.length / 4;
  }

  /** Where the root stands and faces. `rootJointM`: [3] the root joint in the zero pose. */
  groundOf(rootJointM: ArrayLike<number>): GroundPlace {
    const w = this.jointRotations[0], y = this.jointRotations[2];
    const heading = y === 0 && w === 0 ? 0 : 2 * Math.atan2(y, w);
    return new GroundPlace(rootJointM[0] + this.rootTranslationM[0], rootJointM[2] + this.rootTranslationM[2], heading);
  }

  /** Turns the root about +Y by `heading` radians around the origin, then shifts it, metres. */
  moveRoot(rootJointM: ArrayLike<number>, heading: number, x: number, y: number, z: number): void {
    const turn = [Math.cos(heading / 2), 0, Math.sin(heading / 2), 0] as unknown as Float64Array;
    multiply(this.jointRotations, 0, turn, 0, this.jointRotations, 0);
    const root = this.rootTranslationM;
    const placeX = rootJointM[0] + root[0], placeZ = rootJointM[2] + root[2];
    root[0] = turnedX(heading, placeX, placeZ) + x - rootJointM[0];
    root[1] += y;
    root[2] = turnedZ(heading, placeX, placeZ) + z - rootJointM[2];
  }

  /** Takes over everything but detail. */
  takeMotion(other: AvatarFrame): void {
    this.rootTranslationM.set(other.rootTranslationM);
    this.jointRotations.set(other.jointRotations);
    this.nodeDisplacementsM.set(other.nodeDisplacementsM);
    this.nodeRotations.set(other.nodeRotations);
  }

  copy(other: AvatarFrame): void {
    this.takeMotion(other);
    this.takeDetail(other.detail);
  }

  /** Takes over detail into memory of its own. */
  takeDetail(detail: DetailFrame | null): void {
    this.detail = detail;
    if (detail === null || detail === this.room) {
      return;
    }
    if (this.room === null || this.room.gaussians !== detail.gaussians) {
      this.room = new DetailFrame(detail.gaussians);
    }
    this.room.copy(detail);
    this.detail = this.room;
  }
}
