import type { PosedSplats } from "../player/deformer.ts";
import { colourOf } from "../player/harmonics.ts";
import type { SplatCloud } from "../reader/splat_cloud.ts";
import type { CameraView } from "./camera_view.ts";
import { DepthOrder } from "./depth_order.ts";

/** `uint`s of a Gaussian on screen: centre x y, covariance xx xy | yy, red green, blue opacity, 0. */
export const TEXEL_UINTS = 8;
const LOW_PASS_PX2 = 0.3;
const NEAR_M = 0.01;
const CUTOFF = 1 / 255;
const MOST_SIGMAS = 3.33;
// Directions are clamped to so much of the field of view.
const FIELD = 1.3;
const C0 = 0.28209479177387814;

/** Gaussians as a camera sees them: the image formation of ani3d_runtime/render, sorted from far to near. */
export class ScreenSplats {
  private readonly order: DepthOrder;
  private readonly seen: Int32Array;
  private readonly depths: Float32Array;
  private readonly sh: Float64Array;
  private readonly direction = new Float64Array(3);
  private readonly back = new Float64Array(9);
  private readonly values = new Float32Array(5);
  private readonly bits = new Uint32Array(this.values.buffer);

  constructor(private readonly splats: SplatCloud) {
    this.order = new DepthOrder(splats.count);
    this.seen = new Int32Array(splats.count);
    this.depths = new Float32Array(splats.count);
    this.sh = new Float64Array(3 * splats.harmonicCount);
  }

  /** Writes those that are seen; returns how many. `texels`: TEXEL_UINTS a Gaussian. */
  write(posed: PosedSplats, camera: CameraView, texels: Uint32Array): number {
    const count = this.find(posed, camera), order = this.order.sorted(this.depths, count);
    let written = 0;
    for (let place = 0; place < count; place++) {
      written += this.writeOne(this.seen[order[place]], posed, camera, texels, TEXEL_UINTS * written) ? 1 : 0;
    }
    return written;
  }

  // Those before the camera, with their depths.
  private find(posed: PosedSplats, { eye, axes }: CameraView): number {
    const { meansM } = posed;
    let count = 0;
    for (let i = 0; i < this.splats.count; i++) {
      const z = axes[6] * (meansM[3 * i] - eye[0]) + axes[7] * (meansM[3 * i + 1] - eye[1])
        + axes[8] * (meansM[3 * i + 2] - eye[2]);
      if (z > NEAR_M && this.splats.opacities[i] >= CUTOFF) {
        this.seen[count] = i;
        this.depths[count++] = z;
      }
    }
    return count;
  }

  private writeOne(i: number, posed: PosedSplats, camera: CameraView, texels: Uint32Array, at: number): boolean {
    const { axes: r, eye, focalPx: f, widthPx, heightPx } = camera, { meansM, covariancesM2: s } = posed;
    const dx = meansM[3 * i] - eye[0], dy = meansM[3 * i + 1] - eye[1], dz = meansM[3 * i + 2] - eye[2];
    const x = r[0] * dx + r[1] * dy + r[2] * dz, y = r[3] * dx + r[4] * dy + r[5] * dz;
    const z = r[6] * dx + r[7] * dy + r[8] * dz, cx = (f * x) / z + widthPx / 2, cy = (f * y) / z + heightPx / 2;
    const mx = (FIELD * widthPx) / (2 * f), my = (FIELD * heightPx) / (2 * f);
    const tx = Math.min(Math.max(x / z, -mx), mx), ty = Math.min(Math.max(y / z, -my), my), g = f / z;
    // Rows of the projection's derivative, in the avatar's space.
    const a0 = g * (r[0] - tx * r[6]), a1 = g * (r[1] - tx * r[7]), a2 = g * (r[2] - tx * r[8]);
    const b0 = g * (r[3] - ty * r[6]), b1 = g * (r[4] - ty * r[7]), b2 = g * (r[5] - ty * r[8]), k = 9 * i;
    const p0 = s[k] * a0 + s[k + 1] * a1 + s[k + 2] * a2, p1 = s[k + 3] * a0 + s[k + 4] * a1 + s[k + 5] * a2;
    const p2 = s[k + 6] * a0 + s[k + 7] * a1 + s[k + 8] * a2;
    const q0 = s[k] * b0 + s[k + 1] * b1 + s[k + 2] * b2, q1 = s[k + 3] * b0 + s[k + 4] * b1 + s[k + 5] * b2;
    const q2 = s[k + 6] * b0 + s[k + 7] * b1 + s[k + 8] * b2;
    const xx = a0 * p0 + a1 * p1 + a2 * p2 + LOW_PASS_PX2, xy = b0 * p0 + b1 * p1 + b2 * p2;
    const yy = b0 * q0 + b1 * q1 + b2 * q2 + LOW_PASS_PX2;
    const wide = MOST_SIGMAS * Math.sqrt(xx), tall = MOST_SIGMAS * Math.sqrt(yy);
    if (!(cx + wide > 0 && cx - wide < widthPx && cy + tall > 0 && cy - tall < heightPx)) {
      return false;
    }
    const { values, bits } = this;
    values[0] = cx;
    values[1] = cy;
    values[2] = xx;
    values[3] = xy;
    values[4] = yy;
    texels[at] = bits[0];
    texels[at + 1] = bits[1];
    texels[at + 2] = bits[2];
    texels[at + 3] = bits[3];
    texels[at + 4] = bits[4];
    this.writeColour(i, posed, dx, dy, dz, texels, at + 5);
    return true;
  }

