import { type Camera, cameraOf, framing, type Orbit as Place } from "../renderer/core/camera.ts";

const FIELD_RAD = 0.56;
const STEEPEST_RAD = 1.5;
const NEAREST_M = 0.15, FARTHEST_M = 60;
// Between an avatar and the controls. A sphere around somebody who stands is wider than they are.
const AIR = 0.86;
// Where controls leave hardly any room, the avatar lies under them.
const LEAST_ROOM = 0.35;
const START = { azimuthRad: 0.35, elevationRad: 0.08, fovYRad: FIELD_RAD };

/** A camera that looks at a point: orbit, pan, zoom. */
export class Orbit {
  private place: Place = { targetM: [0, 0.9, 0], distanceM: 4, ...START };

  /** Turns by a movement in px. */
  turn(dx: number, dy: number, heightPx: number): void {
    this.place.azimuthRad -= (dx * Math.PI) / heightPx;
    this.place.elevationRad = clamp(this.place.elevationRad + (dy * Math.PI) / heightPx, -STEEPEST_RAD, STEEPEST_RAD);
  }

  /** Moves what is looked at along with a movement in px. */
  pan(dx: number, dy: number, heightPx: number): void {
    const { place } = this, { toCamera: rows } = this.camera(1, 1);
    const metres = (2 * place.distanceM * Math.tan(FIELD_RAD / 2)) / heightPx;
    const moved = place.targetM.map((value, k) => value - metres * (dx * rows[k] + dy * rows[4 + k]));
    place.targetM = [moved[0], moved[1], moved[2]];
  }

  /** Comes nearer by a factor above 1. */
  zoom(factor: number): void {
    this.place.distanceM = clamp(this.place.distanceM / factor, NEAREST_M, FARTHEST_M);
  }

  /** Looks at all of an avatar. `top` and `bottom`: shares of the picture's height that controls lie over. */
  frame({ centreM, radiusM }: { centreM: [number, number, number]; radiusM: number }, aspect: number, top: number, bottom: number): void {
    const room = Math.max(1 - top - bottom, LEAST_ROOM);
    // The room's width is the picture's, and its height is what the controls leave.
    this.place = framing(centreM, AIR * radiusM, aspect / room, START);
    this.place.distanceM /= room;
    this.pan(0, (top - bottom) / 2, 1);
  }

  camera(widthPx: number, heightPx: number): Camera {
    return cameraOf(this.place, widthPx, heightPx);
  }

  /** For a link. */
  toText(): string {
    const { azimuthRad, elevationRad, distanceM, targetM } = this.place;
    return [azimuthRad, elevationRad, distanceM, ...targetM].map((value) => value.toFixed(3)).join(",");
  }

  /** False where a link has no camera in it. */
  take(text: string): boolean {
    const values = text.split(",").map(Number);
    if (values.length !== 6 || !values.every(Number.isFinite)) {
      return false;
    }
    this.place = {
      azimuthRad: values[0], elevationRad: clamp(values[1], -STEEPEST_RAD, STEEPEST_RAD), fovYRad: FIELD_RAD,
      distanceM: clamp(values[2], NEAREST_M, FARTHEST_M), targetM: [values[3], values[4], values[5]],
    };
    return true;
  }
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(Math.max(value, lowest), highest);
}
