// What the package says about itself, and its skeleton: two msgpack maps.

import { Float, unpack } from "./msgpack.mjs";
import { Refusal, refuseUnless } from "./refusal.mjs";

const MAX_GAUSSIANS = 16_000_000;
const MAX_JOINTS = 256;
const MAX_NODES = 4096;
const MAX_SKELETON_SIZE = 1e5;
const MAX_CORRECTIVES = 1024;
const MAX_TEXT = 4096;
const MAX_NAME = 200;
const MAX_NUMBER = 1e6;
const MAX_FRAMES = 10_000_000;
const PARTS = 5;
const MEASURES = ["rms_m", "p99_9_m", "max_m", "rotation_rms_rad", "rotation_max_rad", "shape_max_m", "colour_max"];
const PART_MEASURES = ["part_max_m", "part_shape_max_m"];
const MAX_FRAMES_PER_GROUP = 1024;
const MAX_GROUP_VALUES = 2 ** 25;

export function readManifest(bytes) {
  const fields = new Fields(unpack(bytes, "manifest-invalid"), "manifest-invalid");
  const manifest = {
    writer: fields.text("writer"),
    avatar_name: fields.text("avatar_name"),
    gaussian_count: fields.integer("gaussian_count", 1, MAX_GAUSSIANS),
    joint_count: fields.integer("joint_count", 1, MAX_JOINTS),
    sh_degree: fields.integer("sh_degree", 0, 3),
    level_sizes: fields.integers("level_sizes", 1, MAX_GAUSSIANS),
    part_counts: fields.integers("part_counts", 0, MAX_GAUSSIANS),
    node_count: fields.integer("node_count", 0, MAX_NODES),
    corrective_count: fields.integer("corrective_count", 0, MAX_CORRECTIVES),
    frames_per_group: fields.integer("frames_per_group", 1, MAX_FRAMES_PER_GROUP),
    part_max_error_m: fields.numbers("part_max_error_m", PARTS),
    part_max_shape_error_m: fields.numbers("part_max_shape_error_m", PARTS),
    max_error_m: fields.number("max_error_m"),
    canonical_error_m: fields.number("canonical_error_m"),
    max_shape_error_m: fields.number("max_shape_error_m"),
    max_colour_error: fields.number("max_colour_error"),
    clips: fields.maps("clips").map(readClip),
    provenance: fields.texts("provenance"),
  };
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const need = (holds, about) => refuseUnless(holds, "manifest-invalid", about);
  need(sum(manifest.level_sizes) === manifest.gaussian_count, "level_sizes do not sum to gaussian_count");
  need(sum(manifest.part_counts) === manifest.gaussian_count, "part_counts do not sum to gaussian_count");
  need(manifest.part_counts.length === PARTS, "one count per part");
  need(new Set(manifest.clips.map((clip) => clip.name)).size === manifest.clips.length, "two clips of one name");
  if (manifest.clips.some((clip) => clip.has_residual)) {
    need(manifest.gaussian_count * manifest.frames_per_group <= MAX_GROUP_VALUES, "groups too large");
  }
  return manifest;
}

function readClip(map) {
  const fields = new Fields(map, "manifest-invalid");
  const clip = {
    name: fields.text("name", MAX_NAME),
    fps: fields.number("fps"),
    frame_count: fields.integer("frame_count", 1, MAX_FRAMES),
    has_residual: fields.boolean("has_residual"),
  };
  refuseUnless(clip.fps >= 1e-3 && clip.fps <= 1000, "manifest-invalid", "fps");
  const error = new Fields(fields.get("error", () => true), "manifest-invalid");
  for (const name of MEASURES) error.number(name);
  for (const name of PART_MEASURES) error.numbers(name, PARTS);
  return clip;
}

export function readSkeleton(bytes, jointCount) {
  const fields = new Fields(unpack(bytes, "skeleton-invalid"), "skeleton-invalid");
  const skeleton = {
    jointNames: fields.list("joint_names"),
    parents: fields.integers("parents", -1, jointCount - 1),
    zeroJointsM: fields.floats("zero_joints_m", 3 * jointCount),
    restRotationsWxyz: fields.floats("rest_rotations_wxyz", 4 * jointCount),
    restTranslationM: fields.floats("rest_translation_m", 3),
  };
  const { jointNames, parents } = skeleton;
  const named = jointNames.length === jointCount && jointNames.every((name) => isText(name, MAX_NAME));
  refuseUnless(new Set(jointNames).size === jointNames.length, "skeleton-invalid", "two joints of one name");
  const ordered = parents.length === jointCount && parents.every((parent, j) => (j === 0 ? parent === -1 : parent < j));
  refuseUnless(named && ordered, "skeleton-invalid", "joint_names or parents");
  refuseUnless(parents.slice(1).every((parent) => parent >= 0), "skeleton-invalid", "a second root");
  for (let j = 0; j < jointCount; j++) {
    const length = Math.hypot(...skeleton.restRotationsWxyz.subarray(4 * j, 4 * j + 4));
    refuseUnless(Math.abs(length - 1) < 1e-5, "skeleton-invalid", "a rotation that is not unit");
  }
  return skeleton;
}

// Typed access to a map; what is missing or of another type is refused.
class Fields {
  constructor(map, code) {
    this.code = code;
    refuseUnless(map instanceof Map, code, "not a map");
    this.map = map;
  }

  get(name, holds) {
    const value = this.map.get(name);
    if (value === undefined || !holds(value)) throw new Refusal(this.code, name);
    return value;
  }

  text(name, longest = MAX_TEXT) {
    return this.get(name, (value) => isText(value, longest));
  }

  boolean(name) {
    return this.get(name, (value) => typeof value === "boolean");
  }

  integer(name, low, high) {
    return this.get(name, (value) => isInteger(value, low, high));
  }

  number(name) {
    return plain(this.get(name, (entry) => isNumber(plain(entry))));
  }

  numbers(name, count) {
    const entries = this.get(name, (value) => Array.isArray(value) && value.length === count).map(plain);
    refuseUnless(entries.every(isNumber), this.code, name);
    return entries;
  }

  list(name) {
    return this.get(name, (value) => Array.isArray(value));
  }

  integers(name, low, high) {
    return this.get(name, (value) => Array.isArray(value) && value.every((entry) => isInteger(entry, low, high)));
  }

  maps(name) {
    return this.get(name, (value) => Array.isArray(value) && value.every((entry) => entry instanceof Map));
  }

  texts(name) {
    const map = this.get(name, (value) => value instanceof Map);
    const entries = [...map.entries()];
    refuseUnless(entries.every(([key, value]) => isText(key) && isText(value)), this.code, name);
    return Object.fromEntries(entries);
  }

  floats(name, count) {
    const bytes = this.get(name, (value) => value instanceof Uint8Array && value.length === 4 * count);
    const values = new Float32Array(bytes.slice().buffer);
    refuseUnless(values.every((value) => Math.abs(value) <= MAX_SKELETON_SIZE), this.code, name);
    return values;
  }
}

function plain(value) {
  return value instanceof Float ? value.value : value;
}

// Printable: nothing of the Unicode categories Other and Separator but the space.
function isText(value, longest = MAX_TEXT) {
  return typeof value === "string" && [...value].length <= longest && !/[\p{C}\p{Z}]/u.test(value.replaceAll(" ", ""));
}

function isNumber(value) {
  return typeof value === "number" && value >= 0 && value <= MAX_NUMBER;
}

function isInteger(value, low, high) {
  return Number.isSafeInteger(value) && value >= low && value <= high;
}
