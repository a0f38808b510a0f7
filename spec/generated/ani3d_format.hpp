// The numbers and refusals of an .a3d package.
// Generated from spec/format.toml and spec/refusals.toml by `make constants`; edit those.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ani3d::format {

namespace container {
// the first bytes of a package: \x89A3D\r\n\x1a\n
inline constexpr std::array<int, 8> magic{137, 65, 51, 68, 13, 10, 26, 10};
// a reader refuses any other
inline constexpr int major_version = 1;
// what a writer states; a reader takes any
inline constexpr int minor_version = 0;
// length of the header, and the lowest offset of anything else
inline constexpr int header_bytes = 64;
// sections begin at multiples of it
inline constexpr int alignment_bytes = 64;
// SHA-256
inline constexpr int digest_bytes = 32;
// number of the clip in the entry of a section that belongs to the avatar
inline constexpr int no_clip = -1;
// table of contents
inline constexpr int max_table_bytes = 67108864;
// entries of the table
inline constexpr int max_sections = 1000000;
// of one section, as stored and decoded
inline constexpr int max_section_bytes = 1073741824;
// levels of maps and lists in msgpack
inline constexpr int max_depth = 16;
// characters (code points) of a section's name, at least one
inline constexpr int max_name_chars = 64;
// clips of a package, numbered from 0
inline constexpr int max_clips = 65535;
// groups of frames of a clip, numbered from 0
inline constexpr int max_groups = 1000000;
// number of an entropy codec
inline constexpr int max_codec = 255;
// a checksum
inline constexpr std::int64_t max_crc32 = 4294967295;
}  // namespace container

namespace manifest {
// of the section, as stored and decoded
inline constexpr int max_bytes = 16777216;
// characters (code points) of a text
inline constexpr int max_text_chars = 4096;
// characters (code points) of the name of a clip or joint
inline constexpr int max_name_chars = 200;
// keys of provenance
inline constexpr int max_provenance_entries = 256;
// a float: bounds and measured errors are 0 to this
inline constexpr double max_measure = 1000000.0;
// N, Gaussians of an avatar
inline constexpr int max_gaussians = 16000000;
// J, joints of its skeleton
inline constexpr int max_joints = 256;
// degree of spherical harmonics
inline constexpr int max_sh_degree = 3;
// levels of detail, at least one
inline constexpr int max_levels = 16;
// the parts, in the order of their numbers
inline constexpr std::array<std::string_view, 5> parts{"skin", "face", "hair", "garment", "accessory"};
// correctives get an ancillary section of their own in a later minor version
inline constexpr int max_correctives = 0;
// frames of a group
inline constexpr int max_frames_per_group = 1024;
// frames_per_group times gaussian_count, where a clip has a residual layer
inline constexpr int max_group_values = 33554432;
// frames of a clip, at least one
inline constexpr int max_frames = 10000000;
// frames a second, Hz
inline constexpr double min_fps = 0.001;
// frames a second, Hz
inline constexpr int max_fps = 1000;
// markers of a clip
inline constexpr int max_markers = 65535;
// |coordinate of the travel of a looping clip| <= this
inline constexpr double max_travel_m = 100000.0;
// |heading of the travel of a looping clip| <= this
inline constexpr double max_heading_rad = 3.1416;
}  // namespace manifest

namespace skeleton {
// |coordinate| <= this
inline constexpr double max_position_m = 100000.0;
// a rest rotation's length differs from 1 by less
inline constexpr double unit_tolerance = 1e-05;
}  // namespace skeleton

namespace package {
// integers, or bytes, that a section may decode to however short it is
inline constexpr int free_integers = 1048576;
// integers, or bytes, that it may decode to besides for each stored byte
inline constexpr int integers_per_byte = 32;
// integers of a Gaussian in splats.k but for 3 (sh_degree + 1)^2 harmonics
inline constexpr int integers_per_gaussian = 18;
// |v| < this: positions, scales, harmonics, poses, residuals; package-not-finite
inline constexpr double values_below = 100000.0;
}  // namespace package

namespace entropy {
// the codecs, in the order of their numbers
inline constexpr std::array<std::string_view, 4> codecs{"raw", "rans", "lz4", "zstd"};
}  // namespace entropy