  private writeColour(i: number, posed: PosedSplats, dx: number, dy: number, dz: number, texels: Uint32Array, at: number): void {
    const { splats } = this, base = posed.baseColours;
    let red = 0.5 + C0 * base[3 * i], green = 0.5 + C0 * base[3 * i + 1], blue = 0.5 + C0 * base[3 * i + 2];
    if (splats.shDegree > 0) {
      const { sh, direction } = this, from = sh.length * i;
      for (let k = 0; k < sh.length; k++) {
        sh[k] = k < 3 ? base[3 * i + k] : splats.sh[from + k];
      }
      this.turnBack(posed.linearParts, 9 * i, dx, dy, dz);
      [red, green, blue] = colourOf(sh, direction[0], direction[1], direction[2]);
    }
    texels[at] = (half16(red) | (half16(green) << 16)) >>> 0;
    texels[at + 1] = (half16(blue) | (Math.round(65535 * splats.opacities[i]) << 16)) >>> 0;
    texels[at + 2] = 0;
  }

  // A direction in the rest pose, by the rotation that is nearest to L: one step of Newton's to its polar part.
  private turnBack(l: Float64Array, at: number, dx: number, dy: number, dz: number): void {
    const { back, direction } = this;
    const c0 = l[at + 4] * l[at + 8] - l[at + 5] * l[at + 7], c1 = l[at + 5] * l[at + 6] - l[at + 3] * l[at + 8];
    const c2 = l[at + 3] * l[at + 7] - l[at + 4] * l[at + 6], det = l[at] * c0 + l[at + 1] * c1 + l[at + 2] * c2;
    back[0] = c0;
    back[1] = c1;
    back[2] = c2;
    back[3] = l[at + 2] * l[at + 7] - l[at + 1] * l[at + 8];
    back[4] = l[at] * l[at + 8] - l[at + 2] * l[at + 6];
    back[5] = l[at + 1] * l[at + 6] - l[at] * l[at + 7];
    back[6] = l[at + 1] * l[at + 5] - l[at + 2] * l[at + 4];
    back[7] = l[at + 2] * l[at + 3] - l[at] * l[at + 5];
    back[8] = l[at] * l[at + 4] - l[at + 1] * l[at + 3];
    for (let k = 0; k < 9; k++) {
      back[k] = l[at + k] + (det === 0 ? 0 : back[k] / det);
    }
    for (let k = 0; k < 3; k++) {
      direction[k] = back[k] * dx + back[3 + k] * dy + back[6 + k] * dz;
    }
    const length = Math.hypot(direction[0], direction[1], direction[2]) || 1;
    for (let k = 0; k < 3; k++) {
      direction[k] /= length;
    }
  }
}

// 0 … 2 in 16 bits.
function half16(value: number): number {
  return Math.round(32767.5 * Math.min(Math.max(value, 0), 2));
}
