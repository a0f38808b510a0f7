import type { Cursor } from "../coding/cursor.ts";
import { readChoice } from "../coding/integer_table.ts";
import {
  SPLATS_MAX_CELL, SPLATS_MAX_COLOUR_STEPS, SPLATS_MAX_LOG_SCALE, SPLATS_MAX_QUATERNION_UNITS, SPLATS_OPACITY_UNITS,
  SPLATS_STEP_BELOW,
} from "../generated/format.ts";
import { needSplats, readStretches, splatRange } from "./level_reader.ts";
import { Refusal } from "./refusal.ts";
import type { SplatCloud } from "./splat_cloud.ts";

/** Layout 1 of `splats.k`: whole steps. */
export function readRounded(cursor: Cursor, cloud: SplatCloud): void {
  const step = readStep(cursor), scaleStep = readStep(cursor), colourStep = readStep(cursor), harmonicsStep = readStep(cursor);
  const units = cursor.varint(0xffffffff);
  needSplats(units >= 1 && units <= SPLATS_MAX_QUATERNION_UNITS, cursor, `${units} units of quaternions`);
  const corners = readStretches(cursor, cloud);
  const { count } = cloud;
  const cells = readChoice(cursor, 3, count, splatRange("cell", -SPLATS_MAX_CELL, SPLATS_MAX_CELL));
  for (let i = 0; i < count; i++) {
    for (let axis = 0; axis < 3; axis++) {
      cloud.meansM[3 * i + axis] = corners[3 * i + axis] + cells[axis * count + i] * step;
    }
  }
  readQuaternions(cursor, cloud, units);
  readScales(cursor, cloud, scaleStep);
  const opacities = readChoice(cursor, 1, count, splatRange("opacity", 0, SPLATS_OPACITY_UNITS));
  for (let i = 0; i < count; i++) {
    cloud.opacities[i] = opacities[i] / SPLATS_OPACITY_UNITS;
  }
  readHarmonics(cursor, cloud, colourStep, harmonicsStep);
  for (const values of [cloud.meansM, cloud.scalesM, cloud.sh]) {
    needSplats(values.every(Number.isFinite), cursor, "a value beyond float32");
  }
}

function readStep(cursor: Cursor): number {
  const step = cursor.float();
  needSplats(step > 0 && step < SPLATS_STEP_BELOW, cursor, `a step of ${step}`);
  return step;
}

function readQuaternions(cursor: Cursor, cloud: SplatCloud, units: number): void {
  const { count, quatsWxyz } = cloud;
  const largest = readChoice(cursor, 1, count, splatRange("largest component", 0, 3));
  const others = readChoice(cursor, 3, count, splatRange("component of a quaternion", -units, units));
  const unit = 1 / (units * Math.SQRT2);
  for (let i = 0; i < count; i++) {
    const a = others[i] * unit, b = others[count + i] * unit, c = others[2 * count + i] * unit;
    const size = Math.sqrt(Math.max(0, 1 - a * a - b * b - c * c));
    const length = Math.sqrt(size * size + a * a + b * b + c * c);
    writeWithLargest(quatsWxyz, 4 * i, largest[i], size / length, a / length, b / length, c / length);
  }
}

/** Writes a quaternion of its largest component, which is number `index`, and the others in their order. */
export function writeWithLargest(
  out: Float32Array, at: number, index: number, size: number, a: number, b: number, c: number,
): void {
  out[at] = index === 0 ? size : a;
  out[at + 1] = index === 1 ? size : index < 1 ? a : b;
  out[at + 2] = index === 2 ? size : index < 2 ? b : c;
  out[at + 3] = index === 3 ? size : c;
}

function readScales(cursor: Cursor, cloud: SplatCloud, step: number): void {
  const { count } = cloud;
  // Exactly |v * step| <= the limit: the quotient may round up past it.
  const most = Math.min(0x7fffffff, Math.floor(SPLATS_MAX_LOG_SCALE / step) + 1);
  const logs = readChoice(cursor, 3, count, splatRange("log-scale", -most, most));
  for (let i = 0; i < count; i++) {
    for (let axis = 0; axis < 3; axis++) {
      const log = logs[axis * count + i] * step;
      if (Math.abs(log) > SPLATS_MAX_LOG_SCALE) {
        throw new Refusal("splats-invalid", cursor.name, `a log-scale of ${log}`);
      }
      cloud.scalesM[3 * i + axis] = Math.exp(log);
    }
  }
}

function readHarmonics(cursor: Cursor, cloud: SplatCloud, colourStep: number, harmonicsStep: number): void {
  const { count, sh } = cloud, width = 3 * cloud.harmonicCount, higherRows = width - 3;
  const range = splatRange("harmonic", -SPLATS_MAX_COLOUR_STEPS, SPLATS_MAX_COLOUR_STEPS);
  const colours = readChoice(cursor, 3, count, range);
  const higher = readChoice(cursor, higherRows, count, range);
  for (let i = 0; i < count; i++) {
    const green = colours[i];
    sh[width * i] = (green + colours[count + i]) * colourStep;
    sh[width * i + 1] = green * colourStep;
    sh[width * i + 2] = (green + colours[2 * count + i]) * colourStep;
    for (let row = 0; row < higherRows; row++) {
      sh[width * i + 3 + row] = higher[row * count + i] * harmonicsStep;
    }
  }
}
