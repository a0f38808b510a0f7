// The avatar's Gaussians, one level of detail a section, and the order of the source: SPEC.md, "order", "splats.k".

import { Cursor } from "./cursor.mjs";
import { floatOf, integerOf, readFloats } from "./floats.mjs";
import {
  MANIFEST_MAX_SH_DEGREE, MANIFEST_PARTS, ORDER_LAYOUT, SPLATS_EXACT_LAYOUT, SPLATS_MAX_CELL, SPLATS_MAX_COLOUR_STEPS,
  SPLATS_MAX_LOG_SCALE, SPLATS_MAX_QUATERNION_UNITS, SPLATS_OPACITY_UNITS, SPLATS_ROUNDED_LAYOUT, SPLATS_STEP_BELOW,
  SPLATS_UNIT_TOLERANCE, SPLATS_WEIGHT_UNITS,
} from "./format.mjs";
import { readRectangle, readRow } from "./integers.mjs";
import { normalised } from "./quaternion.mjs";
import { refuseUnless } from "./refusal.mjs";

export function readOrder(bytes, manifest) {
  const cursor = Cursor.ofSection(bytes, "order", ORDER_LAYOUT);
  const sizes = Array.from({ length: cursor.u8() }, () => cursor.varint());
  const count = manifest.gaussian_count;
  const same = sizes.length === manifest.level_sizes.length && sizes.every((n, i) => n === manifest.level_sizes[i]);
  refuseUnless(same, "order-invalid", "level sizes differ from the manifest's");
  const permutation = readRow(cursor, count, { delta: true });
  cursor.finish();
  const seen = new Uint8Array(count);
  for (const index of permutation) {
    refuseUnless(index >= 0 && index < count && !seen[index], "order-invalid", `index ${index}`);
    seen[index] = 1;
  }
  return Uint32Array.from(permutation);
}

export function readSplats(bytes, count, jointCount) {
  return bytes[0] === SPLATS_EXACT_LAYOUT ? readExact(bytes, count, jointCount) : readRounded(bytes, count, jointCount);
}

function readExact(bytes, count, jointCount) {
  const cursor = Cursor.ofSection(bytes, "splats", SPLATS_EXACT_LAYOUT);
  const degree = cursor.u8();
  need(degree <= MANIFEST_MAX_SH_DEGREE, "degree of harmonics");
  const { parts } = readStretches(cursor, count);
  const level = { count, degree, parts, harmonicCount: (degree + 1) ** 2, exact: true };
  const columns = (width) => {
    const values = readFloats(cursor, width, count);
    return Float32Array.from(values, (_, i) => values[(i % width) * count + Math.floor(i / width)]);
  };
  level.means = columns(3);
  level.quats = readExactQuaternions(cursor, count);
  level.scales = columns(3);
  need(level.scales.every((scale) => scale > 0), "a scale");
  level.opacities = columns(1);
  need(level.opacities.every((opacity) => opacity >= 0 && opacity <= 1), "an opacity");
  level.sh = columns(3 * level.harmonicCount);
  readBinding(cursor, level, jointCount);
  cursor.finish();
  return level;
}

function readExactQuaternions(cursor, count) {
  const largest = readChoice(cursor, 1, count);
  need(largest.every((index) => index >= 0 && index < 8), "largest component");
  const others = readFloats(cursor, 3, count);
  const corrections = readRow(cursor, count);
  const quats = new Float32Array(4 * count);
  for (let i = 0; i < count; i++) {
    const three = [others[i], others[count + i], others[2 * count + i]];
    const expected = Math.sqrt(Math.max(0, three.reduce((left, value) => left - value * value, 1)));
    const size = floatOf((integerOf(expected) + corrections[i]) | 0);
    three.splice(largest[i] % 4, 0, largest[i] >= 4 ? -size : size);
    need(Math.abs(Math.hypot(...three) - 1) < SPLATS_UNIT_TOLERANCE, "a quaternion that is not unit");
    quats.set(three, 4 * i);
  }
  return quats;
}

function readRounded(bytes, count, jointCount) {
  const cursor = Cursor.ofSection(bytes, "splats", SPLATS_ROUNDED_LAYOUT);
  const degree = cursor.u8();
  need(degree <= MANIFEST_MAX_SH_DEGREE, "degree of harmonics");
  const [step, scaleStep, colourStep, harmonicsStep] = readSteps(cursor);
  const units = cursor.varint();
  need(units >= 1 && units <= SPLATS_MAX_QUATERNION_UNITS, "units of quaternions");
  const { parts, corners } = readStretches(cursor, count);
  const level = { count, degree, parts };
  level.means = readMeans(cursor, corners, step, count);
  level.quats = readQuaternions(cursor, count, units);
  const logScales = readChoice(cursor, 3, count);
  need(within(logScales, SPLATS_MAX_LOG_SCALE / scaleStep), "a scale");
  level.scales = columnsToRows(logScales, 3, count, (v) => Math.exp(v * scaleStep));
  level.opacities = readOpacities(cursor, count);
  level.harmonicCount = (degree + 1) ** 2;
  level.sh = readHarmonics(cursor, count, level.harmonicCount, colourStep, harmonicsStep);
  readBinding(cursor, level, jointCount);
  cursor.finish();
  for (const values of [level.means, level.scales, level.sh]) need(values.every(Number.isFinite), "a value overflows");
  return level;
}

