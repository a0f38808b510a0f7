import { DepthOrder, UNSEEN_KEY } from "../core/depth_order.ts";
import type { Camera } from "../core/camera.ts";
import { colourOf } from "../../player/harmonics.ts";
import type { PosedCloud } from "./posed_cloud.ts";
import type { RestSplats } from "./rest_splats.ts";

/** Numbers of a Gaussian on screen: centre, conic a, b, c (a x² + 2 b x y + c y²), half width and height, rgb, opacity. */
export const RECORD = 12;
export const CENTRE_X = 0, CENTRE_Y = 1, CONIC_A = 2, CONIC_B = 3, CONIC_C = 4, REACH_X = 5, REACH_Y = 6, RED = 7, GREEN = 8, BLUE = 9;
export const OPACITY = 10, SQUARE = 11;

const LOW_PASS_PX2 = 0.3;
const FRUSTUM_MARGIN = 0.3;
const NEAR_M = 0.01;
const DEGREE_0 = 0.28209479177387814;

/** What a camera sees of a posed avatar, as `View` of shaders/ has it, and the depth order. */
export class SeenSplats {
  /** [N,RECORD] pixels. */
  readonly records: Float32Array;
  readonly depthOrder = new DepthOrder();

  private readonly keys: Uint32Array;
  private readonly footprint = new Float64Array(3);

  constructor(private readonly rest: RestSplats, private readonly posed: PosedCloud) {
    this.records = new Float32Array(RECORD * rest.room);
    this.keys = new Uint32Array(rest.room);
  }

  /** `depths`: nearest and farthest that a key tells apart, metres. */
  see(camera: Camera, depths: readonly [number, number]): void {
    const { keys, rest } = this, { meansM } = this.posed, { toCamera: m } = camera;
    const perKey = (UNSEEN_KEY - 1) / Math.max(depths[1] - depths[0], 1e-6);
    for (let i = 0, at = 0; i < rest.count; i++, at += 3) {
      const z = m[8] * meansM[at] + m[9] * meansM[at + 1] + m[10] * meansM[at + 2] + m[11];
      const key = Math.min(Math.max((depths[1] - z) * perKey + 0.5, 0), UNSEEN_KEY - 1);
      keys[i] = z >= NEAR_M && rest.reach[i] > 0 && this.project(i, camera, z) ? key : UNSEEN_KEY;
    }
    this.depthOrder.sort(keys, rest.count, 1, rest.room);
    this.colour(camera);
  }

  // False where nothing of it is in the picture.
  private project(i: number, camera: Camera, z: number): boolean {
    const { meansM } = this.posed, { toCamera: m, focalPx, centrePx, widthPx, heightPx } = camera, { records, footprint } = this;
    const at = 3 * i, to = RECORD * i, mx = meansM[at], my = meansM[at + 1], mz = meansM[at + 2], inverse = 1 / z;
    const rayX = (m[0] * mx + m[1] * my + m[2] * mz + m[3]) * inverse, rayY = (m[4] * mx + m[5] * my + m[6] * mz + m[7]) * inverse;
    const x = rayX * focalPx[0] + centrePx[0], y = rayY * focalPx[1] + centrePx[1];
    this.spread(i, camera, inverse, rayX, rayY);
    const xx = footprint[0], xy = footprint[1], yy = footprint[2], determinant = xx * yy - xy * xy, square = this.rest.reach[i];
    const reachX = Math.sqrt(square * xx), reachY = Math.sqrt(square * yy);
    // Written so that whatever is not a number is not seen.
    if (!(determinant > 0 && x + reachX > 0 && x - reachX < widthPx && y + reachY > 0 && y - reachY < heightPx)) {
      return false;
    }
    records[to + CENTRE_X] = x;
    records[to + CENTRE_Y] = y;
    records[to + CONIC_A] = yy / determinant;
    records[to + CONIC_B] = -xy / determinant;
    records[to + CONIC_C] = xx / determinant;
    records[to + REACH_X] = reachX;
    records[to + REACH_Y] = reachY;
    records[to + SQUARE] = square;
    return true;
  }

