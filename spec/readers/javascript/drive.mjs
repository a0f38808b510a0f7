// Evaluates a driver: DRIVER.md.

import { readDriver } from "./driver.mjs";
import { at, skinningTransforms } from "./evaluate.mjs";
import {
  DRIVER_CARRY_JUMP_M, DRIVER_CARRY_JUMP_M_S,
  DRIVER_CARRY_SHIFT_M, DRIVER_CARRY_SHIFT_M_S, DRIVER_CARRY_STOP_M_S, DRIVER_CARRY_TURN_RAD, DRIVER_CARRY_TURN_RAD_S,
} from "./format.mjs";
import * as q from "./quaternion.mjs";

const [GRAVITY, MAX_SPEED, AIR_LIMIT, REST_PULL, FLATTEST] = [9.81, 12, 0.3, 0.02, 0.05];
const add = (a, b, s = 1) => a.map((value, k) => value + s * b[k]);
const mix = (a, b, s) => a.map((value, k) => value * (1 - s) + b[k] * s);
const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export class Driving {
  constructor(driver, skeleton, rest) {
    Object.assign(this, { driver, skeleton, rest });
    this.rotations = rest.map(() => [1, 0, 0, 0]);
    const still = skinningTransforms(skeleton, skeleton.restTranslationM, skeleton.restRotationsWxyz);
    const { parents, zeroJointsM } = skeleton;
    this.restJoints = parents.map((_, j) => at(zeroJointsM, 3, j));
    if (still.some(({ rotation }) => Math.abs(rotation[0] - 1) > 1e-12)) throw new Error("a rest pose that is bent");
    this.gaps = driver.capsules.map((capsule) => this.gapsKept(capsule));
    this.lengths = driver.links.map(({ first, second }) => Math.hypot(...add(rest[first], rest[second], -1)));
  }

  // Thickness, or what there is between node and capsule at rest, if less.
  gapsKept({ ends, radii }) {
    const [a, b] = [0, 1].map((k) => at(ends, 3, k));
    const axis = add(b, a, -1);
    return this.rest.map((rest, n) => {
      const hung = add(rest, at(this.driver.mean, 3, n));
      const u = clamp(dot(add(hung, a, -1), axis) / (dot(axis, axis) + 1e-12), 0, 1);
      const there = Math.hypot(...add(hung, add(a, axis, u), -1)) - mix([radii[0]], [radii[1]], u)[0];
      return Math.min(this.driver.materials.thickness[this.driver.kinds[n]], there);
    });
  }

  carry(pose) {
    const joints = skinningTransforms(this.skeleton, pose.root, pose.rotations);
    const { driver } = this;
    const blended = (n, part, size) => Array.from({ length: size }, (_, k) => (
      [0, 1, 2, 3].reduce((sum, s) => sum + driver.weights[4 * n + s] * joints[driver.joints[4 * n + s]][part][k], 0)));
    this.matrices = this.rest.map((_, n) => ({ L: blended(n, "rotation", 9), t: blended(n, "offset", 3) }));
    const targets = this.place((n) => add(this.rest[n], at(driver.mean, 3, n)));
    const capsules = driver.capsules.map(({ joint, ends }) => [0, 1].map((end) => (
      add(q.apply(joints[joint].rotation, at(ends, 3, end)), joints[joint].offset))));
    return { joints, targets, capsules };
  }

  place(point) {
    return this.matrices.map(({ L, t }, n) => add(q.apply(L, point(n)), t));
  }

  reset(pose) {
    const { joints, targets, capsules } = this.carry(pose);
    Object.assign(this, { targets, capsules, x: targets.map((p) => [...p]), v: targets.map(() => [0, 0, 0]) });
    this.rotations = this.rest.map(() => [1, 0, 0, 0]);
    for (let k = 0; k < 12; k++) this.turn(this.swing(pose, 1 / 30, 6).moved);
    this.v = targets.map(() => [0, 0, 0]);
    this.track = { ...this.rootOf(pose), velocity: [0, 0, 0], turning: 0, seen: 0, elsewhere: false };
    const channels = this.channels(joints, 0, true);
    this.filters = Array.from({ length: this.driver.learned.poles.length / 2 }, () => (
      channels.map((value) => ({ y: value, s: 0 }))));
  }

  step(pose, seconds) {
    const dt = clamp(seconds, 1e-3, 0.5);
    this.carryOver(pose, dt);
    const { joints, moved } = this.swing(pose, dt, 0);
    const learned = this.driver.learned.rows ? this.learned(joints, dt) : null;
    const shown = moved.map((u, n) => {
      const share = this.driver.materials.share[this.driver.kinds[n]];
      const sum = u.map((value, a) => share * value + (learned ? learned[3 * n + a] : 0));
      const s = Math.min(1, this.driver.reach / Math.max(Math.hypot(...sum), 1e-12));
      return sum.map((value) => value * s);
    }).map((u, n) => this.outside(n, u));
    this.turn(shown);
    return { displacements: shown, rotations: this.rotations.map((r) => [...r]) };
  }

  rootOf(pose) {
    const { rotation, offset } = skinningTransforms(this.skeleton, pose.root, pose.rotations)[0];
    return { place: add(q.apply(rotation, this.restJoints[0]), offset), rotation };
  }

  // Where the root was put elsewhere or turned in one step, what is remembered is taken along: DRIVER.md, "Carrying".
  carryOver(pose, dt) {
    const [last, now] = [this.track, this.rootOf(pose)];
    const turn = q.product(now.rotation, q.transposed(last.rotation));
    const shift = add(now.place, last.place, -1);
    const angle = Math.acos(clamp((turn[0] + turn[4] + turn[8] - 1) / 2, -1, 1));
    const far = Math.hypot(...shift);
    const exceeds = (excess, least, rate) => excess > Math.max(least, rate * dt);
    const seen = far / dt;
    const jumped = exceeds(far - last.seen * dt, DRIVER_CARRY_JUMP_M, DRIVER_CARRY_JUMP_M_S);
    const rushed = exceeds(far - Math.hypot(...last.velocity) * dt, DRIVER_CARRY_SHIFT_M, DRIVER_CARRY_SHIFT_M_S);
    const spun = exceeds(angle - last.turning * dt, DRIVER_CARRY_TURN_RAD, DRIVER_CARRY_TURN_RAD_S);
    if (!jumped && !rushed && !spun) {
      const velocity = shift.map((value) => value / dt);
      this.track = { ...now, velocity, turning: angle / dt, seen, elsewhere: false };
      if (last.elsewhere && Math.hypot(...last.velocity) - seen > DRIVER_CARRY_STOP_M_S) this.reset(pose);
      return;
    }
    const velocity = q.apply(turn, last.velocity);
    const after = add(now.place, velocity, -dt);
    const carried = (point) => add(q.apply(turn, add(point, last.place, -1)), after);
    this.track = { ...now, velocity, turning: last.turning, seen, elsewhere: true };
    this.x = this.x.map(carried);
    this.targets = this.targets.map(carried);
    this.capsules = this.capsules.map((ends) => ends.map(carried));
    this.v = this.v.map((v) => q.apply(turn, v));
    this.matrices = this.matrices.map(({ L, t }) => ({ L: q.product(turn, L), t }));
    const { place, rotation, velocity: sped } = this.root;
    this.root = { place: carried(place), rotation: q.product(turn, rotation), velocity: q.apply(turn, sped) };
  }

  swing(pose, dt, leastDamping) {
    const { driver } = this;
    const normals = this.rest.map((_, n) => this.normal(n));
    const before = { targets: this.targets, capsules: this.capsules };
    const { joints, targets, capsules } = this.carry(pose);
    const shift = targets.reduce((sum, p, n) => add(sum, add(p, before.targets[n], -1)), [0, 0, 0]);
    const carrier = shift.map((value) => value / targets.length / dt);
    const substeps = clamp(roundHalfEven(240 * dt), 1, 16);
    const h = dt / substeps;
    for (let s = 1; s <= substeps; s++) {
      const old = this.x.map((p) => [...p]);
      const led = targets.map((p, n) => mix(before.targets[n], p, s / substeps));
      for (const [n, p] of led.entries()) this.predict(n, p, normals[n], carrier, leastDamping, h);
      driver.links.forEach((link, k) => this.pull(link, this.lengths[k], h));
      capsules.forEach((ends, k) => this.keepOut(k, before.capsules[k], ends, s / substeps, substeps, old));
      this.v = this.x.map((p, n) => add(p, old[n], -1).map((value) => value / h));
    }
    Object.assign(this, { targets, capsules });
    return { joints, moved: this.rest.map((_, n) => this.displacement(n)) };
  }

  normal(n) {
    const rest = at(this.driver.normals, 3, n);
    if (!rest.some((value) => value !== 0)) return [0, 0, 0];
    const turned = q.apply(this.matrices[n].L, q.apply(q.toMatrix(this.rotations[n]), rest));
    return turned.map((value) => value / (Math.hypot(...turned) + 1e-12));
  }

  predict(n, target, normal, carrier, leastDamping, h) {
    const { driver } = this;
    if (driver.follow[n] === 0) {
      this.x[n] = target;
      return;
    }
    const of = (name) => driver.materials[name][driver.kinds[n]];
    let v = this.v[n];
    if (normal.some((value) => value !== 0)) {
      const k = dot(v, normal);
      v = add(v, normal, -Math.min(of("drag") * h * Math.sqrt(Math.abs(k)), AIR_LIMIT) * k);
    } else {
      v = v.map((value) => value / (1 + h * of("drag") * Math.hypot(...v)));
    }
    const relative = add(v, carrier, -1).map((value) => value / (1 + h * Math.max(of("damping"), leastDamping)));
    v = add(carrier, relative, Math.min(1, MAX_SPEED / (Math.hypot(...relative) + 1e-12)));
    v[1] -= GRAVITY * h;
    const x = add(this.x[n], v, h);
    this.x[n] = add(x, add(target, x, -1), 1 / (1 + driver.follow[n] / (h * h)));
  }

  pull({ first, second, compliance }, length, h) {
    const [a, b] = [first, second].map((n) => (this.driver.follow[n] > 0 ? 1 : 0));
    if (a + b === 0) return;
    const d = add(this.x[first], this.x[second], -1);
    const long = Math.hypot(...d) + 1e-12;
    const s = -(long - length) / ((a + b + compliance / (h * h)) * long);
    this.x[first] = add(this.x[first], d, a * s);
    this.x[second] = add(this.x[second], d, -b * s);
  }

  keepOut(number, start, end, s, substeps, old) {
    const [a, b] = [0, 1].map((k) => mix(start[k], end[k], s));
    const axis = add(b, a, -1);
    const { radii } = this.driver.capsules[number];
    for (const [n, x] of this.x.entries()) {
      if (this.driver.follow[n] === 0) continue;
      const u = clamp(dot(add(x, a, -1), axis) / (dot(axis, axis) + 1e-12), 0, 1);
      const kind = this.driver.kinds[n];
      const reach = mix([radii[0]], [radii[1]], u)[0] + this.gaps[number][n];
      const away = add(x, add(a, axis, u), -1);
      const distance = Math.hypot(...away);
      if (distance >= reach) continue;
      const normal = away.map((value) => value / (distance + 1e-9));
      const pushed = add(x, normal, reach - (distance + 1e-9));
      const way = mix(add(end[0], start[0], -1), add(end[1], start[1], -1), u);
      const slide = add(add(pushed, old[n], -1), way, -1 / substeps);
      const along = add(slide, normal, -dot(slide, normal));
      this.x[n] = add(pushed, along, -this.driver.materials.friction[kind]);
    }
  }

  // What is shown, out of the capsules.
  outside(n, shown) {
    if (this.driver.follow[n] === 0) return shown;
    const { L, t } = this.matrices[n];
    const place = add(q.apply(L, add(this.rest[n], shown)), t);
    let y = place;
    this.capsules.forEach(([a, b], k) => {
      const axis = add(b, a, -1);
      const { radii } = this.driver.capsules[k];
      const u = clamp(dot(add(y, a, -1), axis) / (dot(axis, axis) + 1e-12), 0, 1);
      const reach = mix([radii[0]], [radii[1]], u)[0] + this.gaps[k][n];
      const away = add(y, add(a, axis, u), -1);
      const distance = Math.hypot(...away) + 1e-9;
      if (distance - 1e-9 < reach) y = add(y, away, (reach - distance) / distance);
    });
    if (y === place) return shown;
    const pushed = add(q.apply(inverse(L), add(y, t, -1)), this.rest[n], -1);
    const long = Math.hypot(...pushed);
    return long <= this.driver.reach ? pushed : pushed.map((value) => (value * this.driver.reach) / long);
  }

  displacement(n) {
    const { L, t } = this.matrices[n];
    const u = add(q.apply(inverse(L), add(this.x[n], t, -1)), this.rest[n], -1);
    const long = Math.hypot(...u);
    if (long <= this.driver.reach) return u;
    const cut = Number.isFinite(long) ? u.map((value) => (value * this.driver.reach) / long) : [0, 0, 0];
    this.x[n] = add(q.apply(L, add(this.rest[n], cut)), t);
    this.v[n] = [0, 0, 0];
    return cut;
  }

  // Rotations of the nodes, from where their links lead.
  turn(displacements) {
    const y = this.place((n) => add(this.rest[n], displacements[n]));
    const spread = this.rest.map(() => new Array(9).fill(0));
    const trace = this.rest.map(() => 0);
    for (const { first, second } of this.driver.links) {
      const e = add(this.rest[second], this.rest[first], -1);
      const d = add(y[second], y[first], -1);
      for (const n of [first, second]) {
        trace[n] += dot(e, e);
        for (let k = 0; k < 9; k++) spread[n][k] += d[Math.floor(k / 3)] * e[k % 3];
      }
    }
    this.rotations = this.rotations.map((rotation, n) => {
      const c = q.product(inverse(this.matrices[n].L), spread[n]);
      for (const k of [0, 4, 8]) c[k] += REST_PULL * trace[n] + 1e-12;
      return turnedTo(c, rotation);
    });
  }

  channels(joints, dt, standing = false) {
    const { joints: tracked } = this.driver.learned;
    const place = (j) => add(q.apply(joints[j].rotation, this.restJoints[j]), joints[j].offset);
    const [root, rotation] = [place(0), joints[0].rotation];
    const back = q.transposed(rotation);
    let [velocity, turning, acceleration] = [[0, 0, 0], [0, 0, 0], [0, 0, 0]];
    if (!standing) {
      velocity = add(root, this.root.place, -1).map((value) => value / dt);
      acceleration = add(velocity, this.root.velocity, -1).map((value) => value / dt);
      const r = q.product(q.transposed(this.root.rotation), rotation);
      turning = [r[7] - r[5], r[2] - r[6], r[3] - r[1]].map((value) => value / 2 / dt);
    }
    this.root = { place: root, velocity, rotation };
    const [x, y, z] = turning;
    const places = [...tracked].map((j) => q.apply(back, add(place(j), root, -1)));
    const rows = [
      [places.flat(), 3], [q.apply(back, [0, -1, 0]), 1], [q.apply(back, velocity), 10], [turning, 20],
      [q.apply(back, acceleration), 50], [[x * x, y * y, z * z, x * y, y * z, z * x], 100],
    ];
    return rows.flatMap(([values, limit]) => values.map((value) => clamp(value, -limit, limit)));
  }

  learned(joints, dt) {
    const { poles, means, scales, weights, basis, rows, features } = this.driver.learned;
    const channels = this.channels(joints, dt);
    const count = clamp(Math.ceil(120 * dt - 1e-6), 1, 60);
    const h = dt / count;
    const values = [...channels];
    for (const [k, filter] of this.filters.entries()) {
      const [w, ratio] = [2 * Math.PI * poles[2 * k], poles[2 * k + 1]];
      for (const [i, state] of filter.entries()) {
        for (let step = 0; step < count; step++) {
          state.s = (state.s + h * w * w * (channels[i] - state.y)) / (1 + 2 * ratio * w * h + h * h * w * w);
          state.y += h * state.s;
        }
      }
      values.push(...filter.map(({ y }) => y), ...filter.map(({ s }) => s / w));
    }
    const z = values.map((value, k) => clamp((value - means[k]) / scales[k], -3, 3));
    const amounts = Array.from({ length: rows }, (_, r) => dot(z, weights.subarray(r * features, (r + 1) * features)));
    const width = 3 * this.rest.length;
    return Array.from({ length: width }, (_, k) => amounts.reduce((sum, a, r) => sum + a * basis[r * width + k], 0));
  }
}

