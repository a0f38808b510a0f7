// The numbers and refusals of an .a3d package.
// Generated from spec/format.toml and spec/refusals.toml by `make constants`; edit those.

/** the first bytes of a package: \x89A3D\r\n\x1a\n */
export const CONTAINER_MAGIC: readonly number[] = [137, 65, 51, 68, 13, 10, 26, 10];
/** a reader refuses any other */
export const CONTAINER_MAJOR_VERSION = 1;
/** what a writer states; a reader takes any */
export const CONTAINER_MINOR_VERSION = 0;
/** length of the header, and the lowest offset of anything else */
export const CONTAINER_HEADER_BYTES = 64;
/** sections begin at multiples of it */
export const CONTAINER_ALIGNMENT_BYTES = 64;
/** SHA-256 */
export const CONTAINER_DIGEST_BYTES = 32;
/** number of the clip in the entry of a section that belongs to the avatar */
export const CONTAINER_NO_CLIP = -1;
/** table of contents */
export const CONTAINER_MAX_TABLE_BYTES = 67108864;
/** entries of the table */
export const CONTAINER_MAX_SECTIONS = 1000000;
/** of one section, as stored and decoded */
export const CONTAINER_MAX_SECTION_BYTES = 1073741824;
/** levels of maps and lists in msgpack */
export const CONTAINER_MAX_DEPTH = 16;
/** characters (code points) of a section's name, at least one */
export const CONTAINER_MAX_NAME_CHARS = 64;
/** clips of a package, numbered from 0 */
export const CONTAINER_MAX_CLIPS = 65535;
/** groups of frames of a clip, numbered from 0 */
export const CONTAINER_MAX_GROUPS = 1000000;
/** number of an entropy codec */
export const CONTAINER_MAX_CODEC = 255;
/** a checksum */
export const CONTAINER_MAX_CRC32 = 4294967295;

/** of the section, as stored and decoded */
export const MANIFEST_MAX_BYTES = 16777216;
/** characters (code points) of a text */
export const MANIFEST_MAX_TEXT_CHARS = 4096;
/** characters (code points) of the name of a clip or joint */
export const MANIFEST_MAX_NAME_CHARS = 200;
/** keys of provenance */
export const MANIFEST_MAX_PROVENANCE_ENTRIES = 256;
/** a float: bounds and measured errors are 0 to this */
export const MANIFEST_MAX_MEASURE = 1000000.0;
/** N, Gaussians of an avatar */
export const MANIFEST_MAX_GAUSSIANS = 16000000;
/** J, joints of its skeleton */
export const MANIFEST_MAX_JOINTS = 256;
/** degree of spherical harmonics */
export const MANIFEST_MAX_SH_DEGREE = 3;
/** levels of detail, at least one */
export const MANIFEST_MAX_LEVELS = 16;
/** the parts, in the order of their numbers */
export const MANIFEST_PARTS: readonly string[] = ["skin", "face", "hair", "garment", "accessory"];
/** correctives get an ancillary section of their own in a later minor version */
export const MANIFEST_MAX_CORRECTIVES = 0;
/** frames of a group */
export const MANIFEST_MAX_FRAMES_PER_GROUP = 1024;
/** frames_per_group times gaussian_count, where a clip has a residual layer */
export const MANIFEST_MAX_GROUP_VALUES = 33554432;
/** frames of a clip, at least one */
export const MANIFEST_MAX_FRAMES = 10000000;
/** frames a second, Hz */
export const MANIFEST_MIN_FPS = 0.001;
/** frames a second, Hz */
export const MANIFEST_MAX_FPS = 1000;
/** markers of a clip */
export const MANIFEST_MAX_MARKERS = 65535;
/** |coordinate of the travel of a looping clip| <= this */
export const MANIFEST_MAX_TRAVEL_M = 100000.0;
/** |heading of the travel of a looping clip| <= this */
export const MANIFEST_MAX_HEADING_RAD = 3.1416;

/** |coordinate| <= this */
export const SKELETON_MAX_POSITION_M = 100000.0;
/** a rest rotation's length differs from 1 by less */
export const SKELETON_UNIT_TOLERANCE = 1e-05;

