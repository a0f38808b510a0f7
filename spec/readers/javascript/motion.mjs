// Frames of a clip at any time: CONVENTIONS.md, "Loops and the root's way", "Between frames", "Root motion".
//
// A frame is {root [3], rotations [J][4], displacements [M][3], turns [M][4], detail: Map of Gaussian to
// {position, turn, scale, colour}}, turn being a quaternion; a clip {fps, loops, travel, in_place, joint, frames}.

import * as q from "./quaternion.mjs";

const AT_A_FRAME = 1e-4;
const NOTHING = { position: [0, 0, 0], turn: [1, 0, 0, 0], scale: [0, 0, 0], colour: [0, 0, 0] };

// root: "world", "in place", "delta", or undefined for what the manifest says.
export function frameAt(clip, time, root = clip.in_place ? "in place" : "world") {
  const count = clip.frames.length;
  const last = clip.loops ? Infinity : count - 1;
  const place = Math.min(Math.max(time * clip.fps, clip.loops ? -Infinity : 0), last);
  const nearest = Math.round(place);
  const frame = Math.abs(place - nearest) < AT_A_FRAME ? neighbour(clip, nearest) : between(clip, place);
  return rooted(clip, frame, place / count, root);
}

// x, z and turn of the root from one time to another, seen from the first.
export function groundStep(clip, start, end) {
  return groundStepBetween(...[start, end].map((time) => groundOf(clip, frameAt(clip, time, "world"))));
}

export function groundStepBetween(from, to) {
  const [x, z] = turned(-from.heading, [to.x - from.x, 0, to.z - from.z]).filter((_, axis) => axis !== 1);
  const turn = to.heading - from.heading;
  return [x, z, turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI))];
}

function between(clip, place) {
  const i = Math.floor(place);
  const f = place - i;
  let taps = [-1, 0, 1, 2].map((k) => [i + k, cubic(f)[k + 1]]);
  if (!clip.loops) taps = withinEnds(taps, clip.frames.length);
  taps = taps.filter(([, weight]) => weight !== 0).map(([number, weight]) => ({ ...neighbour(clip, number), weight }));
  const [start, end] = [i, i + 1].map((number) => neighbour(clip, number).detail);
  return {
    root: sum(taps.map(({ root, weight }) => [root, weight])),
    displacements: clip.frames[0].displacements.map((_, n) => sum(taps.map((tap) => [tap.displacements[n], tap.weight]))),
    rotations: clip.frames[0].rotations.map((_, j) => rotation(taps.map((tap) => [tap.rotations[j], tap.weight]))),
    turns: clip.frames[0].turns.map((_, n) => rotation(taps.map((tap) => [tap.turns[n], tap.weight]))),
    detail: mixedDetail(start, end, () => f),
  };
}

function cubic(f) {
  return [(-f + 2 * f ** 2 - f ** 3) / 2, (2 - 5 * f ** 2 + 3 * f ** 3) / 2, (f + 4 * f ** 2 - 3 * f ** 3) / 2,
    (-(f ** 2) + f ** 3) / 2];
}

// Where the outer frame is missing, its weight goes to the two at the end: 2 end - inner.
function withinEnds(taps, count) {
  const weights = taps.map(([, weight]) => weight);
  const move = (outer, end, inner) => {
    weights[end] += 2 * weights[outer];
    weights[inner] -= weights[outer];
    weights[outer] = 0;
  };
  if (taps[0][0] < 0) move(0, 1, 2);
  if (taps[3][0] > count - 1) move(3, 2, 1);
  return taps.map(([number], k) => [number, weights[k]]);
}

export function sum(weighted) {
  return weighted[0][0].map((_, axis) => weighted.reduce((total, [values, weight]) => total + weight * values[axis], 0));
}

// Weighted sum of quaternions, each with the sign on the side of the one before, normalised.
export function rotation(weighted) {
  let before = weighted[0][0];
  const signed = weighted.map(([quat, weight]) => {
    before = dot(quat, before) < 0 ? quat.map((value) => -value) : quat;
    return [before, weight];
  });
  return q.normalised(sum(signed));
}

// Detail on the way from one to another; share(i) of the latter for Gaussian i.
export function mixedDetail(start, end, share) {
  const indices = [...new Set([...start.keys(), ...end.keys()])].sort((a, b) => a - b);
  return new Map(indices.map((i) => {
    const [a, b, f] = [start.get(i) ?? NOTHING, end.get(i) ?? NOTHING, share(i)];
    const line = (name) => sum([[a[name], 1 - f], [b[name], f]]);
    const turn = rotation([[a.turn, 1 - f], [b.turn, f]]);
    return [i, { position: line("position"), turn, scale: line("scale"), colour: line("colour") }];
  }));
}

// A frame of the endless row that a looping clip is.
function neighbour(clip, number) {
  const count = clip.frames.length;
  const wraps = Math.floor(number / count);
  const frame = clip.frames[number - wraps * count];
  if (!clip.travel || wraps === 0) return frame;
  const { shift, heading } = travelled(clip.travel, wraps);
  return moved(clip, frame, heading, shift);
}

// D^k of CONVENTIONS.md.
function travelled({ translation_m: d, heading_rad: theta }, k) {
  const sine = Math.sin(theta / 2);
  const g = Math.abs(sine) < 1e-9 ? k : Math.sin((k * theta) / 2) / sine;
  const [x, , z] = turned(((k - 1) * theta) / 2, [d[0], 0, d[2]]);
  return { shift: [g * x, k * d[1], g * z], heading: k * theta };
}

function rooted(clip, frame, periods, root) {
  const climb = root === "in place" ? periods * (clip.travel?.translation_m[1] ?? 0) : 0;
  return standing(clip, moved(clip, frame, 0, [0, -climb, 0]), root);
}

export function standing(clip, frame, root) {
  if (root === "world") return frame;
  const { x, z, heading } = groundOf(clip, frame);
  if (root === "delta") return moved(clip, frame, -heading, turned(-heading, [-x, 0, -z]));
  return moved(clip, frame, 0, [-x, 0, -z]);
}

// A frame whose root is moved by x -> R_y(heading) x + shift.
export function moved({ joint }, frame, heading, shift) {
  const place = turned(heading, joint.map((value, axis) => value + frame.root[axis]));
  const turn = [Math.cos(heading / 2), 0, Math.sin(heading / 2), 0];
  const [first, ...others] = frame.rotations;
  const root = place.map((value, axis) => value + shift[axis] - joint[axis]);
  return { ...frame, root, rotations: [q.multiply(turn, first), ...others] };
}

// Where the root is above the ground, and where it faces.
export function groundOf({ joint }, { root, rotations }) {
  const [w, , y] = rotations[0];
  return { x: joint[0] + root[0], z: joint[2] + root[2], heading: 2 * Math.atan2(y, w) };
}

export function turned(angle, [x, y, z]) {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return [cosine * x + sine * z, y, cosine * z - sine * x];
}

function dot(a, b) {
  return a.reduce((total, value, k) => total + value * b[k], 0);
}
