import type { DetailSlot } from "../../packing/detail_slot.ts";
import { addCoefficients, stepOf } from "../../packing/packed_detail.ts";
import { PARENT_UINTS, type PackedParents } from "../../packing/packed_parents.ts";
import type { PlayableAvatar } from "../../player/playable_avatar.ts";
import { CHANNELS } from "../../reader/clip_group.ts";
import { cosinesOf } from "../../reader/cosine_table.ts";

const TRACK_MASK = 0x3ffffff;
const HEAD = 4;
const POSITION_UNIT = 1 / 32;
const ROTATION_UNIT = 1 / 64;

/** `DetailCosines` and `DetailParents` on the CPU, for GPUs that have no kernels: once for each frame of a clip. */
export class DetailPlanes {
  /** Tracks of a plane. */
  readonly stride: number;
  private readonly sums: Float64Array;

  /** `round`: a plane's tracks are a multiple of it. */
  constructor(private readonly avatar: PlayableAvatar, round: number) {
    this.stride = Math.max(1, Math.ceil(avatar.trackCount / round)) * round;
    this.sums = new Float64Array(3 * avatar.trackCount);
  }

  /** For the planes of a slot: [channels, stride, 3]. */
  room(): Float32Array<ArrayBuffer> {
    return new Float32Array(3 * this.stride * Math.max(1, this.avatar.detailChannelCount));
  }

  /** Works out the frame of a slot, times a gain; `values` are its planes. */
  evaluate(slot: DetailSlot, gain: number, values: Float32Array): void {
    values.fill(0);
    if (slot.group === null || gain === 0) {
      return;
    }
    const parents = this.avatar.parentsOf(slot.clip);
    for (let channel = 0; channel < CHANNELS.length; channel++) {
      const place = this.avatar.placeOf(channel);
      if (place >= 0) {
        const plane = values.subarray(3 * this.stride * place, 3 * this.stride * (place + 1));
        this.addCosines(slot, channel, gain, plane);
        if (parents !== null) {
          addParents(parents, channel === 0 ? 5 : 6, channel === 0 ? POSITION_UNIT : ROTATION_UNIT, plane);
        }
      }
    }
  }

  private addCosines(slot: DetailSlot, channel: number, gain: number, plane: Float32Array): void {
    const { decoded } = slot.group!, packed = this.avatar.detailOf(decoded, channel), { words } = packed;
    if (packed === this.avatar.noDetail) {
      return;
    }
    const frames = words[0], columns = words[1], entries = HEAD + words[2] + 2 * frames, { sums } = this;
    const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
    sums.fill(0);
    addCoefficients(packed, cosinesOf(frames), (slot.frame - decoded.firstFrame) * frames, sums, columns);
    // No row is longer than the first.
    for (let column = 0; column < words[HEAD + words[2]]; column++) {
      const at = 3 * (words[entries + column] & TRACK_MASK), step = gain * stepOf(packed, floats, column);
      plane[at] = step * sums[column];
      plane[at + 1] = step * sums[columns + column];
      plane[at + 2] = step * sums[2 * columns + column];
    }
  }
}

function addParents({ words }: PackedParents, weightsAt: number, unit: number, plane: Float32Array): void {
  for (let row = 0; row < words.length; row += PARENT_UINTS) {
    const weights = words[row + weightsAt] | 0, to = 3 * words[row + 4];
    let x = plane[to], y = plane[to + 1], z = plane[to + 2];
    for (let k = 0; k < 4; k++) {
      const weight = (weights << (24 - 8 * k)) >> 24;
      if (weight !== 0) {
        const from = 3 * words[row + k], share = weight * unit;
        x += share * plane[from];
        y += share * plane[from + 1];
        z += share * plane[from + 2];
      }
    }
    plane[to] = x;
    plane[to + 1] = y;
    plane[to + 2] = z;
  }
}
