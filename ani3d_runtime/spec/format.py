"""The numbers of an .a3d package. Generated from spec/format.toml by `make constants`; edit that."""

from __future__ import annotations

from typing import Final, Literal

Scope = Literal["package", "clip", "group"]

# [container]
# the first bytes of a package: \x89A3D\r\n\x1a\n
CONTAINER_MAGIC: Final = (137, 65, 51, 68, 13, 10, 26, 10)
# a reader refuses any other
CONTAINER_MAJOR_VERSION: Final = 1
# what a writer states; a reader takes any
CONTAINER_MINOR_VERSION: Final = 0
# length of the header, and the lowest offset of anything else
CONTAINER_HEADER_BYTES: Final = 64
# sections begin at multiples of it
CONTAINER_ALIGNMENT_BYTES: Final = 64
# SHA-256
CONTAINER_DIGEST_BYTES: Final = 32
# number of the clip in the entry of a section that belongs to the avatar
CONTAINER_NO_CLIP: Final = -1
# table of contents
CONTAINER_MAX_TABLE_BYTES: Final = 67_108_864
# entries of the table
CONTAINER_MAX_SECTIONS: Final = 1_000_000
# of one section, as stored and decoded
CONTAINER_MAX_SECTION_BYTES: Final = 1_073_741_824
# levels of maps and lists in msgpack
CONTAINER_MAX_DEPTH: Final = 16
# characters (code points) of a section's name, at least one
CONTAINER_MAX_NAME_CHARS: Final = 64
# clips of a package, numbered from 0
CONTAINER_MAX_CLIPS: Final = 65_535
# groups of frames of a clip, numbered from 0
CONTAINER_MAX_GROUPS: Final = 1_000_000
# number of an entropy codec
CONTAINER_MAX_CODEC: Final = 255
# a checksum
CONTAINER_MAX_CRC32: Final = 4_294_967_295

# [manifest]
# of the section, as stored and decoded
MANIFEST_MAX_BYTES: Final = 16_777_216
# characters (code points) of a text
MANIFEST_MAX_TEXT_CHARS: Final = 4096
# characters (code points) of the name of a clip or joint
MANIFEST_MAX_NAME_CHARS: Final = 200
# keys of provenance
MANIFEST_MAX_PROVENANCE_ENTRIES: Final = 256
# a float: bounds and measured errors are 0 to this
MANIFEST_MAX_MEASURE: Final = 1000000.0
# N, Gaussians of an avatar
MANIFEST_MAX_GAUSSIANS: Final = 16_000_000
# J, joints of its skeleton
MANIFEST_MAX_JOINTS: Final = 256
# degree of spherical harmonics
MANIFEST_MAX_SH_DEGREE: Final = 3
# levels of detail, at least one
MANIFEST_MAX_LEVELS: Final = 16
# the parts, in the order of their numbers
MANIFEST_PARTS: Final = ("skin", "face", "hair", "garment", "accessory")
# correctives get an ancillary section of their own in a later minor version
MANIFEST_MAX_CORRECTIVES: Final = 0
# frames of a group
MANIFEST_MAX_FRAMES_PER_GROUP: Final = 1024
# frames_per_group times gaussian_count, where a clip has a residual layer
MANIFEST_MAX_GROUP_VALUES: Final = 33_554_432
# frames of a clip, at least one
MANIFEST_MAX_FRAMES: Final = 10_000_000
# frames a second, Hz
MANIFEST_MIN_FPS: Final = 0.001
# frames a second, Hz
MANIFEST_MAX_FPS: Final = 1000
# markers of a clip
MANIFEST_MAX_MARKERS: Final = 65_535
# |coordinate of the travel of a looping clip| <= this
MANIFEST_MAX_TRAVEL_M: Final = 100000.0
# |heading of the travel of a looping clip| <= this
MANIFEST_MAX_HEADING_RAD: Final = 3.1416

# [skeleton]
# |coordinate| <= this
SKELETON_MAX_POSITION_M: Final = 100000.0
# a rest rotation's length differs from 1 by less
SKELETON_UNIT_TOLERANCE: Final = 1e-05

