// What moves control nodes live: SPEC.md, "driver".

import { columnsToRows, withFirstWeight } from "./canonical.mjs";
import { Cursor } from "./cursor.mjs";
import {
  DRIVER_COMPLIANCE_CODES, DRIVER_COMPLIANCE_CODES_PER_OCTAVE, DRIVER_COMPLIANCE_LOWEST_OCTAVE, DRIVER_HANG_STEP_BELOW,
  DRIVER_LAYOUT, DRIVER_LINK_ORDER_FACTOR, DRIVER_MAX_CAPSULES, DRIVER_MAX_CAPSULE_POSITION_M,
  DRIVER_MAX_CAPSULE_RADIUS_M, DRIVER_MAX_DAMPING_HZ, DRIVER_MAX_DRAG, DRIVER_MAX_FRICTION, DRIVER_MAX_KINDS,
  DRIVER_MAX_LEARNED, DRIVER_MAX_LEARNED_STEP, DRIVER_MAX_LINKS_PER_NODE, DRIVER_MAX_MEAN, DRIVER_MAX_POLES,
  DRIVER_MAX_POLE_DAMPING, DRIVER_MAX_POLE_HZ, DRIVER_MAX_REACH_M, DRIVER_MAX_SHARE, DRIVER_MAX_STEPS,
  DRIVER_MAX_THICKNESS_M, DRIVER_NORMAL_UNITS, DRIVER_ROOT_CHANNELS, DRIVER_WEIGHT_UNITS,
} from "./format.mjs";
import { readRectangle, readRow } from "./integers.mjs";
import { refuseUnless } from "./refusal.mjs";

const MATERIALS = ["damping", "drag", "thickness", "friction", "share"];
const MATERIAL_LIMITS = [
  DRIVER_MAX_DAMPING_HZ, DRIVER_MAX_DRAG, DRIVER_MAX_THICKNESS_M, DRIVER_MAX_FRICTION, DRIVER_MAX_SHARE,
];

export function readDriver(bytes, nodeCount, jointCount) {
  const cursor = Cursor.ofSection(bytes, "driver", DRIVER_LAYOUT);
  const maxLinks = DRIVER_MAX_LINKS_PER_NODE * nodeCount;
  const limits = [DRIVER_MAX_KINDS, maxLinks, DRIVER_MAX_CAPSULES, jointCount, DRIVER_MAX_POLES, DRIVER_MAX_LEARNED];
  const [kinds, linkCount, capsuleCount, tracked, poles, learned] = limits.map((limit) => cursor.varint(limit));
  const driver = { nodeCount, reach: cursor.f32() };
  need(driver.reach > 0 && driver.reach <= DRIVER_MAX_REACH_M, "reach");
  driver.materials = readMaterials(cursor, kinds);
  Object.assign(driver, readHanging(cursor, nodeCount, kinds, jointCount));
  driver.links = readLinks(cursor, linkCount, nodeCount);
  driver.capsules = readCapsules(cursor, capsuleCount, jointCount);
  driver.learned = readLearned(cursor, tracked, poles, learned, nodeCount, jointCount);
  cursor.finish();
  return driver;
}

function need(holds, about) {
  refuseUnless(holds, "driver-invalid", about);
}

const within = (values, low, high) => values.every((value) => value >= low && value <= high);
const bounded = (values, limit) => within(values, -limit, limit);

function readFloats(cursor, count) {
  return Float64Array.from({ length: count }, () => cursor.f32());
}

function readMaterials(cursor, kinds) {
  need(kinds > 0, "kinds");
  const values = readFloats(cursor, MATERIALS.length * kinds);
  need(values.every((value, i) => value >= 0 && value <= Math.fround(MATERIAL_LIMITS[i % 5])), "materials");
  const column = (k) => Array.from({ length: kinds }, (_, kind) => values[5 * kind + k]);
  return Object.fromEntries(MATERIALS.map((name, k) => [name, column(k)]));
}