/** integers, or bytes, that a section may decode to however short it is */
export const PACKAGE_FREE_INTEGERS = 1048576;
/** integers, or bytes, that it may decode to besides for each stored byte */
export const PACKAGE_INTEGERS_PER_BYTE = 32;
/** integers of a Gaussian in splats.k but for 3 (sh_degree + 1)^2 harmonics */
export const PACKAGE_INTEGERS_PER_GAUSSIAN = 18;
/** |v| < this: positions, scales, harmonics, poses, residuals; package-not-finite */
export const PACKAGE_VALUES_BELOW = 100000.0;

/** the codecs, in the order of their numbers */
export const ENTROPY_CODECS: readonly string[] = ["raw", "rans", "lz4", "zstd"];

/** frequencies of a table sum to 2 to this power */
export const RANS_PROBABILITY_BITS = 12;
/** tables, where there is more than one */
export const RANS_CONTEXTS = 16;
/** states; so many stretches of a row are coded side by side */
export const RANS_LANES = 8;
/** columns of a stretch, at least */
export const RANS_SHORTEST_STRETCH = 32;
/** a state below it takes in a word; the last state of each lane */
export const RANS_LOWER_BOUND = 65536;
/** a context is how many are <= its weight */
export const RANS_CONTEXT_THRESHOLDS: readonly number[] = [1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 23, 32, 46, 66, 96];

/** the last match begins so many bytes before the end of what is decoded, or more */
export const LZ4_LAST_MATCH = 12;
/** so many bytes at the end, at least, are literals where there is a match */
export const LZ4_LAST_LITERALS = 5;

/** of a number, in its shortest form */
export const LEB128_MAX_BYTES = 5;

/** low bits that are stored as they are */
export const TABLE_MAX_SHIFT = 24;
/** the symbol that an escape is added to */
export const TABLE_ESCAPE = 255;

/** 1: differences, 2: four planes of bytes */
export const FLOATS_MAX_MODE = 3;

/** version number that a section in whole steps begins with */
export const SPLATS_ROUNDED_LAYOUT = 1;
/** version number that a section without loss begins with */
export const SPLATS_EXACT_LAYOUT = 2;
/** 0 < a step < this */
export const SPLATS_STEP_BELOW = 1000;
/** Q, at least 1: a component is a multiple of 1 / (Q sqrt 2) */
export const SPLATS_MAX_QUATERNION_UNITS = 16384;
/** |cell| <= this: a mean, in steps from the corner of its stretch */
export const SPLATS_MAX_CELL = 268435456;
/** |v * scale step| <= this: natural logarithm of a scale in metres */
export const SPLATS_MAX_LOG_SCALE = 20;
/** |v| <= this: harmonics, in steps */
export const SPLATS_MAX_COLOUR_STEPS = 1048576;
/** opacities are whole 255ths */
export const SPLATS_OPACITY_UNITS = 255;
/** weights of joints are whole 4095ths */
export const SPLATS_WEIGHT_UNITS = 4095;
/** joints and weights of a Gaussian */
export const SPLATS_JOINTS_PER_GAUSSIAN = 4;
/** layout 2: a quaternion's length differs from 1 by less */
export const SPLATS_UNIT_TOLERANCE = 0.001;
/** a level of n of N Gaussians without an appearance: scales grow by (N / n) to this */
export const SPLATS_LEVEL_GROWTH_POWER = 0.25;

/** version number that the section begins with */
export const APPEARANCE_LAYOUT = 1;
/** 0 < a step < this */
export const APPEARANCE_STEP_BELOW = 1000;
/** |v| <= this: displacements and colours, in steps */
export const APPEARANCE_MAX_STEPS = 1048576;
/** |v * scale step| <= this: how the natural logarithm of a scale changes */
export const APPEARANCE_MAX_LOG_SCALE = 20;
/** opacities are whole 63rds */
export const APPEARANCE_OPACITY_UNITS = 63;

/** version number that the section begins with */
export const ORDER_LAYOUT = 1;