namespace rans {
// frequencies of a table sum to 2 to this power
inline constexpr int probability_bits = 12;
// tables, where there is more than one
inline constexpr int contexts = 16;
// states; so many stretches of a row are coded side by side
inline constexpr int lanes = 8;
// columns of a stretch, at least
inline constexpr int shortest_stretch = 32;
// a state below it takes in a word; the last state of each lane
inline constexpr int lower_bound = 65536;
// a context is how many are <= its weight
inline constexpr std::array<int, 15> context_thresholds{1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 23, 32, 46, 66, 96};
}  // namespace rans

namespace lz4 {
// the last match begins so many bytes before the end of what is decoded, or more
inline constexpr int last_match = 12;
// so many bytes at the end, at least, are literals where there is a match
inline constexpr int last_literals = 5;
}  // namespace lz4

namespace leb128 {
// of a number, in its shortest form
inline constexpr int max_bytes = 5;
}  // namespace leb128

namespace table {
// low bits that are stored as they are
inline constexpr int max_shift = 24;
// the symbol that an escape is added to
inline constexpr int escape = 255;
}  // namespace table

namespace floats {
// 1: differences, 2: four planes of bytes
inline constexpr int max_mode = 3;
}  // namespace floats

namespace splats {
// version number that a section in whole steps begins with
inline constexpr int rounded_layout = 1;
// version number that a section without loss begins with
inline constexpr int exact_layout = 2;
// 0 < a step < this
inline constexpr int step_below = 1000;
// Q, at least 1: a component is a multiple of 1 / (Q sqrt 2)
inline constexpr int max_quaternion_units = 16384;
// |cell| <= this: a mean, in steps from the corner of its stretch
inline constexpr int max_cell = 268435456;
// |v * scale step| <= this: natural logarithm of a scale in metres
inline constexpr int max_log_scale = 20;
// |v| <= this: harmonics, in steps
inline constexpr int max_colour_steps = 1048576;
// opacities are whole 255ths
inline constexpr int opacity_units = 255;
// weights of joints are whole 4095ths
inline constexpr int weight_units = 4095;
// joints and weights of a Gaussian
inline constexpr int joints_per_gaussian = 4;
// layout 2: a quaternion's length differs from 1 by less
inline constexpr double unit_tolerance = 0.001;
// a level of n of N Gaussians without an appearance: scales grow by (N / n) to this
inline constexpr double level_growth_power = 0.25;
}  // namespace splats

namespace appearance {
// version number that the section begins with
inline constexpr int layout = 1;
// 0 < a step < this
inline constexpr int step_below = 1000;
// |v| <= this: displacements and colours, in steps
inline constexpr int max_steps = 1048576;
// |v * scale step| <= this: how the natural logarithm of a scale changes
inline constexpr int max_log_scale = 20;
// opacities are whole 63rds
inline constexpr int opacity_units = 63;
}  // namespace appearance

namespace order {
// version number that the section begins with
inline constexpr int layout = 1;
}  // namespace order

namespace pose {
// version number that the section begins with
inline constexpr int layout = 1;
// 0 < a step < this
inline constexpr int step_below = 1;
// how often a row is summed along time
inline constexpr int max_order = 2;
// |v| <= this: a finished value, in steps
inline constexpr int max_steps = 1000000000;
}  // namespace pose

namespace model {
// version number that the section begins with
inline constexpr int layout = 2;
// M, control nodes
inline constexpr int max_nodes = 1024;
// what a cell of a node's rest position is worth, metres, as float32
inline constexpr double rest_step_m = 0.0001;
// |cell| <= this
inline constexpr int max_rest_cell = 67108864;
// nodes and weights of a hanging Gaussian
inline constexpr int nodes_per_gaussian = 4;
// weights of nodes are whole 127ths
inline constexpr int weight_units = 127;
// nodes that another one is predicted from; the first three have none
inline constexpr int node_parents = 3;
// stages of tracks, at least one
inline constexpr int max_stages = 8;
// runs of the walk, at least one
inline constexpr int max_runs = 32;
// tracks that another one is predicted from
inline constexpr int track_parents = 4;
// weights of parents of positions are whole 32nds
inline constexpr int position_weight_units = 32;
// weights of parents of rotations, log-scales and colours are whole 64ths
inline constexpr int rotation_weight_units = 64;
// |weight of a parent| <= this, in units
inline constexpr int max_parent_weight = 127;
}  // namespace model

namespace further {
// version number that the section begins with
inline constexpr int layout = 1;
}  // namespace further

