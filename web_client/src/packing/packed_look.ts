import { halfBits, halfPair } from "../maths/half.ts";
import { unorm16 } from "../maths/rounding.ts";
import type { LevelAppearance } from "../reader/level_appearance.ts";

/** How a level below the last looks, as `Deform` reads it: shaders/README.md, "Looks". */
export interface PackedLook {
  readonly level: number;
  readonly count: number;
  /** 8 a Gaussian. */
  readonly words: Uint32Array<ArrayBuffer>;
}

export const LOOK_UINTS = 8;

export function packLook(level: number, look: LevelAppearance): PackedLook {
  const words = new Uint32Array(LOOK_UINTS * look.count), floats = new Float32Array(words.buffer);
  for (let i = 0, at = 0; i < look.count; i++, at += LOOK_UINTS) {
    for (let axis = 0; axis < 3; axis++) {
      floats[at + axis] = look.displacementsM[3 * i + axis];
      floats[at + 4 + axis] = look.logScaleChanges[3 * i + axis];
    }
    words[at + 3] = unorm16(look.opacities[i]) | (halfBits(look.colourChanges[3 * i + 2]) << 16);
    words[at + 7] = halfPair(look.colourChanges[3 * i], look.colourChanges[3 * i + 1]);
  }
  return { level, count: look.count, words };
}