function need(holds, about) {
  refuseUnless(holds, "splats-invalid", about);
}

function readSteps(cursor) {
  const steps = [cursor.f32(), cursor.f32(), cursor.f32(), cursor.f32()];
  need(steps.every((step) => step > 0 && step < SPLATS_STEP_BELOW), "a step");
  return steps;
}

// A table that says itself whether its rows hold differences.
export function readChoice(cursor, rows, columns, code = "splats-invalid") {
  const delta = cursor.u8();
  refuseUnless(delta <= 1, code, "plain or differences");
  return readRectangle(cursor, rows, columns, { delta: delta === 1 });
}

export function within(values, limit) {
  return values.every((value) => Math.abs(value) <= limit);
}

function readStretches(cursor, count) {
  const parts = new Uint8Array(count);
  const corners = new Float64Array(3 * count);
  let done = 0;
  for (let left = cursor.varint(count); left > 0; left--) {
    const part = cursor.u8();
    const length = cursor.varint();
    const corner = [cursor.f32(), cursor.f32(), cursor.f32()];
    need(part < MANIFEST_PARTS.length && length <= count - done, "stretches");
    for (const end = done + length; done < end; done++) {
      parts[done] = part;
      corners.set(corner, 3 * done);
    }
  }
  need(done === count, "stretches");
  return { parts, corners };
}

function readMeans(cursor, corners, step, count) {
  const cells = readChoice(cursor, 3, count);
  need(within(cells, SPLATS_MAX_CELL), "a position");
  return Float32Array.from(corners, (corner, k) => corner + cells[(k % 3) * count + Math.floor(k / 3)] * step);
}

function readQuaternions(cursor, count, units) {
  const largest = readChoice(cursor, 1, count);
  const others = readChoice(cursor, 3, count);
  need(within(others, units), "a component of a quaternion");
  const quats = new Float32Array(4 * count);
  for (let i = 0; i < count; i++) {
    need(largest[i] >= 0 && largest[i] <= 3, "largest component of a quaternion");
    let left = 1;
    for (let k = 0; k < 3; k++) {
      const value = others[k * count + i] / (units * Math.SQRT2);
      quats[4 * i + k + (k >= largest[i] ? 1 : 0)] = value;
      left -= value * value;
    }
    quats[4 * i + largest[i]] = Math.sqrt(Math.max(0, left));
    quats.set(normalised(quats.subarray(4 * i, 4 * i + 4)), 4 * i);
  }
  return quats;
}

function readOpacities(cursor, count) {
  const values = readChoice(cursor, 1, count);
  need(values.every((v) => v >= 0 && v <= SPLATS_OPACITY_UNITS), "an opacity outside of 0 to 1");
  return Float32Array.from(values, (v) => v / SPLATS_OPACITY_UNITS);
}

// [n, harmonics, 3]
function readHarmonics(cursor, count, harmonics, colourStep, harmonicsStep) {
  const base = readChoice(cursor, 3, count);
  const higher = readChoice(cursor, 3 * (harmonics - 1), count);
  need(within(base, SPLATS_MAX_COLOUR_STEPS) && within(higher, SPLATS_MAX_COLOUR_STEPS), "a colour");
  const sh = new Float32Array(3 * harmonics * count);
  for (let i = 0; i < count; i++) {
    const [green, red, blue] = [base[i], base[count + i], base[2 * count + i]];
    const start = 3 * harmonics * i;
    sh.set([(green + red) * colourStep, green * colourStep, (green + blue) * colourStep], start);
    for (let row = 0; row < 3 * (harmonics - 1); row++) sh[start + 3 + row] = higher[row * count + i] * harmonicsStep;
  }
  return sh;
}

function readBinding(cursor, level, jointCount) {
  const { count } = level;
  const joints = readChoice(cursor, 4, count);
  need(joints.every((joint) => joint >= 0 && joint < jointCount), "a joint that is not there");
  level.joints = Uint8Array.from(columnsToRows(joints, 4, count));
  const units = readChoice(cursor, 3, count);
  need(units.every((v) => v >= 0), "a weight below 0");
  level.weights = withFirstWeight(units, count, SPLATS_WEIGHT_UNITS, "splats-invalid");
}

// Weights 1..3 as rows of `units`; weight 0 is what is missing. [n, 4]
export function withFirstWeight(units, count, whole, code) {
  const weights = new Float32Array(4 * count);
  for (let i = 0; i < count; i++) {
    const [b, c, d] = [units[i], units[count + i], units[2 * count + i]];
    refuseUnless(Math.min(b, c, d) >= 0 && b + c + d <= whole, code, "weights beyond 1");
    weights.set([(whole - b - c - d) / whole, b / whole, c / whole, d / whole], 4 * i);
  }
  return weights;
}

// [rows, n] to float32 [n, rows]
export function columnsToRows(values, rows, count, convert = (v) => v) {
  const result = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < count; i++) result[rows * i + row] = convert(values[row * count + i]);
  }
  return result;
}
