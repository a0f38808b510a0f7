import { MessagePack } from "../container/message_pack.ts";
import {
  CONTAINER_MAX_CLIPS, MANIFEST_MAX_CORRECTIVES, MANIFEST_MAX_FPS, MANIFEST_MAX_FRAMES, MANIFEST_MAX_FRAMES_PER_GROUP,
  MANIFEST_MAX_GAUSSIANS, MANIFEST_MAX_GROUP_VALUES, MANIFEST_MAX_HEADING_RAD, MANIFEST_MAX_JOINTS, MANIFEST_MAX_LEVELS,
  MANIFEST_MAX_MARKERS, MANIFEST_MAX_MEASURE, MANIFEST_MAX_NAME_CHARS, MANIFEST_MAX_PROVENANCE_ENTRIES,
  MANIFEST_MAX_SH_DEGREE, MANIFEST_MAX_TEXT_CHARS, MANIFEST_MAX_TRAVEL_M, MANIFEST_MIN_FPS, MANIFEST_PARTS, MODEL_MAX_NODES,
} from "../generated/format.ts";
import { type ClipInfo, durationOf, type Manifest, type Marker, type Travel } from "./manifest.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const PARTS = MANIFEST_PARTS.length;
const MEASURES = ["rms_m", "p99_9_m", "max_m", "rotation_rms_rad", "rotation_max_rad", "shape_max_m", "colour_max"];

/** SPEC-container.md, "Manifest". Refuses with `manifest-invalid`. */
export function readManifest(bytes: Uint8Array): Manifest {
  const r = new MessagePack(bytes, "manifest-invalid", "manifest");
  const m = {} as Mutable<Manifest>;
  const text = (name: string): string => r.text(name, MANIFEST_MAX_TEXT_CHARS);
  const measure = (name: string): number => r.number(name, 0, MANIFEST_MAX_MEASURE);
  r.fields("manifest", {
    writer: () => (m.writer = text("writer")),
    avatar_name: () => (m.avatarName = text("avatar_name")),
    gaussian_count: () => (m.gaussianCount = r.integer("gaussian_count", 1, MANIFEST_MAX_GAUSSIANS)),
    joint_count: () => (m.jointCount = r.integer("joint_count", 1, MANIFEST_MAX_JOINTS)),
    sh_degree: () => (m.shDegree = r.integer("sh_degree", 0, MANIFEST_MAX_SH_DEGREE)),
    level_sizes: () => (m.levelSizes = sizes(r, "level_sizes", 1, 1, MANIFEST_MAX_LEVELS)),
    part_counts: () => (m.partCounts = sizes(r, "part_counts", 0, PARTS, PARTS)),
    node_count: () => (m.nodeCount = r.integer("node_count", 0, MODEL_MAX_NODES)),
    corrective_count: () => (m.correctiveCount = r.integer("corrective_count", 0, MANIFEST_MAX_CORRECTIVES)),
    frames_per_group: () => (m.framesPerGroup = r.integer("frames_per_group", 1, MANIFEST_MAX_FRAMES_PER_GROUP)),
    part_max_error_m: () => (m.partMaxErrorM = measures(r, "part_max_error_m")),
    part_max_shape_error_m: () => (m.partMaxShapeErrorM = measures(r, "part_max_shape_error_m")),
    max_error_m: () => (m.maxErrorM = measure("max_error_m")),
    canonical_error_m: () => (m.canonicalErrorM = measure("canonical_error_m")),
    max_shape_error_m: () => (m.maxShapeErrorM = measure("max_shape_error_m")),
    max_colour_error: () => (m.maxColourError = measure("max_colour_error")),
    clips: () => (m.clips = r.list("clips", 0, CONTAINER_MAX_CLIPS, () => readClip(r))),
    provenance: () => (m.provenance = readProvenance(r)),
  });
  r.finish();
  check(r, m);
  return m;
}

function check(r: MessagePack, m: Manifest): void {
  const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
  r.need(sum(m.levelSizes) === m.gaussianCount, "level_sizes do not sum to gaussian_count");
  r.need(sum(m.partCounts) === m.gaussianCount, "part_counts do not sum to gaussian_count");
  r.need(new Set(m.clips.map((clip) => clip.name)).size === m.clips.length, "two clips of one name");
  const values = m.gaussianCount * m.framesPerGroup;
  const fits = values <= MANIFEST_MAX_GROUP_VALUES || !m.clips.some((clip) => clip.hasResidual);
  r.need(fits, `groups of ${values} Gaussians and frames`);
}

