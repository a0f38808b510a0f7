import { type GpuFrame, JOINT_FLOATS, MOST_SOURCES } from "../../packing/gpu_frame.ts";
import type { PlayableAvatar } from "../../player/playable_avatar.ts";
import { DetailPlanes } from "../core/detail_planes.ts";
import { HeldSlots } from "../core/held_slots.ts";
import type { RestSplats } from "./rest_splats.ts";

const SMALL_RAD = 1e-4;

/** Detail of a frame, mixed of up to four clips of two frames each: what `Deform` reads of slots and sources. */
export class DetailChange {
  /** Of the Gaussian that was read last: metres, w x y z, logarithms, degree-0 harmonics. */
  readonly position = new Float64Array(3);
  readonly turn = Float64Array.of(1, 0, 0, 0);
  readonly logScale = new Float64Array(3);
  readonly colour = new Float64Array(3);
  readonly turns: boolean;
  readonly stretches: boolean;
  readonly colours: boolean;

  private readonly planes: DetailPlanes;
  private readonly values: Float32Array[];
  private readonly held = new HeldSlots();
  private readonly places: readonly number[];
  private readonly other = new Float64Array(4);
  private frame: GpuFrame | null = null;

  constructor(avatar: PlayableAvatar, private readonly rest: RestSplats) {
    this.planes = new DetailPlanes(avatar, 1);
    this.values = Array.from({ length: 2 * MOST_SOURCES }, () => new Float32Array(0));
    this.places = [0, 1, 2, 3].map((channel) => avatar.placeOf(channel));
    [, this.turns, this.stretches, this.colours] = this.places.map((place) => place >= 0);
  }

  /** Works out the slots of a frame that are not held already. */
  take(frame: GpuFrame, gain: number): void {
    this.frame = frame;
    this.held.refresh(frame, frame.sourceCount, gain, (k, slot) => {
      if (this.values[k].length === 0) {
        this.values[k] = this.planes.room();
      }
      this.planes.evaluate(slot ?? frame.slots[k], slot === null ? 0 : gain, this.values[k]);
    });
  }

  /** What changes Gaussian `i`, whose track is given. */
  read(track: number, i: number): void {
    const { sourceCount, sources, joints } = this.frame!;
    this.add(0, track, 1);
    for (let source = 1; source < sourceCount; source++) {
      const share = sources[source].share * (sources[source].hasMask ? this.covered(i, source, joints) : 1);
      if (share > 0) {
        this.add(source, track, share);
      }
    }
  }

  // g_i of a source: its mask in the joints, skinned.
  private covered(i: number, source: number, joints: Float32Array): number {
    const { weights, joints: indices } = this.rest.cloud;
    let sum = 0;
    for (let slot = 4 * i; slot < 4 * i + 4; slot++) {
      sum += weights[slot] * joints[JOINT_FLOATS * indices[slot] + 11 + source];
    }
    return sum;
  }

  // Mixes the frames of a source in by a share; the first is taken whole.
  private add(source: number, track: number, share: number): void {
    const { hasDetail, fraction } = this.frame!.sources[source], f = hasDetail ? fraction : 0;
    const a = this.values[2 * source + (f >= 1 ? 1 : 0)], b = f > 0 && f < 1 ? this.values[2 * source + 1] : null;
    const { places, planes, position, logScale, colour } = this, isFirst = source === 0;
    if (places[0] >= 0) {
      mix(position, a, b, 3 * (places[0] * planes.stride + track), f, isFirst ? 1 : share, isFirst);
    }
    if (places[1] >= 0) {
      this.mixTurn(a, b, 3 * (places[1] * planes.stride + track), f, share, isFirst);
    }
    if (places[2] >= 0) {
      mix(logScale, a, b, 3 * (places[2] * planes.stride + track), f, isFirst ? 1 : share, isFirst);
    }
    if (places[3] >= 0) {
      mix(colour, a, b, 3 * (places[3] * planes.stride + track), f, isFirst ? 1 : share, isFirst);
    }
  }

  private mixTurn(a: Float32Array, b: Float32Array | null, at: number, f: number, share: number, isFirst: boolean): void {
    const { turn, other } = this, to = isFirst ? turn : other;
    writeTurn(to, a[at], a[at + 1], a[at + 2]);
    if (b !== null) {
      writeTurn(this.second, b[at], b[at + 1], b[at + 2]);
      mixTurns(to, this.second, f);
    }
    if (!isFirst) {
      mixTurns(turn, other, share);
    }
  }

  private readonly second = new Float64Array(4);
}

function mix(
  out: Float64Array, a: Float32Array, b: Float32Array | null, at: number, f: number, share: number, isFirst: boolean,
): void {
  for (let k = 0; k < 3; k++) {
    const value = b === null ? a[at + k] : a[at + k] + f * (b[at + k] - a[at + k]);
    out[k] = isFirst ? value : out[k] + share * (value - out[k]);
  }
}

function writeTurn(out: Float64Array, x: number, y: number, z: number): void {
  const angle = Math.sqrt(x * x + y * y + z * z), half = 0.5 * angle, factor = angle > SMALL_RAD ? Math.sin(half) / angle : 0.5;
  out[0] = angle > SMALL_RAD ? Math.cos(half) : 1;
  out[1] = factor * x;
  out[2] = factor * y;
  out[3] = factor * z;
}

// With the sign that is nearer.
function mixTurns(a: Float64Array, b: Float64Array, share: number): void {
  const sign = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3] < 0 ? -share : share;
  let square = 0;
  for (let k = 0; k < 4; k++) {
    a[k] = (1 - share) * a[k] + sign * b[k];
    square += a[k] * a[k];
  }
  const unit = 1 / Math.sqrt(square);
  for (let k = 0; k < 4; k++) {
    a[k] *= unit;
  }
}
