// Generated from shaders/Draw.hlsl by scripts/copy_kernels.py: change it there.
// DrawVertex, DrawFragment: a quad a Gaussian, from far to near, as wide as its opacity reaches. Page: README.md "Draw".
// An engine whose instances are not eyes calls Corner and Covered from entry points of its own.

StructuredBuffer<uint4> _Views;
StructuredBuffer<uint> _Order;

uint _AllGaussians;
float4 _ToTarget[2];    // an eye each: pixels to normalised device coordinates, p * xy + zw

static const float LOW_PASS_PX2 = 0.3;
static const float MAX_EXTENT_SIGMAS = 3.33;
static const float ALPHA_CUTOFF = 1.0 / 255.0;
static const float ALPHA_CAP = 0.999;

struct SplatCorner
{
    float4 position : SV_Position;
    float2 sigmas : TEXCOORD0;                      // place on the Gaussian's axes, in standard deviations
    nointerpolation float4 colour : TEXCOORD1;      // rgb as displayed, and opacity
};

SplatCorner Corner(uint vertex, uint eye)
{
    uint at = 2 * (eye * _AllGaussians + _Order[vertex / 6]);
    uint4 a = _Views[at];
    uint4 b = _Views[at + 1];
    SplatCorner corner;
    corner.colour = float4(f16tof32(b.z & 0xFFFF), f16tof32(b.z >> 16), f16tof32(b.w & 0xFFFF), f16tof32(b.w >> 16));
    float reach = min(MAX_EXTENT_SIGMAS, sqrt(2.0 * log(max(corner.colour.a / ALPHA_CUTOFF, 1.0))));

    // The axes of the covariance. The low-pass filter has left no variance below its own, whatever rounding says.
    float xx = asfloat(a.w);
    float xy = asfloat(b.x);
    float yy = asfloat(b.y);
    float half_difference = 0.5 * (xx - yy);
    float radius = sqrt(half_difference * half_difference + xy * xy);
    float longer = max(0.5 * (xx + yy) + radius, LOW_PASS_PX2);
    float shorter = max((xx * yy - xy * xy) / longer, LOW_PASS_PX2);
    float2 axis = half_difference >= 0.0 ? float2(half_difference + radius, xy) : float2(xy, radius - half_difference);
    axis = radius > 1e-6 * longer ? normalize(axis) : float2(1.0, 0.0);

    // Corners 0 1 2, 2 1 3.
    uint c = vertex % 6;
    uint number = c < 3 ? c : (c == 3 ? 2 : (c == 4 ? 1 : 3));
    corner.sigmas = reach * float2((number & 1) != 0 ? 1.0 : -1.0, (number & 2) != 0 ? 1.0 : -1.0);
    float2 pixel = asfloat(a.xy) + corner.sigmas.x * sqrt(longer) * axis
        + corner.sigmas.y * sqrt(shorter) * float2(-axis.y, axis.x);
    corner.position = float4(pixel * _ToTarget[eye].xy + _ToTarget[eye].zw, asfloat(a.z), 1.0);
    // What one eye alone sees has no opacity in the other: no pixel is touched.
    if (corner.colour.a <= ALPHA_CUTOFF)
        corner.position = float4(2.0, 2.0, 2.0, 1.0);
    return corner;
}

float4 Covered(float2 sigmas, float4 colour)
{
    float squared = dot(sigmas, sigmas);
    float alpha = colour.a * exp(-0.5 * squared);
    if (alpha < ALPHA_CUTOFF || squared > MAX_EXTENT_SIGMAS * MAX_EXTENT_SIGMAS)
        discard;
    alpha = min(alpha, ALPHA_CAP);
    return float4(colour.rgb * alpha, alpha);
}

#ifndef ANI3D_OWN_STAGES
[shader("vertex")]
SplatCorner DrawVertex(uint vertex : SV_VertexID, uint eye : SV_InstanceID)
{
    return Corner(vertex, eye);
}

[shader("pixel")]
float4 DrawFragment(SplatCorner corner) : SV_Target
{
    return Covered(corner.sigmas, corner.colour);
}
#endif
