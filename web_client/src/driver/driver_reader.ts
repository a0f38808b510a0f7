import { Cursor } from "../coding/cursor.ts";
import { type IntegerRange, readRanged } from "../coding/integer_table.ts";
import {
  DRIVER_COMPLIANCE_CODES, DRIVER_COMPLIANCE_CODES_PER_OCTAVE, DRIVER_COMPLIANCE_LOWEST_OCTAVE, DRIVER_HANG_STEP_BELOW,
  DRIVER_LAYOUT, DRIVER_LINK_ORDER_FACTOR, DRIVER_MAX_CAPSULE_POSITION_M, DRIVER_MAX_CAPSULE_RADIUS_M, DRIVER_MAX_CAPSULES,
  DRIVER_MAX_DAMPING_HZ, DRIVER_MAX_DRAG, DRIVER_MAX_FRICTION, DRIVER_MAX_KINDS, DRIVER_MAX_LEARNED, DRIVER_MAX_LEARNED_STEP,
  DRIVER_MAX_LINKS_PER_NODE, DRIVER_MAX_MEAN, DRIVER_MAX_POLE_DAMPING, DRIVER_MAX_POLE_HZ, DRIVER_MAX_POLES,
  DRIVER_MAX_REACH_M, DRIVER_MAX_SHARE, DRIVER_MAX_STEPS, DRIVER_MAX_THICKNESS_M, DRIVER_NORMAL_UNITS, DRIVER_ROOT_CHANNELS,
  DRIVER_WEIGHT_UNITS,
} from "../generated/format.ts";
import type { Package } from "../reader/package.ts";
import { need } from "../reader/refusal.ts";
import { fillWeights } from "../reader/weight_table.ts";
import type { DriverCapsule, DriverMaterial, DriverModel, LearnedDriver } from "./driver_model.ts";

const READ = new WeakMap<Package, DriverModel>();

/** What moves cloth and hair live; null where there is none. Fetch section `driver` before. */
export function driverOf(pack: Package): DriverModel | null {
  const bytes = READ.has(pack) ? null : pack.driverBytes(), { nodeCount, jointCount } = pack.manifest;
  if (bytes !== null) {
    READ.set(pack, readDriver(bytes, nodeCount, jointCount));
  }
  return READ.get(pack) ?? null;
}

const CODE = "driver-invalid";
const CODES = range("code of compliance", 0, DRIVER_COMPLIANCE_CODES - 1);

/** Section `driver` of a package of so many nodes and joints. */
export function readDriver(bytes: Uint8Array, nodes: number, joints: number): DriverModel {
  const c = Cursor.ofSection(bytes, "driver", DRIVER_LAYOUT);
  const kindCount = c.varint(DRIVER_MAX_KINDS), linkCount = c.varint(DRIVER_MAX_LINKS_PER_NODE * nodes);
  const capsuleCount = c.varint(DRIVER_MAX_CAPSULES), trackedCount = c.varint(joints), poleCount = c.varint(DRIVER_MAX_POLES);
  const rows = c.varint(DRIVER_MAX_LEARNED), reachM = c.float();
  check(reachM > 0 && reachM <= DRIVER_MAX_REACH_M, "reach");
  check(kindCount > 0, "no kinds of nodes");
  const materials = Array.from({ length: kindCount }, () => readMaterial(c));
  const kinds = readRanged(c, 1, nodes, false, range("kind", 0, kindCount - 1));
  const bound = readRanged(c, 4, nodes, false, range("joint", 0, joints - 1));
  const units = readRanged(c, 3, nodes, false, range("weight", 0, DRIVER_WEIGHT_UNITS));
  const weights = new Float32Array(4 * nodes);
  fillWeights(weights, units, nodes, DRIVER_WEIGHT_UNITS, c.name, CODE);
  const normals = columns(readRanged(c, 3, nodes, false, range("normal", -DRIVER_NORMAL_UNITS, DRIVER_NORMAL_UNITS)), nodes, 1);
  for (let at = 0; at < normals.length; at += 3) {
    const length = Math.sqrt(normals[at] ** 2 + normals[at + 1] ** 2 + normals[at + 2] ** 2);
    for (let k = at; k < at + 3 && length > 0; k++) {
      normals[k] *= 1 / length;
    }
  }
  const follow = Float64Array.from(readRanged(c, 1, nodes, false, CODES), complianceOf);
  const step = c.float();
  check(step > 0 && step < DRIVER_HANG_STEP_BELOW, "a step of where nodes hang");
  const hang = readRanged(c, 3, nodes, false, range("where a node hangs", -DRIVER_MAX_STEPS, DRIVER_MAX_STEPS));
  const ties = readLinks(c, linkCount, nodes);
  const capsules = readCapsules(c, capsuleCount, joints);
  const learned = readLearned(c, trackedCount, poleCount, rows, nodes, joints);
  c.finish();
  return {
    reachM, materials, kinds, joints: Uint8Array.from(bound, (_, i) => bound[(i % 4) * nodes + (i >> 2)]), weights, normals,
    follow, hangM: columns(hang, nodes, step), ...ties, capsules, learned,
  };
}