function sizes(r: MessagePack, field: string, lowest: number, fewest: number, most: number): number[] {
  return r.list(field, fewest, most, () => r.integer(field, lowest, MANIFEST_MAX_GAUSSIANS));
}

function measures(r: MessagePack, field: string): number[] {
  return r.list(field, PARTS, PARTS, () => r.number(field, 0, MANIFEST_MAX_MEASURE));
}

function readProvenance(r: MessagePack): Map<string, string> {
  const count = r.enterMap("provenance");
  r.need(count <= MANIFEST_MAX_PROVENANCE_ENTRIES, `provenance of ${count} entries`);
  const texts = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const key = r.text("a key of provenance", MANIFEST_MAX_TEXT_CHARS);
    r.need(!texts.has(key), `${key} twice`);
    texts.set(key, r.text("provenance", MANIFEST_MAX_TEXT_CHARS));
  }
  r.leave();
  return texts;
}

function readClip(r: MessagePack): ClipInfo {
  const clip = { loops: false, inPlace: false, travel: null, markers: [] as Marker[] } as unknown as Mutable<ClipInfo>;
  r.fields("a clip", {
    name: () => (clip.name = r.text("name", MANIFEST_MAX_NAME_CHARS)),
    fps: () => (clip.fps = r.number("fps", MANIFEST_MIN_FPS, MANIFEST_MAX_FPS)),
    frame_count: () => (clip.frameCount = r.integer("frame_count", 1, MANIFEST_MAX_FRAMES)),
    has_residual: () => (clip.hasResidual = r.boolean("has_residual")),
    error: () => readError(r),
    loops: () => (clip.loops = r.boolean("loops")),
    in_place: () => (clip.inPlace = r.boolean("in_place")),
    travel: () => (clip.travel = readTravel(r)),
    markers: () => (clip.markers = r.list("markers", 0, MANIFEST_MAX_MARKERS, () => readMarker(r))),
  }, ["loops", "in_place", "travel", "markers"]);
  checkPlaying(r, clip);
  return clip;
}

function readError(r: MessagePack): void {
  const readers: Record<string, () => void> = {
    part_max_m: () => measures(r, "part_max_m"),
    part_shape_max_m: () => measures(r, "part_shape_max_m"),
  };
  for (const name of MEASURES) {
    readers[name] = () => r.number(name, 0, MANIFEST_MAX_MEASURE);
  }
  r.fields("error", readers);
}

function readTravel(r: MessagePack): Travel {
  const travel = {} as Mutable<Travel>;
  const coordinate = (): number => r.number("translation_m", -MANIFEST_MAX_TRAVEL_M, MANIFEST_MAX_TRAVEL_M);
  r.fields("travel", {
    translation_m: () => {
      travel.translationM = r.list("translation_m", 3, 3, coordinate) as unknown as [number, number, number];
    },
    heading_rad: () => (travel.headingRad = r.number("heading_rad", -MANIFEST_MAX_HEADING_RAD, MANIFEST_MAX_HEADING_RAD)),
  });
  return travel;
}

function readMarker(r: MessagePack): Marker {
  const marker = {} as Mutable<Marker>;
  r.fields("a marker", {
    name: () => (marker.name = r.text("name", MANIFEST_MAX_NAME_CHARS)),
    time_s: () => (marker.timeS = r.number("time_s", 0, Number.MAX_VALUE)),
    kind: () => (marker.kind = r.text("kind", MANIFEST_MAX_NAME_CHARS)),
  });
  return marker;
}

// Fields may come in any order, so what two of them say together is looked at last.
function checkPlaying(r: MessagePack, clip: ClipInfo): void {
  r.need(clip.loops || clip.travel === null, "travel of a clip that does not loop");
  const end = durationOf(clip);
  let last = 0;
  for (const { timeS } of clip.markers) {
    r.need(timeS >= last, "markers that are not in the order of their times");
    r.need(clip.loops ? timeS < end : timeS <= end, "a marker behind the end of its clip");
    last = timeS;
  }
}