/** version number that the section begins with */
export const POSE_LAYOUT = 1;
/** 0 < a step < this */
export const POSE_STEP_BELOW = 1;
/** how often a row is summed along time */
export const POSE_MAX_ORDER = 2;
/** |v| <= this: a finished value, in steps */
export const POSE_MAX_STEPS = 1000000000;

/** version number that the section begins with */
export const MODEL_LAYOUT = 2;
/** M, control nodes */
export const MODEL_MAX_NODES = 1024;
/** what a cell of a node's rest position is worth, metres, as float32 */
export const MODEL_REST_STEP_M = 0.0001;
/** |cell| <= this */
export const MODEL_MAX_REST_CELL = 67108864;
/** nodes and weights of a hanging Gaussian */
export const MODEL_NODES_PER_GAUSSIAN = 4;
/** weights of nodes are whole 127ths */
export const MODEL_WEIGHT_UNITS = 127;
/** nodes that another one is predicted from; the first three have none */
export const MODEL_NODE_PARENTS = 3;
/** stages of tracks, at least one */
export const MODEL_MAX_STAGES = 8;
/** runs of the walk, at least one */
export const MODEL_MAX_RUNS = 32;
/** tracks that another one is predicted from */
export const MODEL_TRACK_PARENTS = 4;
/** weights of parents of positions are whole 32nds */
export const MODEL_POSITION_WEIGHT_UNITS = 32;
/** weights of parents of rotations, log-scales and colours are whole 64ths */
export const MODEL_ROTATION_WEIGHT_UNITS = 64;
/** |weight of a parent| <= this, in units */
export const MODEL_MAX_PARENT_WEIGHT = 127;

/** version number that the section begins with */
export const FURTHER_LAYOUT = 1;

/** version number that the section begins with */
export const NODES_LAYOUT = 1;
/** 0 < a step < this */
export const NODES_STEP_BELOW = 1000;
/** |finished entry| <= this */
export const NODES_MAX_ENTRY = 1073741824;
/** |component of a rotation vector| <= this, in every frame */
export const NODES_MAX_TURN_RAD = 100;

/** version number that the section begins with */
export const DETAIL_LAYOUT = 1;
/** K, different steps, at least one */
export const DETAIL_MAX_STEPS = 64;
/** |component of detail.rotation| <= this, in every frame */
export const DETAIL_MAX_TURN_RAD = 100;
/** |component of detail.scale| <= this, in every frame */
export const DETAIL_MAX_LOG_SCALE = 20;