function roundHalfEven(value) {
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2) : Math.round(value);
}

function inverse([a, b, c, d, e, f, g, h, i]) {
  const det = a * (e * i - f * h) + b * (f * g - d * i) + c * (d * h - e * g);
  if (!(det > FLATTEST)) return [a, d, g, b, e, h, c, f, i];
  return [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f, d * h - e * g,
    b * g - a * h, a * e - b * d].map((value) => value / det);
}

// The rotation nearest to c: eigenvector of the largest eigenvalue of Horn's matrix, by squaring what is added to it.
function turnedTo(c, start) {
  const [xx, yx, zx, xy, yy, zy, xz, yz, zz] = c;
  const size = Math.sqrt(3) * Math.hypot(...c);
  let m = [
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ].map((row, k) => row.map((value, j) => value / size + (j === k ? 1 : 0)));
  for (let round = 0; round < 60; round++) {
    const squared = m.map((row) => m.map((other) => dot(row, other)));
    const largest = Math.max(...squared.flat().map(Math.abs));
    m = squared.map((row) => row.map((value) => value / largest));
  }
  const rotation = q.normalised(m.reduce((best, row) => (Math.hypot(...row) > Math.hypot(...best) ? row : best)));
  return dot(rotation, start) < 0 ? rotation.map((value) => -value) : rotation;
}

// Displacements and rotations of all nodes after each step of a vector.
export function driven(vector) {
  const skeleton = {
    parents: vector.skeleton.parents,
    zeroJointsM: vector.skeleton.zero_joints_m.flat(),
    restRotationsWxyz: vector.skeleton.rest_rotations_wxyz.flat(),
    restTranslationM: vector.skeleton.rest_translation_m,
  };
  const poseOf = ({ root_translation_m, joint_rotations_wxyz }) => (
    { root: root_translation_m, rotations: joint_rotations_wxyz.flat() });
  const section = new Uint8Array(Buffer.from(vector.section, "base64"));
  const driver = readDriver(section, vector.node_rest_m.length, skeleton.parents.length);
  const driving = new Driving(driver, skeleton, vector.node_rest_m);
  driving.reset(poseOf(vector.reset));
  return { steps: vector.steps.map((step) => driving.step(poseOf(step), step.dt_s)) };
}
