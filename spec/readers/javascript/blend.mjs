// Evaluates a golden vector of a blend: CONVENTIONS.md, "Mixed frames" and "Blends".

import { frameAt, groundOf, groundStepBetween, mixedDetail, moved, rotation, standing, sum, turned } from "./motion.mjs";
import { clipOf, told } from "./playback.mjs";
import * as q from "./quaternion.mjs";

export function blended(vector) {
  const joint = vector.root_joint_m;
  const clips = Object.entries(vector.clips).map(([name, clip]) => [name, clipOf(clip, joint)]);
  const blend = { joint, clips: Object.fromEntries(clips), plays: [], overlays: [] };
  for (const play of vector.plays) blend.plays.push({ ...play, place: placeOf(blend, play) });
  for (const overlay of vector.overlays) blend.overlays.push({ ...overlay, shares: sharesOf(vector, overlay.mask) });
  return {
    frames: vector.shown.map(({ time_s, root }) => told(shown(blend, time_s, root), vector.detail_of)),
    steps: vector.steps.map((times) => (
      groundStepBetween(...times.map((time) => groundOf(blend, shown(blend, time, "world")))))),
    shares: blend.overlays.map(({ shares: { nodes, gaussians } }) => ({ nodes, gaussians })),
  };
}

function shown(blend, time, root) {
  let frame = base(blend, time);
  for (const overlay of blend.overlays) {
    const { end_s: end, fade_out_s: length } = overlay;
    const share = overlay.weight * fadedIn(time, overlay.at_s, overlay.fade_s)
      * (1 - (end === null ? 0 : fadedIn(time, end, length)));
    if (share === 0) continue;
    const above = clipFrame(blend, overlay, time);
    frame = mixed(frame, put(blend, above, onto(blend, frame, above)), share, overlay.shares);
  }
  return standing(blend, frame, root);
}

// The plays, each mixed over what was shown before.
function base(blend, time) {
  const [first, ...others] = blend.plays;
  let frame = put(blend, clipFrame(blend, first, Math.max(time, first.at_s)), first.place);
  for (const play of others) {
    const share = fadedIn(time, play.at_s, play.fade_s);
    if (share > 0) frame = mixed(frame, put(blend, clipFrame(blend, play, time), play.place), share);
  }
  return frame;
}

function clipFrame({ clips }, { clip, at_s, start_s, rate }, time) {
  return frameAt(clips[clip], start_s + rate * (time - at_s));
}

// Where a clip is put that begins: where the blend is in the middle of the fade.
function placeOf(blend, play) {
  if (blend.plays.length === 0) return { heading: 0, shift: [0, 0, 0] };
  const middle = play.at_s + play.fade_s / 2;
  return onto(blend, base(blend, middle), clipFrame(blend, play, middle));
}

// The motion over the ground that takes the root of `other` to where that of `frame` is.
function onto(blend, frame, other) {
  const [to, from] = [frame, other].map((each) => groundOf(blend, each));
  const heading = to.heading - from.heading;
  const [x, , z] = turned(heading, [from.x, 0, from.z]);
  return { heading, shift: [to.x - x, 0, to.z - z] };
}

function put(blend, frame, { heading, shift }) {
  return moved(blend, frame, heading, shift);
}

function fadedIn(time, begin, length) {
  if (time < begin) return 0;
  const x = length === 0 ? 1 : Math.min((time - begin) / length, 1);
  return 3 * x ** 2 - 2 * x ** 3;
}

// `share` of the way from one frame to another, times the shares of joints, nodes and Gaussians.
function mixed(below, above, share, shares) {
  const of = (kind, k) => share * (shares ? shares[kind][k] : 1);
  const line = (a, b, f) => sum([[a, 1 - f], [b, f]]);
  return {
    root: line(below.root, above.root, of("joints", 0)),
    rotations: below.rotations.map((quat, j) => slerp(quat, above.rotations[j], of("joints", j))),
    displacements: below.displacements.map((vector, n) => line(vector, above.displacements[n], of("nodes", n))),
    turns: below.turns.map((quat, n) => rotation([[quat, 1 - of("nodes", n)], [above.turns[n], of("nodes", n)]])),
    detail: mixedDetail(below.detail, above.detail, (i) => of("gaussians", i)),
  };
}

function slerp(a, b, share) {
  const dot = a.reduce((total, value, k) => total + value * b[k], 0);
  const angle = Math.acos(Math.min(Math.abs(dot), 1));
  if (angle < 1e-6) return rotation([[a, 1 - share], [b, share]]);
  const [from, to] = [Math.sin((1 - share) * angle), Math.sign(dot || 1) * Math.sin(share * angle)];
  return q.normalised(a.map((value, k) => from * value + to * b[k]));
}

// What a mask over joints means for Gaussians, and for nodes: by what hangs on them at the coarsest level where
// something does.
function sharesOf({ joint_names: names, binding, nodes, level_sizes: sizes }, mask) {
  const joints = names.map((name) => mask[name] ?? 0);
  const gaussians = binding.joints.map((slots, i) => (
    slots.reduce((total, j, slot) => total + joints[j] * binding.weights[i][slot], 0)));
  const ends = sizes.map((_, k) => sizes.slice(0, k + 1).reduce((total, size) => total + size, 0));
  const ofNode = (node) => {
    for (const end of ends) {
      let [pull, share] = [0, 0];
      for (let i = 0; i < end; i++) {
        for (const [slot, n] of nodes.indices[i].entries()) {
          if (n !== node) continue;
          pull += nodes.weights[i][slot];
          share += nodes.weights[i][slot] * gaussians[i];
        }
      }
      if (pull > 0) return share / pull;
    }
    return 0;
  };
  return { joints, gaussians, nodes: Array.from({ length: nodes.count }, (_, node) => ofNode(node)) };
}
