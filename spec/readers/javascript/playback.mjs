// Evaluates a golden vector of playback: spec/vectors/README.md.

import { at } from "./evaluate.mjs";
import { frameAt, groundStep } from "./motion.mjs";
import { Package } from "./package.mjs";
import * as q from "./quaternion.mjs";

const NOTHING = { position: [0, 0, 0], turn: [1, 0, 0, 0], scale: [0, 0, 0], colour: [0, 0, 0] };

export function played(vector) {
  const clip = vector.clip ? clipOf(vector.clip, vector.root_joint_m) : packagedClip(vector);
  return {
    frames: vector.shown.map(({ time_s, root }) => told(frameAt(clip, time_s, root), vector.detail_of)),
    steps: vector.steps.map(([start, end]) => groundStep(clip, start, end)),
  };
}

export function clipOf({ frames, ...clip }, joint) {
  return { ...clip, joint, frames: frames.map(frameOf) };
}

function frameOf(frame) {
  return {
    root: frame.root_translation_m,
    rotations: frame.joint_rotations_wxyz.map(q.normalised),
    displacements: frame.node_displacements_m,
    turns: frame.node_rotations_wxyz.map(q.normalised),
    detail: new Map(frame.detail_indices.map((i, row) => [i, {
      position: frame.detail_position_m[row],
      turn: q.fromRotationVector(frame.detail_rotation_rad[row]),
      scale: frame.detail_logscale[row],
      colour: frame.detail_colour[row],
    }])),
  };
}

function packagedClip({ package_base64: base64, clip_name: name, detail_of: wanted }) {
  const file = new Package(new Uint8Array(Buffer.from(base64, "base64")));
  const number = file.manifest.clips.findIndex((clip) => clip.name === name);
  const model = file.modelOf(number, file.model());
  const frames = [];
  for (const group of file.groups(number, model)) {
    for (let t = 0; t < group.frames; t++) frames.push(frameOfGroup(group, t, file.skeleton, model, wanted));
  }
  return { ...file.manifest.clips[number], joint: at(file.skeleton.zeroJointsM, 3, 0), frames };
}

function frameOfGroup({ pose, nodes, detail }, t, skeleton, model, wanted) {
  const joints = skeleton.parents.length;
  const rows = (values, width, count) => (
    Array.from({ length: count }, (_, k) => at(values, width, t * count + k)));
  const track = new Map(Array.from(model.indices, (gaussian, place) => [gaussian, place]));
  const vector = (name, gaussian) => {
    const values = detail?.[name];
    return values && track.has(gaussian) ? at(values, 3, t * model.moving + track.get(gaussian)) : [0, 0, 0];
  };
  return {
    root: at(pose.root, 3, t),
    rotations: rows(pose.rotations, 4, joints).map(q.normalised),
    displacements: rows(nodes.displacements, 3, model.nodeCount),
    turns: rows(nodes.rotations, 4, model.nodeCount).map(q.normalised),
    detail: new Map(wanted.map((i) => [i, {
      position: vector("detail.position", i),
      turn: q.fromRotationVector(vector("detail.rotation", i)),
      scale: vector("detail.scale", i),
      colour: vector("detail.colour", i),
    }])),
  };
}

// A frame as vectors have it; detail of all Gaussians that have some, or of those that are asked for.
export function told(frame, wanted = [...frame.detail.keys()]) {
  const detail = wanted.map((i) => frame.detail.get(i) ?? NOTHING);
  return {
    root_translation_m: frame.root,
    joint_rotations_wxyz: frame.rotations,
    node_displacements_m: frame.displacements,
    node_rotations_wxyz: frame.turns,
    detail_indices: wanted,
    detail_position_m: detail.map(({ position }) => position),
    detail_rotations_wxyz: detail.map(({ turn }) => turn),
    detail_logscale: detail.map(({ scale }) => scale),
    detail_colour: detail.map(({ colour }) => colour),
  };
}
