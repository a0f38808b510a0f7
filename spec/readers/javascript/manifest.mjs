// What the package says about itself, and its skeleton: two msgpack maps.

import {
  CONTAINER_MAX_CLIPS, MANIFEST_MAX_CORRECTIVES, MANIFEST_MAX_FPS, MANIFEST_MAX_FRAMES, MANIFEST_MAX_FRAMES_PER_GROUP,
  MANIFEST_MAX_GAUSSIANS, MANIFEST_MAX_GROUP_VALUES, MANIFEST_MAX_JOINTS, MANIFEST_MAX_LEVELS, MANIFEST_MAX_MEASURE,
  MANIFEST_MAX_HEADING_RAD, MANIFEST_MAX_MARKERS, MANIFEST_MAX_NAME_CHARS, MANIFEST_MAX_PROVENANCE_ENTRIES,
  MANIFEST_MAX_SH_DEGREE, MANIFEST_MAX_TEXT_CHARS, MANIFEST_MAX_TRAVEL_M, MANIFEST_MIN_FPS, MANIFEST_PARTS,
  MODEL_MAX_NODES, SKELETON_MAX_POSITION_M, SKELETON_UNIT_TOLERANCE,
} from "./format.mjs";
import { Float, unpack } from "./msgpack.mjs";
import { Refusal, refuseUnless } from "./refusal.mjs";

const MEASURES = ["rms_m", "p99_9_m", "max_m", "rotation_rms_rad", "rotation_max_rad", "shape_max_m", "colour_max"];
const PART_MEASURES = ["part_max_m", "part_shape_max_m"];

export function readManifest(bytes) {
  const fields = new Fields(unpack(bytes, "manifest-invalid"), "manifest-invalid");
  const manifest = {
    writer: fields.text("writer"),
    avatar_name: fields.text("avatar_name"),
    gaussian_count: fields.integer("gaussian_count", 1, MANIFEST_MAX_GAUSSIANS),
    joint_count: fields.integer("joint_count", 1, MANIFEST_MAX_JOINTS),
    sh_degree: fields.integer("sh_degree", 0, MANIFEST_MAX_SH_DEGREE),
    level_sizes: fields.integers("level_sizes", 1, MANIFEST_MAX_GAUSSIANS, MANIFEST_MAX_LEVELS),
    part_counts: fields.integers("part_counts", 0, MANIFEST_MAX_GAUSSIANS, MANIFEST_PARTS.length),
    node_count: fields.integer("node_count", 0, MODEL_MAX_NODES),
    corrective_count: fields.integer("corrective_count", 0, MANIFEST_MAX_CORRECTIVES),
    frames_per_group: fields.integer("frames_per_group", 1, MANIFEST_MAX_FRAMES_PER_GROUP),
    part_max_error_m: fields.numbers("part_max_error_m", MANIFEST_PARTS.length),
    part_max_shape_error_m: fields.numbers("part_max_shape_error_m", MANIFEST_PARTS.length),
    max_error_m: fields.number("max_error_m"),
    canonical_error_m: fields.number("canonical_error_m"),
    max_shape_error_m: fields.number("max_shape_error_m"),
    max_colour_error: fields.number("max_colour_error"),
    clips: fields.maps("clips", CONTAINER_MAX_CLIPS).map(readClip),
    provenance: fields.texts("provenance", MANIFEST_MAX_PROVENANCE_ENTRIES),
  };
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const need = (holds, about) => refuseUnless(holds, "manifest-invalid", about);
  need(sum(manifest.level_sizes) === manifest.gaussian_count, "level_sizes do not sum to gaussian_count");
  need(sum(manifest.part_counts) === manifest.gaussian_count, "part_counts do not sum to gaussian_count");
  need(manifest.part_counts.length === MANIFEST_PARTS.length, "one count per part");
  need(new Set(manifest.clips.map((clip) => clip.name)).size === manifest.clips.length, "two clips of one name");
  if (manifest.clips.some((clip) => clip.has_residual)) {
    need(manifest.gaussian_count * manifest.frames_per_group <= MANIFEST_MAX_GROUP_VALUES, "groups too large");
  }
  return manifest;
}

function readClip(map) {
  const fields = new Fields(map, "manifest-invalid");
  const clip = {
    name: fields.text("name", MANIFEST_MAX_NAME_CHARS),
    fps: fields.number("fps"),
    frame_count: fields.integer("frame_count", 1, MANIFEST_MAX_FRAMES),
    has_residual: fields.boolean("has_residual"),
  };
  refuseUnless(clip.fps >= MANIFEST_MIN_FPS && clip.fps <= MANIFEST_MAX_FPS, "manifest-invalid", "fps");
  const error = new Fields(fields.get("error", () => true), "manifest-invalid");
  for (const name of MEASURES) error.number(name);
  for (const name of PART_MEASURES) error.numbers(name, MANIFEST_PARTS.length);
  return { ...clip, ...readPlaying(fields, clip) };
}

// How the clip is meant to be played; each of these fields may be absent.
function readPlaying(fields, { fps, frame_count: frames }) {
  const playing = {
    loops: fields.has("loops") && fields.boolean("loops"),
    in_place: fields.has("in_place") && fields.boolean("in_place"),
    travel: fields.has("travel") ? readTravel(fields.get("travel", () => true)) : null,
    markers: fields.has("markers") ? fields.maps("markers", MANIFEST_MAX_MARKERS).map(readMarker) : [],
  };
  const { loops, travel, markers } = playing;
  const need = (holds, about) => refuseUnless(holds, "manifest-invalid", about);
  need(loops || travel === null, "travel of a clip that does not loop");
  need(markers.every(({ time_s: time }, k) => k === 0 || markers[k - 1].time_s <= time), "order of markers");
  need(markers.every(({ time_s: time }) => (loops ? time < frames / fps : time <= (frames - 1) / fps)), "late marker");
  return playing;
}