# [package]
# integers, or bytes, that a section may decode to however short it is
PACKAGE_FREE_INTEGERS: Final = 1_048_576
# integers, or bytes, that it may decode to besides for each stored byte
PACKAGE_INTEGERS_PER_BYTE: Final = 32
# integers of a Gaussian in splats.k but for 3 (sh_degree + 1)^2 harmonics
PACKAGE_INTEGERS_PER_GAUSSIAN: Final = 18
# |v| < this: positions, scales, harmonics, poses, residuals; package-not-finite
PACKAGE_VALUES_BELOW: Final = 100000.0

# [entropy]
# the codecs, in the order of their numbers
ENTROPY_CODECS: Final = ("raw", "rans", "lz4", "zstd")

# [rans]
# frequencies of a table sum to 2 to this power
RANS_PROBABILITY_BITS: Final = 12
# tables, where there is more than one
RANS_CONTEXTS: Final = 16
# states; so many stretches of a row are coded side by side
RANS_LANES: Final = 8
# columns of a stretch, at least
RANS_SHORTEST_STRETCH: Final = 32
# a state below it takes in a word; the last state of each lane
RANS_LOWER_BOUND: Final = 65_536
# a context is how many are <= its weight
RANS_CONTEXT_THRESHOLDS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 23, 32, 46, 66, 96)

# [lz4]
# the last match begins so many bytes before the end of what is decoded, or more
LZ4_LAST_MATCH: Final = 12
# so many bytes at the end, at least, are literals where there is a match
LZ4_LAST_LITERALS: Final = 5

# [leb128]
# of a number, in its shortest form
LEB128_MAX_BYTES: Final = 5

# [table]
# low bits that are stored as they are
TABLE_MAX_SHIFT: Final = 24
# the symbol that an escape is added to
TABLE_ESCAPE: Final = 255

# [floats]
# 1: differences, 2: four planes of bytes
FLOATS_MAX_MODE: Final = 3

# [splats]
# version number that a section in whole steps begins with
SPLATS_ROUNDED_LAYOUT: Final = 1
# version number that a section without loss begins with
SPLATS_EXACT_LAYOUT: Final = 2
# 0 < a step < this
SPLATS_STEP_BELOW: Final = 1000
# Q, at least 1: a component is a multiple of 1 / (Q sqrt 2)
SPLATS_MAX_QUATERNION_UNITS: Final = 16_384
# |cell| <= this: a mean, in steps from the corner of its stretch
SPLATS_MAX_CELL: Final = 268_435_456
# |v * scale step| <= this: natural logarithm of a scale in metres
SPLATS_MAX_LOG_SCALE: Final = 20
# |v| <= this: harmonics, in steps
SPLATS_MAX_COLOUR_STEPS: Final = 1_048_576
# opacities are whole 255ths
SPLATS_OPACITY_UNITS: Final = 255
# weights of joints are whole 4095ths
SPLATS_WEIGHT_UNITS: Final = 4095
# joints and weights of a Gaussian
SPLATS_JOINTS_PER_GAUSSIAN: Final = 4
# layout 2: a quaternion's length differs from 1 by less
SPLATS_UNIT_TOLERANCE: Final = 0.001
# a level of n of N Gaussians without an appearance: scales grow by (N / n) to this
SPLATS_LEVEL_GROWTH_POWER: Final = 0.25

# [appearance]
# version number that the section begins with
APPEARANCE_LAYOUT: Final = 1
# 0 < a step < this
APPEARANCE_STEP_BELOW: Final = 1000
# |v| <= this: displacements and colours, in steps
APPEARANCE_MAX_STEPS: Final = 1_048_576
# |v * scale step| <= this: how the natural logarithm of a scale changes
APPEARANCE_MAX_LOG_SCALE: Final = 20
# opacities are whole 63rds
APPEARANCE_OPACITY_UNITS: Final = 63

# [order]
# version number that the section begins with
ORDER_LAYOUT: Final = 1

# [pose]
# version number that the section begins with
POSE_LAYOUT: Final = 1
# 0 < a step < this
POSE_STEP_BELOW: Final = 1
# how often a row is summed along time
POSE_MAX_ORDER: Final = 2
# |v| <= this: a finished value, in steps
POSE_MAX_STEPS: Final = 1_000_000_000

