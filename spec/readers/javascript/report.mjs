// The canonical description of a package: spec/vectors/README.md says what each field is.

import { createHash } from "node:crypto";
import { at, deformed, skinned, skinningTransforms } from "./evaluate.mjs";
import { DETAIL, shownBetween, shownIn } from "./package.mjs";

const SHOWN = 8;
const WEAVE = 97;
const CHANNELS = { position: "detail.position", rotation: "detail.rotation", scale: "detail.scale", colour: "detail.colour" };

export function report(file) {
  const { manifest, skeleton } = file;
  const order = file.order();
  const splats = file.splats();
  const looks = file.looks(splats);
  const model = file.model();
  const driver = file.driver();
  const document = {
    digest: Buffer.from(file.container.digest).toString("hex"),
    manifest: manifestReport(manifest),
    skeleton: {
      joint_names: skeleton.jointNames,
      parents: skeleton.parents,
      zero_joints_m: floats(skeleton.zeroJointsM),
      rest_rotations_wxyz: floats(skeleton.restRotationsWxyz),
      rest_translation_m: floats(skeleton.restTranslationM),
    },
    splats: splatsReport(splats),
    order: integers(order),
    ...(manifest.level_sizes.some((_, k) => file.container.has(`appearance.${k}`)) && {
      levels: levelsReport(splats, looks),
    }),
    model: model && modelReport(model),
    ...(driver && { driver: driverReport(driver) }),
    clips: manifest.clips.map((_, clip) => clipReport(file, clip, skeleton, splats, file.modelOf(clip, model))),
  };
  if (file.container.has("thumbnail")) file.container.section("thumbnail");
  file.container.checkBytes();
  return document;
}

function manifestReport(manifest) {
  const clips = manifest.clips.map(({ name, fps, frame_count, has_residual, ...playing }) => (
    { name, fps: digits(fps), frame_count, has_residual, ...playingReport(playing) }));
  const errors = ["max_error_m", "canonical_error_m", "max_shape_error_m", "max_colour_error"];
  const bounds = ["part_max_error_m", "part_max_shape_error_m"];
  return {
    ...manifest,
    ...Object.fromEntries(errors.map((name) => [name, digits(manifest[name])])),
    ...Object.fromEntries(bounds.map((name) => [name, manifest[name].map(digits)])),
    clips,
  };
}

// Fields that are not as they are where they are absent.
function playingReport({ loops, in_place, travel, markers }) {
  return {
    ...(loops && { loops }),
    ...(in_place && { in_place }),
    ...(travel && { travel: { translation_m: travel.translation_m.map(digits), heading_rad: digits(travel.heading_rad) } }),
    ...(markers.length > 0 && { markers: markers.map((marker) => ({ ...marker, time_s: digits(marker.time_s) })) }),
  };
}

function splatsReport(splats) {
  return {
    parts: integers(splats.parts),
    joints: integers(splats.joints),
    means_m: floats(splats.means),
    quats_wxyz: floats(splats.quats),
    scales_m: floats(splats.scales),
    opacities: floats(splats.opacities),
    sh: floats(splats.sh),
    weights: floats(splats.weights),
    ...(splats.exact.size > 0 && { exact: Object.fromEntries([...splats.exact].map(exactReport)) }),
  };
}

// Levels of detail but the finest as they are drawn, and a quarter of the way from each to the next.
function levelsReport(splats, looks) {
  return looks.slice(0, -1).map((look, k) => ({
    shown: shownReport(shownIn(splats, look)),
    quarter: shownReport(shownBetween(splats, look, looks[k + 1], 0.25)),
  }));
}

function shownReport({ means, scales, opacities, base }) {
  return { means_m: floats(means), scales_m: floats(scales), opacities: floats(opacities), base_colours: floats(base) };
}

// Every float of a level that is stored without loss.
function exactReport([number, { means, quats, scales, opacities, sh }]) {
  const fields = { means_m: means, quats_wxyz: quats, scales_m: scales, opacities, sh };
  return [number, Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, bits(values)]))];
}

function modelReport(model) {
  return {
    node_count: model.nodeCount,
    node_rest_m: floats(model.nodeRest),
    node_indices: integers(model.nodeIndices),
    node_weights: floats(model.nodeWeights),
  };
}