/** version number that the section begins with */
export const DRIVER_LAYOUT = 1;
/** K, kinds of nodes, at least one */
export const DRIVER_MAX_KINDS = 16;
/** L <= this times M */
export const DRIVER_MAX_LINKS_PER_NODE = 64;
/** Q */
export const DRIVER_MAX_CAPSULES = 256;
/** P, filters */
export const DRIVER_MAX_POLES = 16;
/** R, rows of what was learned */
export const DRIVER_MAX_LEARNED = 256;
/** 0 < reach <= this, metres */
export const DRIVER_MAX_REACH_M = 100;
/** of a material, 1/s */
export const DRIVER_MAX_DAMPING_HZ = 1000;
/** of a material, of the air */
export const DRIVER_MAX_DRAG = 1000;
/** of a material, metres */
export const DRIVER_MAX_THICKNESS_M = 1;
/** of a material */
export const DRIVER_MAX_FRICTION = 1;
/** of a material */
export const DRIVER_MAX_SHARE = 1;
/** weights of joints are whole 255ths */
export const DRIVER_WEIGHT_UNITS = 255;
/** |component of a normal| <= this */
export const DRIVER_NORMAL_UNITS = 127;
/** 0 < the step of where nodes hang < this, metres */
export const DRIVER_HANG_STEP_BELOW = 1;
/** |v| <= this: where nodes hang and what was learned, in steps */
export const DRIVER_MAX_STEPS = 1048576;
/** codes of compliance, from 0 */
export const DRIVER_COMPLIANCE_CODES = 256;
/** code k > 0 is 2^(k / this + lowest octave) s² */
export const DRIVER_COMPLIANCE_CODES_PER_OCTAVE = 8;
/** code k > 0 is 2^(k / codes per octave + this) s² */
export const DRIVER_COMPLIANCE_LOWEST_OCTAVE = -28;
/** links are solved in the order of place times this, modulo 2^32 */
export const DRIVER_LINK_ORDER_FACTOR = 2654435761;
/** |coordinate of a capsule's end| <= this */
export const DRIVER_MAX_CAPSULE_POSITION_M = 10000.0;
/** radius of a capsule's end */
export const DRIVER_MAX_CAPSULE_RADIUS_M = 10;
/** 0 < frequency of a filter <= this */
export const DRIVER_MAX_POLE_HZ = 60;
/** 0 < damping ratio of a filter <= this */
export const DRIVER_MAX_POLE_DAMPING = 10;
/** channels of features besides three for each tracked joint */
export const DRIVER_ROOT_CHANNELS = 18;
/** |mean of a feature| <= this */
export const DRIVER_MAX_MEAN = 1000000000.0;
/** a step of what was learned, from 0 */
export const DRIVER_MAX_LEARNED_STEP = 1000;
/** the root is carried where it turns by so much more than at its last rate, radians */
export const DRIVER_CARRY_TURN_RAD = 0.25;
/** and by this times the step's seconds, radians */
export const DRIVER_CARRY_TURN_RAD_S = 15;
/** or goes so much farther than at its last velocity, metres */
export const DRIVER_CARRY_SHIFT_M = 0.15;
/** and this times the step's seconds, metres */
export const DRIVER_CARRY_SHIFT_M_S = 9;
/** or so much farther than in the step before, metres */
export const DRIVER_CARRY_JUMP_M = 0.06;
/** and this times the step's seconds, metres */
export const DRIVER_CARRY_JUMP_M_S = 3;
/** a root that loses more than this right after it was carried begins anew, m/s */
export const DRIVER_CARRY_STOP_M_S = 3;

/** version number that a payload begins with */
export const LIGHT_LAYOUT = 1;
/** kind of a frame that holds all numbers */
export const LIGHT_KEY = 0;
/** kind of a frame that holds differences to the frame before */
export const LIGHT_CHANGE = 1;
/** a frame's number counts on modulo this */
export const LIGHT_FRAME_NUMBERS = 65536;
/** the symbol that LEB128 digits are added to */
export const LIGHT_ESCAPE = 63;
/** of each of the 256 symbols of the table of digits */
export const LIGHT_UNIFORM_FREQUENCY = 16;
/** LEB128 digits of an escape */
export const LIGHT_MAX_ESCAPE_DIGITS = 5;
/** weight of a node without parents, besides its axes */
export const LIGHT_ORPHAN_WEIGHT = 10;
/** |number| <= this, in steps */
export const LIGHT_MAX_NUMBER = 1073741824;
/** 0 < a step < this */
export const LIGHT_STEP_BELOW = 1000;
/** z of each table */
export const LIGHT_ZERO_SHARES: readonly number[] = [2149, 2271, 1943, 1783, 1618, 1477, 1320, 1159, 972, 803, 638, 483, 346, 239, 147, 67];
/** r of each table, in 256ths */
export const LIGHT_RATIOS: readonly number[] = [118, 28, 50, 64, 78, 90, 106, 124, 138, 154, 172, 190, 206, 222, 236, 254];

/** its field of that name */
export const RECIPE_VERSION = 1;
/** of the section, as stored and decoded */
export const RECIPE_MAX_BYTES = 4194304;
/** input files of a step */
export const RECIPE_MAX_INPUTS = 65535;
/** maps and lists within settings */
export const RECIPE_MAX_DEPTH = 4;
/** characters of a whole number */
export const RECIPE_MAX_DIGITS = 80;

export interface SectionKind {
  readonly name: string;
  readonly scope: "package" | "clip" | "group";
  readonly withResidual: boolean;
  readonly critical: boolean;
}

