import { AvatarFrame } from "../../src/player/avatar_frame.ts";
import { Blend } from "../../src/player/blend.ts";
import { ClipTimeline, type RootMotion } from "../../src/player/clip_timeline.ts";
import { DetailFrame } from "../../src/player/detail_frame.ts";
import type { FrameSource } from "../../src/player/frame_source.ts";
import { GroundPlace } from "../../src/player/ground_place.ts";
import { GroupCache } from "../../src/player/group_cache.ts";
import { JointMask } from "../../src/player/joint_mask.ts";
import { Layer } from "../../src/player/layer.ts";
import { PackagedFrames } from "../../src/player/packaged_frames.ts";
import { Play } from "../../src/player/play.ts";
import { type ClipInfo, findClip } from "../../src/reader/manifest.ts";
import { Package } from "../../src/reader/package.ts";
import { bytesOf, type Json, numbers, rows, turns, turnsOf } from "./arrays.ts";
import { poseOf } from "./answers.ts";

/** A clip at any time. */
export function playbackAnswer(vector: Json): object {
  const clip = vector.clip === undefined ? packagedClip(vector) : clipOf(vector.clip, vector.root_joint_m);
  return {
    frames: framesOf(vector, (timeS, root) => clip.frameAt(timeS, root)),
    steps: stepsOf(vector, (startS, endS) => clip.stepBetween(startS, endS)),
  };
}

/** Several clips, mixed. */
export function blendAnswer(vector: Json): object {
  const clips = new Map(Object.entries(vector.clips as Json).map(([name, clip]) => [name, clipOf(clip, vector.root_joint_m)]));
  const blend = new Blend(vector.root_joint_m);
  for (const play of vector.plays) {
    blend.addPlay(playOf(play, clips));
  }
  for (const overlay of vector.overlays) {
    const layer = new Layer(playOf(overlay, clips), maskOf(overlay.mask, vector));
    layer.weight = overlay.weight;
    layer.endS = overlay.end_s;
    layer.fadeOutS = overlay.fade_out_s;
    blend.addLayer(layer);
  }
  return {
    frames: framesOf(vector, (timeS, root) => blend.frameAt(timeS, root)),
    steps: stepsOf(vector, (startS, endS) => blend.stepBetween(startS, endS)),
    shares: blend.layers.map(({ mask }) => ({ nodes: Array.from(mask.nodes), gaussians: Array.from(mask.gaussians) })),
  };
}

function playOf(given: Json, clips: ReadonlyMap<string, ClipTimeline>): Play {
  const play = new Play(clips.get(given.clip) as ClipTimeline);
  play.begin(given.at_s, given.start_s, given.rate, given.fade_s);
  return play;
}

function maskOf(mask: Json, vector: Json): JointMask {
  const sizes = vector.level_sizes as number[], { binding, nodes } = vector;
  return new JointMask(
    Float64Array.from((vector.joint_names as string[]).map((name) => mask[name] ?? 0)),
    { joints: Uint8Array.from(numbers(binding.joints)), weights: Float32Array.from(numbers(binding.weights)) },
    {
      nodeCount: nodes.count, nodeIndices: Int32Array.from(numbers(nodes.indices)),
      nodeWeights: Float32Array.from(numbers(nodes.weights)),
    },
    sizes.map((_, level) => sizes.slice(0, level + 1).reduce((sum, size) => sum + size, 0)),
  );
}

function clipOf(given: Json, rootJointM: number[]): ClipTimeline {
  const frames = (given.frames as Json[]).map(frameOf);
  const travel = given.travel ?? null;
  const info: ClipInfo = {
    name: "clip", fps: given.fps, frameCount: frames.length, hasResidual: true, loops: given.loops, inPlace: given.in_place === true,
    travel: travel === null ? null : { translationM: travel.translation_m, headingRad: travel.heading_rad }, markers: [],
  };
  return new ClipTimeline(info, listed(frames), rootJointM);
}

function listed(frames: AvatarFrame[]): FrameSource {
  return {
    frameCount: frames.length, jointCount: frames[0].jointCount, nodeCount: frames[0].nodeCount, frame: (i) => frames[i],
    prepare: () => ({ isReady: true, aheadIsReady: true }),
  };
}

function packagedClip(vector: Json): ClipTimeline {
  const pack = Package.open(bytesOf(vector.package_base64)), clip = findClip(pack.manifest, vector.clip_name);
  const model = pack.readModelOf(clip, pack.readModel());
  const cache = new GroupCache({ decode: (_, group) => pack.readGroup(clip, group, model), decodeLater: null });
  const frames = new PackagedFrames(pack.manifest, clip, model, true, cache);
  return new ClipTimeline(pack.manifest.clips[clip], frames, pack.skeleton.zeroJointsM);
}

function frameOf(given: Json): AvatarFrame {
  const frame = poseOf(given, numbers(given.node_rotations_wxyz).length / 4);
  frame.nodeDisplacementsM.set(numbers(given.node_displacements_m));
  frame.nodeRotations.set(turns(given.node_rotations_wxyz));
  frame.detail = new DetailFrame(Int32Array.from(given.detail_indices));
  frame.detail.positionM.set(numbers(given.detail_position_m));
  frame.detail.rotation.set(turnsOf(numbers(given.detail_rotation_rad)));
  frame.detail.logScale.set(numbers(given.detail_logscale));
  frame.detail.colour.set(numbers(given.detail_colour));
  return frame;
}

function framesOf(vector: Json, frameAt: (timeS: number, root: RootMotion) => AvatarFrame): object[] {
  return (vector.shown as Json[]).map(({ time_s, root }) => told(frameAt(time_s, root), vector.detail_of));
}

function stepsOf(vector: Json, stepBetween: (startS: number, endS: number) => GroundPlace): number[][] {
  return (vector.steps as Json[]).map(([startS, endS]) => {
    const { x, z, headingRad } = stepBetween(startS, endS);
    return [x, z, headingRad];
  });
}

function told(frame: AvatarFrame, wanted: number[] | null | undefined): object {
  const detail = frame.detail ?? new DetailFrame(new Int32Array(0));
  const gaussians = wanted ?? Array.from(detail.gaussians);
  const rowOf = new Map(Array.from(detail.gaussians, (gaussian, row) => [gaussian, row]));
  const of = (values: Float64Array, nothing: number[]): number[][] => gaussians.map((gaussian) => {
    const row = rowOf.get(gaussian), width = nothing.length;
    return row === undefined ? nothing : Array.from(values.subarray(width * row, width * row + width));
  });
  return {
    root_translation_m: Array.from(frame.rootTranslationM), joint_rotations_wxyz: rows(frame.jointRotations, 4),
    node_displacements_m: rows(frame.nodeDisplacementsM, 3), node_rotations_wxyz: rows(frame.nodeRotations, 4),
    detail_indices: gaussians, detail_position_m: of(detail.positionM, [0, 0, 0]),
    detail_rotations_wxyz: of(detail.rotation, [1, 0, 0, 0]), detail_logscale: of(detail.logScale, [0, 0, 0]),
    detail_colour: of(detail.colour, [0, 0, 0]),
  };
}