namespace nodes {
// version number that the section begins with
inline constexpr int layout = 1;
// 0 < a step < this
inline constexpr int step_below = 1000;
// |finished entry| <= this
inline constexpr int max_entry = 1073741824;
// |component of a rotation vector| <= this, in every frame
inline constexpr int max_turn_rad = 100;
}  // namespace nodes

namespace detail {
// version number that the section begins with
inline constexpr int layout = 1;
// K, different steps, at least one
inline constexpr int max_steps = 64;
// |component of detail.rotation| <= this, in every frame
inline constexpr int max_turn_rad = 100;
// |component of detail.scale| <= this, in every frame
inline constexpr int max_log_scale = 20;
}  // namespace detail

namespace driver {
// version number that the section begins with
inline constexpr int layout = 1;
// K, kinds of nodes, at least one
inline constexpr int max_kinds = 16;
// L <= this times M
inline constexpr int max_links_per_node = 64;
// Q
inline constexpr int max_capsules = 256;
// P, filters
inline constexpr int max_poles = 16;
// R, rows of what was learned
inline constexpr int max_learned = 256;
// 0 < reach <= this, metres
inline constexpr int max_reach_m = 100;
// of a material, 1/s
inline constexpr int max_damping_hz = 1000;
// of a material, of the air
inline constexpr int max_drag = 1000;
// of a material, metres
inline constexpr int max_thickness_m = 1;
// of a material
inline constexpr int max_friction = 1;
// of a material
inline constexpr int max_share = 1;
// weights of joints are whole 255ths
inline constexpr int weight_units = 255;
// |component of a normal| <= this
inline constexpr int normal_units = 127;
// 0 < the step of where nodes hang < this, metres
inline constexpr int hang_step_below = 1;
// |v| <= this: where nodes hang and what was learned, in steps
inline constexpr int max_steps = 1048576;
// codes of compliance, from 0
inline constexpr int compliance_codes = 256;
// code k > 0 is 2^(k / this + lowest octave) s²
inline constexpr int compliance_codes_per_octave = 8;
// code k > 0 is 2^(k / codes per octave + this) s²
inline constexpr int compliance_lowest_octave = -28;
// links are solved in the order of place times this, modulo 2^32
inline constexpr std::int64_t link_order_factor = 2654435761;
// |coordinate of a capsule's end| <= this
inline constexpr double max_capsule_position_m = 10000.0;
// radius of a capsule's end
inline constexpr int max_capsule_radius_m = 10;
// 0 < frequency of a filter <= this
inline constexpr int max_pole_hz = 60;
// 0 < damping ratio of a filter <= this
inline constexpr int max_pole_damping = 10;
// channels of features besides three for each tracked joint
inline constexpr int root_channels = 18;
// |mean of a feature| <= this
inline constexpr double max_mean = 1000000000.0;
// a step of what was learned, from 0
inline constexpr int max_learned_step = 1000;
// the root is carried where it turns by so much more than at its last rate, radians
inline constexpr double carry_turn_rad = 0.25;
// and by this times the step's seconds, radians
inline constexpr int carry_turn_rad_s = 15;
// or goes so much farther than at its last velocity, metres
inline constexpr double carry_shift_m = 0.15;
// and this times the step's seconds, metres
inline constexpr int carry_shift_m_s = 9;
// or so much farther than in the step before, metres
inline constexpr double carry_jump_m = 0.06;
// and this times the step's seconds, metres
inline constexpr int carry_jump_m_s = 3;
// a root that loses more than this right after it was carried begins anew, m/s
inline constexpr int carry_stop_m_s = 3;
}  // namespace driver

namespace light {
// version number that a payload begins with
inline constexpr int layout = 1;
// kind of a frame that holds all numbers
inline constexpr int key = 0;
// kind of a frame that holds differences to the frame before
inline constexpr int change = 1;
// a frame's number counts on modulo this
inline constexpr int frame_numbers = 65536;
// the symbol that LEB128 digits are added to
inline constexpr int escape = 63;
// of each of the 256 symbols of the table of digits
inline constexpr int uniform_frequency = 16;
// LEB128 digits of an escape
inline constexpr int max_escape_digits = 5;
// weight of a node without parents, besides its axes
inline constexpr int orphan_weight = 10;
// |number| <= this, in steps
inline constexpr int max_number = 1073741824;
// 0 < a step < this
inline constexpr int step_below = 1000;
// z of each table
inline constexpr std::array<int, 16> zero_shares{2149, 2271, 1943, 1783, 1618, 1477, 1320, 1159, 972, 803, 638, 483, 346, 239, 147, 67};
// r of each table, in 256ths
inline constexpr std::array<int, 16> ratios{118, 28, 50, 64, 78, 90, 106, 124, 138, 154, 172, 190, 206, 222, 236, 254};
}  // namespace light