function readTravel(map) {
  const fields = new Fields(map, "manifest-invalid");
  return {
    translation_m: fields.signed("translation_m", MANIFEST_MAX_TRAVEL_M, 3),
    heading_rad: fields.signed("heading_rad", MANIFEST_MAX_HEADING_RAD),
  };
}

function readMarker(map) {
  const fields = new Fields(map, "manifest-invalid");
  return {
    name: fields.text("name", MANIFEST_MAX_NAME_CHARS),
    time_s: fields.number("time_s", Infinity),
    kind: fields.text("kind", MANIFEST_MAX_NAME_CHARS),
  };
}

export function readSkeleton(bytes, jointCount) {
  const fields = new Fields(unpack(bytes, "skeleton-invalid"), "skeleton-invalid");
  const skeleton = {
    jointNames: fields.list("joint_names"),
    parents: fields.integers("parents", -1, jointCount - 1, jointCount),
    zeroJointsM: fields.floats("zero_joints_m", 3 * jointCount),
    restRotationsWxyz: fields.floats("rest_rotations_wxyz", 4 * jointCount),
    restTranslationM: fields.floats("rest_translation_m", 3),
  };
  const { jointNames, parents } = skeleton;
  const named = jointNames.length === jointCount && jointNames.every((name) => isText(name, MANIFEST_MAX_NAME_CHARS));
  refuseUnless(new Set(jointNames).size === jointNames.length, "skeleton-invalid", "two joints of one name");
  const ordered = parents.length === jointCount && parents.every((parent, j) => (j === 0 ? parent === -1 : parent < j));
  refuseUnless(named && ordered, "skeleton-invalid", "joint_names or parents");
  refuseUnless(parents.slice(1).every((parent) => parent >= 0), "skeleton-invalid", "a second root");
  for (let j = 0; j < jointCount; j++) {
    const length = Math.hypot(...skeleton.restRotationsWxyz.subarray(4 * j, 4 * j + 4));
    refuseUnless(Math.abs(length - 1) < SKELETON_UNIT_TOLERANCE, "skeleton-invalid", "a rotation that is not unit");
    for (let k = 4 * j; k < 4 * j + 4; k++) skeleton.restRotationsWxyz[k] /= length;
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

  has(name) {
    return this.map.has(name);
  }

  text(name, longest = MANIFEST_MAX_TEXT_CHARS) {
    return this.get(name, (value) => isText(value, longest));
  }

  boolean(name) {
    return this.get(name, (value) => typeof value === "boolean");
  }

  integer(name, low, high) {
    return this.get(name, (value) => isInteger(value, low, high));
  }

  number(name, most = MANIFEST_MAX_MEASURE) {
    return plain(this.get(name, (entry) => isNumber(plain(entry), most)));
  }

  // One number of |v| <= most, or a list of so many.
  signed(name, most, count) {
    const fits = (entry) => typeof plain(entry) === "number" && Math.abs(plain(entry)) <= most;
    if (count === undefined) return plain(this.get(name, fits));
    return this.get(name, (entry) => Array.isArray(entry) && entry.length === count && entry.every(fits)).map(plain);
  }

  numbers(name, count) {
    const entries = this.get(name, (value) => Array.isArray(value) && value.length === count).map(plain);
    refuseUnless(entries.every((entry) => isNumber(entry)), this.code, name);
    return entries;
  }

  list(name) {
    return this.get(name, (value) => Array.isArray(value));
  }

  integers(name, low, high, longest) {
    const listed = (value) => Array.isArray(value) && value.length <= longest;
    return this.get(name, (value) => listed(value) && value.every((entry) => isInteger(entry, low, high)));
  }

  maps(name, longest) {
    const listed = (value) => Array.isArray(value) && value.length <= longest;
    return this.get(name, (value) => listed(value) && value.every((entry) => entry instanceof Map));
  }

  texts(name, longest) {
    const map = this.get(name, (value) => value instanceof Map && value.size <= longest);
    const entries = [...map.entries()];
    refuseUnless(entries.every(([key, value]) => isText(key) && isText(value)), this.code, name);
    return Object.fromEntries(entries);
  }

  floats(name, count) {
    const bytes = this.get(name, (value) => value instanceof Uint8Array && value.length === 4 * count);
    const values = new Float32Array(bytes.slice().buffer);
    refuseUnless(values.every((value) => Math.abs(value) <= SKELETON_MAX_POSITION_M), this.code, name);
    return values;
  }
}

function plain(value) {
  return value instanceof Float ? value.value : value;
}

// Controls, what changes the direction of writing, separators of lines, the byte order mark, noncharacters.
const REFUSED = /[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Noncharacter_Code_Point}]/u;

export function isText(value, longest = MANIFEST_MAX_TEXT_CHARS) {
  return typeof value === "string" && [...value].length <= longest && !REFUSED.test(value);
}

function isNumber(value, most = MANIFEST_MAX_MEASURE) {
  return typeof value === "number" && value >= 0 && value <= most;
}

function isInteger(value, low, high) {
  return Number.isSafeInteger(value) && value >= low && value <= high;
}
