"""HLSL: the few numbers that a shader needs."""

from __future__ import annotations

from constants.specification import Constant, Specification

_NEEDED = (
    "MANIFEST_MAX_JOINTS",
    "MANIFEST_MAX_SH_DEGREE",
    "SPLATS_JOINTS_PER_GAUSSIAN",
    "SPLATS_OPACITY_UNITS",
    "SPLATS_WEIGHT_UNITS",
    "MODEL_MAX_NODES",
    "MODEL_NODES_PER_GAUSSIAN",
    "MODEL_TRACK_PARENTS",
    "MODEL_WEIGHT_UNITS",
    "MODEL_POSITION_WEIGHT_UNITS",
    "MODEL_ROTATION_WEIGHT_UNITS",
)


def hlsl(specification: Specification) -> str:
    """spec/generated/ani3d_format.hlsl."""
    lines = [
        "// The numbers of an .a3d package that a shader needs.",
        "// Generated from spec/format.toml by `make constants`; edit that.",
        "#ifndef ANI3D_FORMAT_HLSL",
        "#define ANI3D_FORMAT_HLSL",
        "",
    ]
    for constant in specification.constants:
        if constant.constant_name in _NEEDED:
            lines += _constant(constant)
    return "\n".join([*lines, "", "#endif"]) + "\n"


def _constant(constant: Constant) -> tuple[str, str]:
    return f"// {constant.comment}", f"static const uint ANI3D_{constant.constant_name} = {constant.value};"