  // The covariance on screen, px², low-pass included.
  private spread(i: number, { toCamera: m, focalPx, centrePx, widthPx, heightPx }: Camera, inverse: number, rayX: number, rayY: number): void {
    const { covariancesM2: c } = this.posed, at = 6 * i, marginX = FRUSTUM_MARGIN * 0.5 * widthPx, marginY = FRUSTUM_MARGIN * 0.5 * heightPx;
    const px = Math.min(Math.max(rayX, -(centrePx[0] + marginX) / focalPx[0]), (widthPx - centrePx[0] + marginX) / focalPx[0]);
    const py = Math.min(Math.max(rayY, -(centrePx[1] + marginY) / focalPx[1]), (heightPx - centrePx[1] + marginY) / focalPx[1]);
    const fx = focalPx[0] * inverse, fy = focalPx[1] * inverse, gx = -fx * px, gy = -fy * py;
    const a0 = fx * m[0] + gx * m[8], a1 = fx * m[1] + gx * m[9], a2 = fx * m[2] + gx * m[10];
    const b0 = fy * m[4] + gy * m[8], b1 = fy * m[5] + gy * m[9], b2 = fy * m[6] + gy * m[10];
    const xx = c[at], xy = c[at + 1], xz = c[at + 2], yy = c[at + 3], yz = c[at + 4], zz = c[at + 5];
    const s0 = xx * a0 + xy * a1 + xz * a2, s1 = xy * a0 + yy * a1 + yz * a2, s2 = xz * a0 + yz * a1 + zz * a2;
    this.footprint[0] = a0 * s0 + a1 * s1 + a2 * s2 + LOW_PASS_PX2;
    this.footprint[1] = b0 * s0 + b1 * s1 + b2 * s2;
    this.footprint[2] = b0 * (xx * b0 + xy * b1 + xz * b2) + b1 * (xy * b0 + yy * b1 + yz * b2) + b2 * (xz * b0 + yz * b1 + zz * b2) + LOW_PASS_PX2;
  }

  private colour(camera: Camera): void {
    const { records, keys, rest, posed } = this, { opacities, shDegree } = rest.cloud, { baseColours } = posed;
    for (let i = 0; i < rest.count; i++) {
      if (keys[i] !== UNSEEN_KEY) {
        const to = RECORD * i;
        for (let k = 0; k < 3; k++) {
          records[to + RED + k] = Math.max(0, 0.5 + DEGREE_0 * baseColours[3 * i + k]);
        }
        records[to + OPACITY] = opacities[i];
      }
    }
    if (shDegree > 0) {
      this.addHarmonics(eyeOf(camera.toCamera));
    }
  }

  private addHarmonics([ex, ey, ez]: readonly [number, number, number]): void {
    const { records, keys, rest, posed } = this, { sh, harmonicCount } = rest.cloud, { meansM, turns, baseColours } = posed;
    for (let i = 0; i < rest.count; i++) {
      if (keys[i] === UNSEEN_KEY) {
        continue;
      }
      const x = meansM[3 * i] - ex, y = meansM[3 * i + 1] - ey, z = meansM[3 * i + 2] - ez, unit = 1 / Math.sqrt(x * x + y * y + z * z);
      const w = turns[4 * i], a = -turns[4 * i + 1], b = -turns[4 * i + 2], c = -turns[4 * i + 3];
      const u = 2 * (b * z - c * y), v = 2 * (c * x - a * z), t = 2 * (a * y - b * x);
      const seen = sh.slice(3 * harmonicCount * i, 3 * harmonicCount * (i + 1));
      seen.set(baseColours.subarray(3 * i, 3 * i + 3));
      const colour = colourOf(
        seen, (x + w * u + b * t - c * v) * unit, (y + w * v + c * u - a * t) * unit, (z + w * t + a * v - b * u) * unit,
      );
      records.set(colour, RECORD * i + RED);
    }
  }
}

// Where a camera stands. It may scale and mirror: rows r, d, f of the camera and the solution of its three equations.
function eyeOf(m: ArrayLike<number>): [number, number, number] {
  const c0 = m[5] * m[10] - m[6] * m[9], c1 = m[6] * m[8] - m[4] * m[10], c2 = m[4] * m[9] - m[5] * m[8];
  const d0 = m[9] * m[2] - m[10] * m[1], d1 = m[10] * m[0] - m[8] * m[2], d2 = m[8] * m[1] - m[9] * m[0];
  const e0 = m[1] * m[6] - m[2] * m[5], e1 = m[2] * m[4] - m[0] * m[6], e2 = m[0] * m[5] - m[1] * m[4];
  const volume = m[0] * c0 + m[1] * c1 + m[2] * c2;
  return [
    -(m[3] * c0 + m[7] * d0 + m[11] * e0) / volume, -(m[3] * c1 + m[7] * d1 + m[11] * e1) / volume,
    -(m[3] * c2 + m[7] * d2 + m[11] * e2) / volume,
  ];
}
