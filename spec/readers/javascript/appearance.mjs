// How Gaussians look at a level of detail, and between two: SPEC.md, "appearance.k", "Levels of detail".

import { columnsToRows, readChoice, within } from "./canonical.mjs";
import { Cursor } from "./cursor.mjs";
import {
  APPEARANCE_LAYOUT, APPEARANCE_MAX_LOG_SCALE, APPEARANCE_MAX_STEPS, APPEARANCE_OPACITY_UNITS, APPEARANCE_STEP_BELOW,
  SPLATS_LEVEL_GROWTH_POWER,
} from "./format.mjs";
import { refuseUnless } from "./refusal.mjs";

const INTEGERS_PER_GAUSSIAN = 10;
const CODE = "appearance-invalid";

export function readAppearance(bytes, stored, count) {
  const cursor = Cursor.ofSection(bytes, "appearance", APPEARANCE_LAYOUT);
  cursor.expectIntegers(INTEGERS_PER_GAUSSIAN * count, stored);
  const steps = [cursor.f32(), cursor.f32(), cursor.f32()];
  need(steps.every((step) => step > 0 && step < APPEARANCE_STEP_BELOW), "a step");
  const [positionStep, scaleStep, colourStep] = steps;
  const displacements = readChoice(cursor, 3, count, CODE);
  need(within(displacements, APPEARANCE_MAX_STEPS), "a displacement");
  const scales = readChoice(cursor, 3, count, CODE);
  need(scales.every((v) => Math.abs(v * scaleStep) <= APPEARANCE_MAX_LOG_SCALE), "a scale");
  const opacities = readChoice(cursor, 1, count, CODE);
  need(opacities.every((v) => v >= 0 && v <= APPEARANCE_OPACITY_UNITS), "an opacity");
  const base = readChoice(cursor, 3, count, CODE);
  need(within(base, APPEARANCE_MAX_STEPS), "a colour");
  cursor.finish();
  const colours = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    const [green, red, blue] = [base[i], base[count + i], base[2 * count + i]];
    colours.set([(green + red) * colourStep, green * colourStep, (green + blue) * colourStep], 3 * i);
  }
  return {
    displacements: columnsToRows(displacements, 3, count, (v) => v * positionStep),
    logScales: columnsToRows(scales, 3, count, (v) => v * scaleStep),
    opacities: Float32Array.from(opacities, (v) => v / APPEARANCE_OPACITY_UNITS),
    colours,
  };
}

function need(holds, about) {
  refuseUnless(holds, CODE, about);
}

// Where no section tells: n of N Gaussians cover for those that are missing.
export function unfitted(opacities, wholeCount) {
  const count = opacities.length;
  const growth = SPLATS_LEVEL_GROWTH_POWER * Math.log(wholeCount / count);
  return {
    displacements: new Float32Array(3 * count),
    logScales: new Float32Array(3 * count).fill(growth),
    opacities,
    colours: new Float32Array(3 * count),
  };
}

// The look at a share b of the way from a level to the next finer one, of that one's Gaussians.
export function between(coarse, fine, b) {
  const mixed = (name) => fine[name].map((value, i) => (
    i < coarse[name].length ? (1 - b) * coarse[name][i] + b * value : value));
  const names = ["displacements", "logScales", "opacities", "colours"];
  const look = Object.fromEntries(names.map((name) => [name, mixed(name)]));
  for (let i = coarse.opacities.length; i < look.opacities.length; i++) look.opacities[i] *= b;
  return look;
}

// Stored means [n,3], scales [n,3] and degree-0 harmonics [n,3] as they are drawn.
export function worn({ means, scales, base }, look) {
  return {
    means: Float32Array.from(means, (value, i) => value + look.displacements[i]),
    scales: Float32Array.from(scales, (value, i) => value * Math.exp(look.logScales[i])),
    opacities: look.opacities,
    base: Float32Array.from(base, (value, i) => value + look.colours[i]),
  };
}
