import type { CameraView } from "./camera_view.ts";
import type { Bounds } from "./messages.ts";

const FIELD_RAD = (32 * Math.PI) / 180;
const STEEPEST_RAD = 1.5;
const NEAREST_M = 0.15, FARTHEST_M = 60;
// Air around an avatar that is framed.
const AIR = 1.3;
const START_RAD = 0.35;

/** A camera that looks at a point: orbit, pan, zoom. */
export class Orbit {
  yawRad = START_RAD;
  pitchRad = 0.08;
  distanceM = 4;
  /** [3] metres. */
  target: [number, number, number] = [0, 0.9, 0];

  /** Turns by a movement in px. */
  turn(dx: number, dy: number, heightPx: number): void {
    this.yawRad -= (dx * Math.PI) / heightPx;
    this.pitchRad = clamp(this.pitchRad + (dy * Math.PI) / heightPx, -STEEPEST_RAD, STEEPEST_RAD);
  }

  /** Moves what is looked at along with a movement in px. */
  pan(dx: number, dy: number, heightPx: number): void {
    const { axes } = this.view(1, 1), metres = (2 * this.distanceM * Math.tan(FIELD_RAD / 2)) / heightPx;
    for (let k = 0; k < 3; k++) {
      this.target[k] -= metres * (dx * axes[k] + dy * axes[3 + k]);
    }
  }

  /** Comes nearer by a factor above 1. */
  zoom(factor: number): void {
    this.distanceM = clamp(this.distanceM / factor, NEAREST_M, FARTHEST_M);
  }

  /** Looks at all of an avatar. */
  frame({ low, high }: Bounds, widthPx: number, heightPx: number): void {
    const wide = Math.hypot(high[0] - low[0], high[2] - low[2]), tall = high[1] - low[1];
    for (let k = 0; k < 3; k++) {
      this.target[k] = (low[k] + high[k]) / 2;
    }
    const across = Math.max(tall, wide * (heightPx / Math.max(widthPx, 1)));
    this.distanceM = clamp((AIR * across) / (2 * Math.tan(FIELD_RAD / 2)) + wide / 2, NEAREST_M, FARTHEST_M);
    this.pitchRad = 0.08;
    this.yawRad = START_RAD;
  }

  view(widthPx: number, heightPx: number): CameraView {
    const cp = Math.cos(this.pitchRad), sp = Math.sin(this.pitchRad);
    const cy = Math.cos(this.yawRad), sy = Math.sin(this.yawRad);
    const forward = [-cp * sy, -sp, -cp * cy], right = [cy, 0, -sy];
    const down = [
      forward[1] * right[2] - forward[2] * right[1], forward[2] * right[0] - forward[0] * right[2],
      forward[0] * right[1] - forward[1] * right[0],
    ];
    const [x, y, z] = this.target, d = this.distanceM;
    return {
      eye: [x - d * forward[0], y - d * forward[1], z - d * forward[2]], axes: [...right, ...down, ...forward],
      focalPx: heightPx / (2 * Math.tan(FIELD_RAD / 2)), widthPx, heightPx,
    };
  }

  /** For a link. */
  toText(): string {
    return [this.yawRad, this.pitchRad, this.distanceM, ...this.target].map((value) => value.toFixed(3)).join(",");
  }

  /** False where a link has no camera in it. */
  take(text: string): boolean {
    const values = text.split(",").map(Number);
    if (values.length !== 6 || !values.every(Number.isFinite)) {
      return false;
    }
    this.yawRad = values[0];
    this.pitchRad = clamp(values[1], -STEEPEST_RAD, STEEPEST_RAD);
    this.distanceM = clamp(values[2], NEAREST_M, FARTHEST_M);
    this.target = [values[3], values[4], values[5]];
    return true;
  }
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(Math.max(value, lowest), highest);
}
