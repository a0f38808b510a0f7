import {
  DRIVER_CARRY_JUMP_M, DRIVER_CARRY_JUMP_M_S, DRIVER_CARRY_SHIFT_M, DRIVER_CARRY_SHIFT_M_S, DRIVER_CARRY_STOP_M_S,
  DRIVER_CARRY_TURN_RAD, DRIVER_CARRY_TURN_RAD_S,
} from "../generated/format.ts";
import { writeMoved } from "../maths/matrix.ts";

/** Whether the root was put elsewhere, and how it goes on: DRIVER.md, "Carrying". */
export class RootTrack {
  /** [3] */
  readonly placeM = new Float64Array(3);
  readonly rotation = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  /** After `moves`: the motion is turn (y − the place before) + to. */
  readonly turn = new Float64Array(9);
  readonly to = new Float64Array(3);
  hasStopped = false;

  private seenMS = 0;
  private readonly velocityMS = new Float64Array(3);
  private turningRadS = 0;
  private wasCarried = false;

  reset(placeM: Float64Array, rotation: Float64Array): void {
    this.placeM.set(placeM);
    this.rotation.set(rotation);
    this.seenMS = this.turningRadS = 0;
    this.velocityMS.fill(0);
    this.wasCarried = this.hasStopped = false;
  }

  /** Takes over where the root is after dt seconds; whether what is remembered is to be carried there. */
  moves(placeM: Float64Array, rotation: Float64Array, dt: number): boolean {
    const { turn, to, velocityMS: v } = this;
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        let sum = 0;
        for (let k = 0; k < 3; k++) {
          sum += rotation[3 * row + k] * this.rotation[3 * column + k];
        }
        turn[3 * row + column] = sum;
      }
    }
    const x = placeM[0] - this.placeM[0], y = placeM[1] - this.placeM[1], z = placeM[2] - this.placeM[2];
    const shift = Math.sqrt(x * x + y * y + z * z), speed = Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    const angle = Math.acos(Math.min(Math.max((turn[0] + turn[4] + turn[8] - 1) / 2, -1), 1));
    const jumped = shift - this.seenMS * dt > Math.max(DRIVER_CARRY_JUMP_M, DRIVER_CARRY_JUMP_M_S * dt);
    const rushed = shift - speed * dt > Math.max(DRIVER_CARRY_SHIFT_M, DRIVER_CARRY_SHIFT_M_S * dt);
    const spun = angle - this.turningRadS * dt > Math.max(DRIVER_CARRY_TURN_RAD, DRIVER_CARRY_TURN_RAD_S * dt);
    const carried = jumped || rushed || spun;
    this.seenMS = shift / dt;
    this.hasStopped = !carried && this.wasCarried && speed - this.seenMS > DRIVER_CARRY_STOP_M_S;
    this.wasCarried = carried;
    if (carried) {
      writeMoved(v, 0, turn, 0, v[0], v[1], v[2]);
    } else {
      v[0] = x / dt;
      v[1] = y / dt;
      v[2] = z / dt;
      this.turningRadS = angle / dt;
    }
    for (let axis = 0; axis < 3; axis++) {
      to[axis] = placeM[axis] - dt * v[axis];
    }
    this.placeM.set(placeM);
    this.rotation.set(rotation);
    return carried;
  }
}