function driverReport({ reach, materials, links, capsules, learned, ...nodes }) {
  return {
    reach_m: digits(reach),
    materials: floats(Object.values(materials).flat()),
    kinds: integers(nodes.kinds),
    joints: integers(nodes.joints),
    weights: floats(nodes.weights),
    normals: floats(nodes.normals),
    follow: floats(nodes.follow),
    mean_m: floats(nodes.mean),
    links: integers(links.flatMap(({ first, second }) => [first, second])),
    compliances: floats(links.map(({ compliance }) => compliance)),
    capsule_joints: integers(capsules.map(({ joint }) => joint)),
    capsule_ends_m: floats(capsules.flatMap(({ ends }) => [...ends])),
    capsule_radii_m: floats(capsules.flatMap(({ radii }) => [...radii])),
    tracked: integers(learned.joints),
    poles: floats(learned.poles),
    means: floats(learned.means),
    scales: floats(learned.scales),
    learned: floats(learned.weights),
    basis_m: floats(learned.basis),
  };
}

function clipReport(file, clip, skeleton, splats, model) {
  const groups = [];
  for (const group of file.groups(clip, model)) {
    const { pose, nodes, detail } = group;
    groups.push({
      first_frame: group.first,
      frame_count: group.frames,
      root_translation_m: floats(pose.root),
      joint_rotations_wxyz: floats(pose.rotations),
      node_displacements_m: floats(nodes?.displacements ?? []),
      node_rotations_wxyz: floats(nodes?.rotations ?? []),
      ...Object.fromEntries(DETAIL.map((name) => [name, floats(overAll(detail?.[name], model, splats.count))])),
      posed: [0, group.frames - 1].map((frame) => posedReport(group, frame, skeleton, splats, model)),
    });
  }
  return groups;
}

// [F,S,3] of moving Gaussians to [F,N,3] of all; empty where all of it is zero.
function overAll(values, model, count) {
  if (!values?.some((value) => value !== 0)) return [];
  const frames = values.length / 3 / model.moving;
  const result = new Float32Array(3 * count * frames);
  for (let t = 0; t < frames; t++) {
    for (const [place, gaussian] of model.indices.entries()) {
      result.set(at(values, 3, t * model.moving + place), 3 * (t * count + gaussian));
    }
  }
  return result;
}

function posedReport(group, frame, skeleton, splats, model) {
  const joints = skeleton.parents.length;
  const root = at(group.pose.root, 3, frame);
  const transforms = skinningTransforms(skeleton, root, at(group.pose.rotations, 4 * joints, frame));
  const nodes = group.nodes && {
    indices: model.nodeIndices,
    weights: model.nodeWeights,
    rest: model.nodeRest,
    displacements: at(group.nodes.displacements, 3 * model.nodeCount, frame),
    rotations: at(group.nodes.rotations, 4 * model.nodeCount, frame),
  };
  const track = new Map(Array.from(model?.indices ?? [], (gaussian, place) => [gaussian, place]));
  const [means, covariances, colours] = [[], [], []];
  for (let i = 0; i < splats.count; i++) {
    const place = group.detail && track.get(i);
    const pick = (name) => {
      const values = group.detail?.[name];
      return place === undefined || !values ? [0, 0, 0] : at(values, 3, frame * model.moving + place);
    };
    const addition = Object.fromEntries(Object.entries(CHANNELS).map(([short, name]) => [short, pick(name)]));
    const gaussian = deformed(splats, i, nodes, addition);
    const posed = skinned(gaussian, at(splats.joints, 4, i), at(splats.weights, 4, i), transforms);
    means.push(...posed.mean);
    covariances.push(...posed.covariance);
    const width = splats.sh.length / splats.count;
    colours.push(...gaussian.colour.map((value, channel) => value + splats.sh[width * i + channel]));
  }
  return { frame: group.first + frame, means_m: floats(means), covariances_m2: floats(covariances),
    base_colours: floats(colours) };
}

function integers(values) {
  return digestOf(Int32Array.from(values));
}

function bits(values) {
  return digestOf(Float32Array.from(values));
}

function digestOf(values) {
  return { count: values.length, sha256: createHash("sha256").update(Buffer.from(values.buffer)).digest("hex") };
}

function floats(values) {
  let [sum, size, weave] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    size += Math.abs(values[i]);
    weave += values[i] * (i % WEAVE);
  }
  const first = Array.from(values.slice(0, SHOWN), digits);
  return { count: values.length, first, size: digits(size), sum: digits(sum), weave: digits(weave) };
}

// Nine significant digits.
function digits(value) {
  return Number(value.toPrecision(9));
}