export const SECTIONS: readonly SectionKind[] = [
  { name: "manifest", scope: "package", withResidual: false, critical: true },
  { name: "skeleton", scope: "package", withResidual: false, critical: true },
  { name: "splats.k", scope: "package", withResidual: false, critical: true },
  { name: "appearance.k", scope: "package", withResidual: false, critical: true },
  { name: "model", scope: "package", withResidual: true, critical: true },
  { name: "order", scope: "package", withResidual: false, critical: true },
  { name: "driver", scope: "package", withResidual: true, critical: false },
  { name: "thumbnail", scope: "package", withResidual: false, critical: false },
  { name: "recipe", scope: "package", withResidual: false, critical: false },
  { name: "further", scope: "clip", withResidual: true, critical: true },
  { name: "pose", scope: "group", withResidual: false, critical: true },
  { name: "nodes", scope: "group", withResidual: true, critical: true },
  { name: "detail.position", scope: "group", withResidual: true, critical: true },
  { name: "detail.rotation", scope: "group", withResidual: true, critical: true },
  { name: "detail.scale", scope: "group", withResidual: true, critical: true },
  { name: "detail.colour", scope: "group", withResidual: true, critical: true },
];

/** The family of every code: readers agree on it where several rules are broken. */
export const FAMILY_OF: ReadonlyMap<string, string> = new Map([
  ["package-wrong-magic", "foreign"],
  ["package-future", "future"],
  ["package-unknown-section", "future"],
  ["section-version", "future"],
  ["package-truncated", "container"],
  ["package-length", "container"],
  ["package-header-damaged", "container"],
  ["package-toc-range", "container"],
  ["package-toc-damaged", "container"],
  ["package-toc-invalid", "container"],
  ["package-section-range", "container"],
  ["package-section-repeated", "container"],
  ["package-padding", "container"],
  ["package-digest-wrong", "container"],
  ["section-missing", "section"],
  ["section-damaged", "section"],
  ["section-too-large", "section"],
  ["section-truncated", "section"],
  ["section-trailing", "section"],
  ["section-invalid", "section"],
  ["section-not-finite", "section"],
  ["entropy-unknown", "section"],
  ["entropy-corrupt", "section"],
  ["package-not-finite", "section"],
  ["manifest-invalid", "section"],
  ["skeleton-invalid", "section"],
  ["order-invalid", "section"],
  ["splats-invalid", "section"],
  ["appearance-invalid", "section"],
  ["pose-invalid", "section"],
  ["model-invalid", "section"],
  ["nodes-invalid", "section"],
  ["detail-invalid", "section"],
  ["driver-invalid", "section"],
  ["recipe-invalid", "section"],
  ["entropy-not-installed", "codec-missing"],
  ["light-frame-missed", "light"],
  ["light-frame-corrupt", "light"],
  ["light-frame-version", "light"],
  ["bus-unreachable", "connection"],
  ["demo-server-ended", "connection"],
  ["download-bad-digest", "connection"],
  ["download-digest-mismatch", "connection"],
  ["download-out-of-order", "connection"],
  ["download-too-large", "connection"],
  ["gateway-not-a-websocket", "connection"],
  ["library-clock-skew", "connection"],
  ["library-cluster-unreachable", "connection"],
  ["library-machine-small", "connection"],
  ["library-task-held", "connection"],
  ["live-fenced", "connection"],
  ["live-wrong-key", "connection"],
  ["play-client-silent", "connection"],
  ["service-bad-frame", "connection"],
  ["service-bad-message", "connection"],
  ["service-cancelled", "connection"],
  ["service-client-stalled", "connection"],
  ["service-digest-changed", "connection"],
  ["service-draining", "connection"],
  ["service-failed", "connection"],
  ["service-frame-version", "connection"],
  ["service-not-ani3d", "connection"],
  ["service-overloaded", "connection"],
  ["service-source-changed", "connection"],
  ["service-timeout", "connection"],
  ["service-tls-failed", "connection"],
  ["service-unreachable", "connection"],
  ["store-denied", "connection"],
  ["store-no-ranges", "connection"],
  ["store-unreachable", "connection"],
  ["token-unavailable", "connection"],
  ["gateway-bad-host", "access"],
  ["gateway-bad-origin", "access"],
  ["scope-missing", "access"],
  ["token-expired", "access"],
  ["token-invalid", "access"],
  ["token-missing", "access"],
]);
