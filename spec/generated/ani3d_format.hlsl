// The numbers of an .a3d package that a shader needs.
// Generated from spec/format.toml by `make constants`; edit that.
#ifndef ANI3D_FORMAT_HLSL
#define ANI3D_FORMAT_HLSL

// J, joints of its skeleton
static const uint ANI3D_MANIFEST_MAX_JOINTS = 256;
// degree of spherical harmonics
static const uint ANI3D_MANIFEST_MAX_SH_DEGREE = 3;
// opacities are whole 255ths
static const uint ANI3D_SPLATS_OPACITY_UNITS = 255;
// weights of joints are whole 4095ths
static const uint ANI3D_SPLATS_WEIGHT_UNITS = 4095;
// joints and weights of a Gaussian
static const uint ANI3D_SPLATS_JOINTS_PER_GAUSSIAN = 4;
// M, control nodes
static const uint ANI3D_MODEL_MAX_NODES = 1024;
// nodes and weights of a hanging Gaussian
static const uint ANI3D_MODEL_NODES_PER_GAUSSIAN = 4;
// weights of nodes are whole 127ths
static const uint ANI3D_MODEL_WEIGHT_UNITS = 127;
// tracks that another one is predicted from
static const uint ANI3D_MODEL_TRACK_PARENTS = 4;
// weights of parents of positions are whole 32nds
static const uint ANI3D_MODEL_POSITION_WEIGHT_UNITS = 32;
// weights of parents of rotations, log-scales and colours are whole 64ths
static const uint ANI3D_MODEL_ROTATION_WEIGHT_UNITS = 64;

#endif
