import { Cursor } from "../coding/cursor.ts";
import { type IntegerRange, readChoice } from "../coding/integer_table.ts";
import {
  APPEARANCE_LAYOUT, APPEARANCE_MAX_LOG_SCALE, APPEARANCE_MAX_STEPS, APPEARANCE_OPACITY_UNITS, APPEARANCE_STEP_BELOW,
  SPLATS_LEVEL_GROWTH_POWER,
} from "../generated/format.ts";
import { need, Refusal } from "./refusal.ts";
import type { SplatCloud } from "./splat_cloud.ts";

const CODE = "appearance-invalid";
const INTEGERS_PER_GAUSSIAN = 10;

/** How Gaussians look while a level of detail is drawn: SPEC.md, "Levels of detail". */
export class LevelAppearance {
  /** [n,3] metres. */
  readonly displacementsM: Float32Array;
  /** [n,3] */
  readonly logScaleChanges: Float32Array;
  /** [n] */
  readonly opacities: Float32Array;
  /** [n,3] of degree-0 harmonics. */
  readonly colourChanges: Float32Array;

  constructor(readonly count: number) {
    this.displacementsM = new Float32Array(3 * count);
    this.logScaleChanges = new Float32Array(3 * count);
    this.opacities = new Float32Array(count);
    this.colourChanges = new Float32Array(3 * count);
  }

  /** Of a level of `count` of `whole` Gaussians without a section of its own. */
  static unfitted(splats: SplatCloud, count: number, whole: number): LevelAppearance {
    const look = new LevelAppearance(count);
    look.opacities.set(splats.opacities.subarray(0, count));
    look.logScaleChanges.fill(SPLATS_LEVEL_GROWTH_POWER * Math.log(whole / count));
    return look;
  }

  /** On the way from one level to the next by a share of 0 … 1. */
  static between(coarse: LevelAppearance, fine: LevelAppearance, share: number): LevelAppearance {
    const look = new LevelAppearance(fine.count);
    mix(coarse.displacementsM, fine.displacementsM, share, look.displacementsM);
    mix(coarse.logScaleChanges, fine.logScaleChanges, share, look.logScaleChanges);
    mix(coarse.opacities, fine.opacities, share, look.opacities);
    mix(coarse.colourChanges, fine.colourChanges, share, look.colourChanges);
    for (let i = coarse.count; i < fine.count; i++) {
      look.opacities[i] = share * fine.opacities[i];
    }
    return look;
  }

  /** A section `appearance.k`; `storedBytes` bound what it may hold. */
  static read(bytes: Uint8Array, name: string, storedBytes: number, count: number): LevelAppearance {
    const cursor = Cursor.ofSection(bytes, name, APPEARANCE_LAYOUT);
    cursor.expectIntegers(INTEGERS_PER_GAUSSIAN * count, storedBytes);
    const [positionStep, scaleStep, colourStep] = [readStep(cursor), readStep(cursor), readStep(cursor)];
    const look = new LevelAppearance(count);
    const steps = range("displacement", -APPEARANCE_MAX_STEPS, APPEARANCE_MAX_STEPS);
    const displacements = readChoice(cursor, 3, count, steps);
    const logs = readChoice(cursor, 3, count, range("log-scale", -0x80000000, 0x7fffffff));
    const opacities = readChoice(cursor, 1, count, range("opacity", 0, APPEARANCE_OPACITY_UNITS));
    const colours = readChoice(cursor, 3, count, { ...steps, field: "colour" });
    cursor.finish();
    for (let i = 0; i < count; i++) {
      for (let axis = 0; axis < 3; axis++) {
        look.displacementsM[3 * i + axis] = displacements[axis * count + i] * positionStep;
        const log = logs[axis * count + i] * scaleStep;
        if (Math.abs(log) > APPEARANCE_MAX_LOG_SCALE) {
          throw new Refusal(CODE, name, `a change of a log-scale of ${log}`);
        }
        look.logScaleChanges[3 * i + axis] = log;
      }
      look.opacities[i] = opacities[i] / APPEARANCE_OPACITY_UNITS;
      const green = colours[i];
      look.colourChanges[3 * i] = (green + colours[count + i]) * colourStep;
      look.colourChanges[3 * i + 1] = green * colourStep;
      look.colourChanges[3 * i + 2] = (green + colours[2 * count + i]) * colourStep;
    }
    return look;
  }

  /** The Gaussians as they are drawn. */
  applied(splats: SplatCloud): SplatCloud {
    const drawn = splats.first(this.count);
    const width = 3 * drawn.harmonicCount;
    for (let i = 0, at = 0; i < this.count; i++) {
      for (let axis = 0; axis < 3; axis++, at++) {
        drawn.meansM[at] += this.displacementsM[at];
        drawn.scalesM[at] *= Math.exp(this.logScaleChanges[at]);
        drawn.sh[width * i + axis] += this.colourChanges[at];
      }
    }
    drawn.opacities.set(this.opacities);
    return drawn;
  }
}

function range(field: string, lowest: number, highest: number): IntegerRange {
  return { field, lowest, highest, code: CODE };
}

function readStep(cursor: Cursor): number {
  const step = cursor.float();
  need(step > 0 && step < APPEARANCE_STEP_BELOW, CODE, cursor.name, `a step of ${step}`);
  return step;
}

function mix(coarse: Float32Array, fine: Float32Array, share: number, result: Float32Array): void {
  for (let i = 0; i < fine.length; i++) {
    result[i] = i < coarse.length ? (1 - share) * coarse[i] + share * fine[i] : fine[i];
  }
}