# [model]
# version number that the section begins with
MODEL_LAYOUT: Final = 2
# M, control nodes
MODEL_MAX_NODES: Final = 1024
# what a cell of a node's rest position is worth, metres, as float32
MODEL_REST_STEP_M: Final = 0.0001
# |cell| <= this
MODEL_MAX_REST_CELL: Final = 67_108_864
# nodes and weights of a hanging Gaussian
MODEL_NODES_PER_GAUSSIAN: Final = 4
# weights of nodes are whole 127ths
MODEL_WEIGHT_UNITS: Final = 127
# nodes that another one is predicted from; the first three have none
MODEL_NODE_PARENTS: Final = 3
# stages of tracks, at least one
MODEL_MAX_STAGES: Final = 8
# runs of the walk, at least one
MODEL_MAX_RUNS: Final = 32
# tracks that another one is predicted from
MODEL_TRACK_PARENTS: Final = 4
# weights of parents of positions are whole 32nds
MODEL_POSITION_WEIGHT_UNITS: Final = 32
# weights of parents of rotations, log-scales and colours are whole 64ths
MODEL_ROTATION_WEIGHT_UNITS: Final = 64
# |weight of a parent| <= this, in units
MODEL_MAX_PARENT_WEIGHT: Final = 127

# [further]
# version number that the section begins with
FURTHER_LAYOUT: Final = 1

# [nodes]
# version number that the section begins with
NODES_LAYOUT: Final = 1
# 0 < a step < this
NODES_STEP_BELOW: Final = 1000
# |finished entry| <= this
NODES_MAX_ENTRY: Final = 1_073_741_824
# |component of a rotation vector| <= this, in every frame
NODES_MAX_TURN_RAD: Final = 100

# [detail]
# version number that the section begins with
DETAIL_LAYOUT: Final = 1
# K, different steps, at least one
DETAIL_MAX_STEPS: Final = 64
# |component of detail.rotation| <= this, in every frame
DETAIL_MAX_TURN_RAD: Final = 100
# |component of detail.scale| <= this, in every frame
DETAIL_MAX_LOG_SCALE: Final = 20

# [driver]
# version number that the section begins with
DRIVER_LAYOUT: Final = 1
# K, kinds of nodes, at least one
DRIVER_MAX_KINDS: Final = 16
# L <= this times M
DRIVER_MAX_LINKS_PER_NODE: Final = 64
# Q
DRIVER_MAX_CAPSULES: Final = 256
# P, filters
DRIVER_MAX_POLES: Final = 16
# R, rows of what was learned
DRIVER_MAX_LEARNED: Final = 256
# 0 < reach <= this, metres
DRIVER_MAX_REACH_M: Final = 100
# of a material, 1/s
DRIVER_MAX_DAMPING_HZ: Final = 1000
# of a material, of the air
DRIVER_MAX_DRAG: Final = 1000
# of a material, metres
DRIVER_MAX_THICKNESS_M: Final = 1
# of a material
DRIVER_MAX_FRICTION: Final = 1
# of a material
DRIVER_MAX_SHARE: Final = 1
# weights of joints are whole 255ths
DRIVER_WEIGHT_UNITS: Final = 255
# |component of a normal| <= this
DRIVER_NORMAL_UNITS: Final = 127
# 0 < the step of where nodes hang < this, metres
DRIVER_HANG_STEP_BELOW: Final = 1
# |v| <= this: where nodes hang and what was learned, in steps
DRIVER_MAX_STEPS: Final = 1_048_576
# codes of compliance, from 0
DRIVER_COMPLIANCE_CODES: Final = 256
# code k > 0 is 2^(k / this + lowest octave) s²
DRIVER_COMPLIANCE_CODES_PER_OCTAVE: Final = 8
# code k > 0 is 2^(k / codes per octave + this) s²
DRIVER_COMPLIANCE_LOWEST_OCTAVE: Final = -28
# links are solved in the order of place times this, modulo 2^32
DRIVER_LINK_ORDER_FACTOR: Final = 2_654_435_761
# |coordinate of a capsule's end| <= this
DRIVER_MAX_CAPSULE_POSITION_M: Final = 10000.0
# radius of a capsule's end
DRIVER_MAX_CAPSULE_RADIUS_M: Final = 10
# 0 < frequency of a filter <= this
DRIVER_MAX_POLE_HZ: Final = 60
# 0 < damping ratio of a filter <= this
DRIVER_MAX_POLE_DAMPING: Final = 10
# channels of features besides three for each tracked joint
DRIVER_ROOT_CHANNELS: Final = 18
# |mean of a feature| <= this
DRIVER_MAX_MEAN: Final = 1000000000.0
# a step of what was learned, from 0
DRIVER_MAX_LEARNED_STEP: Final = 1000
# the root is carried where it turns by so much more than at its last rate, radians
DRIVER_CARRY_TURN_RAD: Final = 0.25
# and by this times the step's seconds, radians
DRIVER_CARRY_TURN_RAD_S: Final = 15
# or goes so much farther than at its last velocity, metres
DRIVER_CARRY_SHIFT_M: Final = 0.15
# and this times the step's seconds, metres
DRIVER_CARRY_SHIFT_M_S: Final = 9
# or so much farther than in the step before, metres
DRIVER_CARRY_JUMP_M: Final = 0.06
# and this times the step's seconds, metres
DRIVER_CARRY_JUMP_M_S: Final = 3
# a root that loses more than this right after it was carried begins anew, m/s
DRIVER_CARRY_STOP_M_S: Final = 3