function readHanging(cursor, count, kindCount, jointCount) {
  const kinds = readRow(cursor, count);
  const joints = readRectangle(cursor, 4, count);
  const units = readRectangle(cursor, 3, count);
  const normals = readRectangle(cursor, 3, count);
  const codes = readRow(cursor, count);
  const step = cursor.f32();
  const mean = readRectangle(cursor, 3, count);
  need(within(kinds, 0, kindCount - 1) && within(joints, 0, jointCount - 1), "kinds, joints");
  need(bounded(normals, DRIVER_NORMAL_UNITS), "normals");
  need(within(codes, 0, DRIVER_COMPLIANCE_CODES - 1), "compliances");
  need(bounded(mean, DRIVER_MAX_STEPS) && step > 0 && step < DRIVER_HANG_STEP_BELOW, "where nodes hang");
  const unit = Float64Array.from(columnsToRows(normals, 3, count));
  for (let n = 0; n < count; n++) {
    const length = Math.hypot(...unit.subarray(3 * n, 3 * n + 3)) || 1;
    for (let a = 0; a < 3; a++) unit[3 * n + a] /= length;
  }
  return {
    kinds,
    joints: Uint8Array.from(columnsToRows(joints, 4, count)),
    weights: withFirstWeight(units, count, DRIVER_WEIGHT_UNITS, "driver-invalid"),
    normals: unit,
    follow: Float64Array.from(codes, complianceOf),
    mean: Float64Array.from({ length: 3 * count }, (_, i) => mean[(i % 3) * count + Math.floor(i / 3)] * step),
  };
}

function complianceOf(code) {
  return code > 0 ? 2 ** (code / DRIVER_COMPLIANCE_CODES_PER_OCTAVE + DRIVER_COMPLIANCE_LOWEST_OCTAVE) : 0;
}

function readLinks(cursor, count, nodeCount) {
  const first = readRow(cursor, count, { delta: true });
  const second = readRow(cursor, count).map((gap, i) => gap + first[i]);
  const codes = readRow(cursor, count);
  need(within(first, 0, nodeCount - 1) && within(second, 0, nodeCount - 1), "links");
  need(first.every((node, i) => node < second[i]) && within(codes, 0, DRIVER_COMPLIANCE_CODES - 1), "links");
  const key = (i) => Number((BigInt(i) * BigInt(DRIVER_LINK_ORDER_FACTOR)) % 4294967296n);
  const order = Array.from({ length: count }, (_, i) => [key(i), i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return order.map(([, i]) => ({ first: first[i], second: second[i], compliance: complianceOf(codes[i]) }));
}

function readCapsules(cursor, count, jointCount) {
  const joints = Uint8Array.from(cursor.take(count));
  const shapes = readFloats(cursor, 8 * count);
  need(within(joints, 0, jointCount - 1), "joints of capsules");
  return Array.from(joints, (joint, q) => {
    const [ends, radii] = [shapes.subarray(8 * q, 8 * q + 6), shapes.subarray(8 * q + 6, 8 * q + 8)];
    need(bounded(ends, DRIVER_MAX_CAPSULE_POSITION_M), "ends of capsules");
    need(within(radii, 0, DRIVER_MAX_CAPSULE_RADIUS_M), "radii of capsules");
    return { joint, ends, radii };
  });
}

function readLearned(cursor, tracked, poleCount, rows, nodeCount, jointCount) {
  const joints = Uint8Array.from(cursor.take(tracked));
  const poles = readFloats(cursor, 2 * poleCount);
  need(within(joints, 0, jointCount - 1), "tracked joints");
  const limits = [DRIVER_MAX_POLE_HZ, DRIVER_MAX_POLE_DAMPING];
  need(poles.every((value, i) => value > 0 && value <= limits[i % 2]), "filters");
  const features = (DRIVER_ROOT_CHANNELS + 3 * tracked) * (1 + 2 * poleCount);
  const learned = { joints, poles, rows, features: rows ? features : 0, means: [], scales: [], weights: [], basis: [] };
  if (rows === 0) return learned;
  learned.means = readFloats(cursor, features);
  learned.scales = readFloats(cursor, features);
  learned.weights = readSteps(cursor, rows, features);
  learned.basis = readSteps(cursor, rows, 3 * nodeCount);
  need(learned.scales.every((scale) => scale > 0) && bounded(learned.means, DRIVER_MAX_MEAN), "scales of features");
  return learned;
}

function readSteps(cursor, rows, columns) {
  const steps = readFloats(cursor, rows);
  const whole = readRectangle(cursor, rows, columns);
  need(bounded(whole, DRIVER_MAX_STEPS) && within(steps, 0, DRIVER_MAX_LEARNED_STEP), "what was learned");
  return Float64Array.from(whole, (value, i) => value * steps[Math.floor(i / columns)]);
}