function check(holds: boolean, found: string): void {
  need(holds, CODE, "driver", found);
}

function range(field: string, lowest: number, highest: number): IntegerRange {
  return { field, lowest, highest, code: CODE };
}

// [3, count] → [count, 3]
function columns(values: Int32Array, count: number, step: number): Float64Array {
  return Float64Array.from(values, (_, i) => values[(i % 3) * count + Math.floor(i / 3)] * step);
}

function readMaterial(c: Cursor): DriverMaterial {
  const measure = (most: number): number => {
    const value = c.float();
    check(value >= 0 && value <= most, "a material");
    return value;
  };
  return {
    dampingHz: measure(DRIVER_MAX_DAMPING_HZ), drag: measure(DRIVER_MAX_DRAG), thicknessM: measure(DRIVER_MAX_THICKNESS_M),
    friction: measure(DRIVER_MAX_FRICTION), share: measure(DRIVER_MAX_SHARE),
  };
}

function complianceOf(code: number): number {
  return code > 0 ? 2 ** (code / DRIVER_COMPLIANCE_CODES_PER_OCTAVE + DRIVER_COMPLIANCE_LOWEST_OCTAVE) : 0;
}

function readLinks(c: Cursor, count: number, nodes: number): { links: Int32Array; compliances: Float64Array } {
  const firsts = readRanged(c, 1, count, true, range("node of a link", 0, nodes - 1));
  const gaps = readRanged(c, 1, count, false, range("second node of a link", 1, nodes - 1));
  const codes = readRanged(c, 1, count, false, CODES);
  const keys = Uint32Array.from({ length: count }, (_, i) => Math.imul(i, DRIVER_LINK_ORDER_FACTOR));
  check(firsts.every((first, i) => first + gaps[i] < nodes), "a link to a node that is not there");
  const order = Int32Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b] || a - b);
  const links = new Int32Array(2 * count);
  order.forEach((from, i) => {
    links[2 * i] = firsts[from];
    links[2 * i + 1] = firsts[from] + gaps[from];
  });
  return { links, compliances: Float64Array.from(order, (from) => complianceOf(codes[from])) };
}

function readCapsules(c: Cursor, count: number, jointCount: number): DriverCapsule[] {
  const place = (): number[] => {
    const values = Array.from(c.floats(3));
    check(values.every((value) => Math.abs(value) <= DRIVER_MAX_CAPSULE_POSITION_M), "an end of a capsule");
    return values;
  };
  const radius = (): number => {
    const value = c.float();
    check(value >= 0 && value <= DRIVER_MAX_CAPSULE_RADIUS_M, "a radius of a capsule");
    return value;
  };
  return Array.from(c.take(count), (joint) => {
    check(joint < jointCount, "the joint of a capsule");
    return { joint, a: place(), b: place(), radiusA: radius(), radiusB: radius() };
  });
}

function readLearned(
  c: Cursor, trackedCount: number, poleCount: number, rowCount: number, nodes: number, joints: number,
): LearnedDriver {
  const tracked = c.take(trackedCount).slice();
  check(tracked.every((joint) => joint < joints), "a tracked joint");
  const poles = c.floats(2 * poleCount);
  const isFilter = (value: number, i: number): boolean =>
    value > 0 && value <= (i % 2 === 0 ? DRIVER_MAX_POLE_HZ : DRIVER_MAX_POLE_DAMPING);
  check(poles.every(isFilter), "a filter");
  if (rowCount === 0) {
    const none = { means: new Float32Array(0), scales: new Float32Array(0) };
    return { tracked, poles, rowCount, ...none, weights: new Float64Array(0), basisM: new Float64Array(0) };
  }
  const features = (DRIVER_ROOT_CHANNELS + 3 * trackedCount) * (1 + 2 * poleCount);
  const means = c.floats(features);
  check(means.every((mean) => Math.abs(mean) <= DRIVER_MAX_MEAN), "a mean");
  const scales = c.floats(features);
  check(scales.every((scale) => scale > 0), "a scale");
  const weights = readSteps(c, rowCount, features), basisM = readSteps(c, rowCount, 3 * nodes);
  return { tracked, poles, rowCount, means, scales, weights, basisM };
}

function readSteps(c: Cursor, rows: number, width: number): Float64Array {
  const steps = c.floats(rows);
  check(steps.every((step) => step >= 0 && step <= DRIVER_MAX_LEARNED_STEP), "a step of what was learned");
  const values = readRanged(c, rows, width, false, range("what was learned", -DRIVER_MAX_STEPS, DRIVER_MAX_STEPS));
  return Float64Array.from(values, (value, i) => value * steps[Math.floor(i / width)]);
}