# [light]
# version number that a payload begins with
LIGHT_LAYOUT: Final = 1
# kind of a frame that holds all numbers
LIGHT_KEY: Final = 0
# kind of a frame that holds differences to the frame before
LIGHT_CHANGE: Final = 1
# a frame's number counts on modulo this
LIGHT_FRAME_NUMBERS: Final = 65_536
# the symbol that LEB128 digits are added to
LIGHT_ESCAPE: Final = 63
# of each of the 256 symbols of the table of digits
LIGHT_UNIFORM_FREQUENCY: Final = 16
# LEB128 digits of an escape
LIGHT_MAX_ESCAPE_DIGITS: Final = 5
# weight of a node without parents, besides its axes
LIGHT_ORPHAN_WEIGHT: Final = 10
# |number| <= this, in steps
LIGHT_MAX_NUMBER: Final = 1_073_741_824
# 0 < a step < this
LIGHT_STEP_BELOW: Final = 1000
# z of each table
LIGHT_ZERO_SHARES: Final = (2149, 2271, 1943, 1783, 1618, 1477, 1320, 1159, 972, 803, 638, 483, 346, 239, 147, 67)
# r of each table, in 256ths
LIGHT_RATIOS: Final = (118, 28, 50, 64, 78, 90, 106, 124, 138, 154, 172, 190, 206, 222, 236, 254)

# [recipe]
# its field of that name
RECIPE_VERSION: Final = 1
# of the section, as stored and decoded
RECIPE_MAX_BYTES: Final = 4_194_304
# input files of a step
RECIPE_MAX_INPUTS: Final = 65_535
# maps and lists within settings
RECIPE_MAX_DEPTH: Final = 4
# characters of a whole number
RECIPE_MAX_DIGITS: Final = 80

# name, scope, with residual, critical, place, early places
SECTIONS: Final[tuple[tuple[str, Scope, bool, bool, int, tuple[int, ...]], ...]] = (
    ("manifest", "package", False, True, 0, ()),
    ("skeleton", "package", False, True, 1, ()),
    ("splats.k", "package", False, True, 7, (2, 4, 4)),
    ("appearance.k", "package", False, True, 7, (2, 4, 4)),
    ("model", "package", True, True, 5, ()),
    ("order", "package", False, True, 9, ()),
    ("driver", "package", True, False, 10, ()),
    ("thumbnail", "package", False, False, 10, ()),
    ("recipe", "package", False, False, 10, ()),
    ("further", "clip", True, True, 8, (6,)),
    ("pose", "group", False, True, 8, (3,)),
    ("nodes", "group", True, True, 8, (6,)),
    ("detail.position", "group", True, True, 8, (6,)),
    ("detail.rotation", "group", True, True, 8, (6,)),
    ("detail.scale", "group", True, True, 8, (6,)),
    ("detail.colour", "group", True, True, 8, (6,)),
)