namespace recipe {
// its field of that name
inline constexpr int version = 1;
// of the section, as stored and decoded
inline constexpr int max_bytes = 4194304;
// input files of a step
inline constexpr int max_inputs = 65535;
// maps and lists within settings
inline constexpr int max_depth = 4;
// characters of a whole number
inline constexpr int max_digits = 80;
}  // namespace recipe

// "splats.k" stands for splats.0, splats.1, …
struct Section {
  std::string_view name;
  bool critical;
};
inline constexpr std::array<Section, 16> sections{{
    {"manifest", true},
    {"skeleton", true},
    {"splats.k", true},
    {"appearance.k", true},
    {"model", true},
    {"order", true},
    {"driver", false},
    {"thumbnail", false},
    {"recipe", false},
    {"further", true},
    {"pose", true},
    {"nodes", true},
    {"detail.position", true},
    {"detail.rotation", true},
    {"detail.scale", true},
    {"detail.colour", true},
}};

struct Refusal {
  std::string_view code;
  std::string_view family;  // readers agree on it
};
inline constexpr std::array<Refusal, 77> refusals{{
    {"package-wrong-magic", "foreign"},
    {"package-future", "future"},
    {"package-unknown-section", "future"},
    {"section-version", "future"},
    {"package-truncated", "container"},
    {"package-length", "container"},
    {"package-header-damaged", "container"},
    {"package-toc-range", "container"},
    {"package-toc-damaged", "container"},
    {"package-toc-invalid", "container"},
    {"package-section-range", "container"},
    {"package-section-repeated", "container"},
    {"package-padding", "container"},
    {"package-digest-wrong", "container"},
    {"section-missing", "section"},
    {"section-damaged", "section"},
    {"section-too-large", "section"},
    {"section-truncated", "section"},
    {"section-trailing", "section"},
    {"section-invalid", "section"},
    {"section-not-finite", "section"},
    {"entropy-unknown", "section"},
    {"entropy-corrupt", "section"},
    {"package-not-finite", "section"},
    {"manifest-invalid", "section"},
    {"skeleton-invalid", "section"},
    {"order-invalid", "section"},
    {"splats-invalid", "section"},
    {"appearance-invalid", "section"},
    {"pose-invalid", "section"},
    {"model-invalid", "section"},
    {"nodes-invalid", "section"},
    {"detail-invalid", "section"},
    {"driver-invalid", "section"},
    {"recipe-invalid", "section"},
    {"entropy-not-installed", "codec-missing"},
    {"light-frame-missed", "light"},
    {"light-frame-corrupt", "light"},
    {"light-frame-version", "light"},
    {"bus-unreachable", "connection"},
    {"demo-server-ended", "connection"},
    {"download-bad-digest", "connection"},
    {"download-digest-mismatch", "connection"},
    {"download-out-of-order", "connection"},
    {"download-too-large", "connection"},
    {"gateway-not-a-websocket", "connection"},
    {"library-clock-skew", "connection"},
    {"library-cluster-unreachable", "connection"},
    {"library-machine-small", "connection"},
    {"library-task-held", "connection"},
    {"live-fenced", "connection"},
    {"live-wrong-key", "connection"},
    {"play-client-silent", "connection"},
    {"service-bad-frame", "connection"},
    {"service-bad-message", "connection"},
    {"service-cancelled", "connection"},
    {"service-client-stalled", "connection"},
    {"service-digest-changed", "connection"},
    {"service-draining", "connection"},
    {"service-failed", "connection"},
    {"service-frame-version", "connection"},
    {"service-not-ani3d", "connection"},
    {"service-overloaded", "connection"},
    {"service-source-changed", "connection"},
    {"service-timeout", "connection"},
    {"service-tls-failed", "connection"},
    {"service-unreachable", "connection"},
    {"store-denied", "connection"},
    {"store-no-ranges", "connection"},
    {"store-unreachable", "connection"},
    {"token-unavailable", "connection"},
    {"gateway-bad-host", "access"},
    {"gateway-bad-origin", "access"},
    {"scope-missing", "access"},
    {"token-expired", "access"},
    {"token-invalid", "access"},
    {"token-missing", "access"},
}};

}  // namespace ani3d::format
