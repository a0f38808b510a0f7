// Generated from shaders/View.hlsl by scripts/copy_kernels.py: change it there.
// View: what a camera, or the two eyes of a headset, see of one avatar. Pages: README.md "Camera", "View".

StructuredBuffer<uint4> _Posed;      // 3 a Gaussian of this avatar
StructuredBuffer<uint> _Harmonics;   // degrees 1 to _Degree; any buffer where _Degree is 0
RWStructuredBuffer<uint4> _Views;    // 2 a Gaussian and eye, over all avatars
RWStructuredBuffer<uint> _Keys;
RWStructuredBuffer<uint> _Order;

uint _Gaussians;        // of this avatar, at the level that is shown
uint _First;            // where they begin in views, keys and order
uint _AllGaussians;     // of all avatars: the second eye's views begin there
uint _Eyes;             // 1 or 2
uint _Degree;           // of the harmonics, 0 to 3
uint _Orthographic;     // 0: perspective
float4 _ToCamera[6];    // three rows an eye: avatar to camera, OpenCV, m
float4 _Lens[2];        // focal lengths x, y and centre x, y, px; focal lengths are px a metre where orthographic
float4 _Picture[2];     // width, height, px; a, b: depth in the target is a + b / z, or a + b z where orthographic
float4 _Range;          // near and far limit of what is shown; nearest and farthest depth that a key tells apart, m
float4 _Tint;           // rgb that multiplies linear light: tint times exposure

#include "Colour.hlsl"
#include "Harmonics.hlsl"

#define THREADS 256
static const float LOW_PASS_PX2 = 0.3;
static const float FRUSTUM_MARGIN = 0.3;
static const float MAX_EXTENT_SIGMAS = 3.33;
static const float ALPHA_CUTOFF = 1.0 / 255.0;
static const float DEGREE_0 = 0.28209479177387814;
static const uint FARTHEST_KEY = 65534;
static const uint UNSEEN = 65535;

struct Posed
{
    float3 mean;
    float3 diagonal;    // covariance xx, yy, zz, m²
    float3 beside;      // xy, xz, yz
    float4 turn;        // polar rotation of L_i, w x y z
    float3 degree0;
    float opacity;
};

float4 SmallestThree(uint bits)
{
    float3 three = (float3(bits & 1023, (bits >> 10) & 1023, (bits >> 20) & 1023) - 511.0) * (0.70710678118654752 / 511.0);
    float largest = sqrt(max(1.0 - dot(three, three), 0.0));
    uint place = bits >> 30;
    if (place == 0) return float4(largest, three);
    if (place == 1) return float4(three.x, largest, three.yz);
    if (place == 2) return float4(three.xy, largest, three.z);
    return float4(three, largest);
}

Posed Unpack(uint i)
{
    uint4 a = _Posed[3 * i];
    uint4 b = _Posed[3 * i + 1];
    uint4 c = _Posed[3 * i + 2];
    Posed posed;
    posed.mean = asfloat(a.xyz);
    posed.diagonal = float3(asfloat(a.w), asfloat(b.z), asfloat(c.x));
    posed.beside = float3(asfloat(b.x), asfloat(b.y), asfloat(b.w));
    posed.turn = SmallestThree(c.y);
    posed.degree0 = float3(f16tof32(c.z & 0xFFFF), f16tof32(c.z >> 16), f16tof32(c.w & 0xFFFF));
    posed.opacity = (c.w >> 16) / 65535.0;
    return posed;
}

float3 TimesCovariance(Posed posed, float3 v)
{
    return float3(
        posed.diagonal.x * v.x + posed.beside.x * v.y + posed.beside.y * v.z,
        posed.beside.x * v.x + posed.diagonal.y * v.y + posed.beside.z * v.z,
        posed.beside.y * v.x + posed.beside.z * v.y + posed.diagonal.z * v.z);
}

// The direction in which an eye sees a point, in the avatar's space; its camera may scale and mirror.
float3 Direction(uint eye, float3 mean)
{
    float4 right = _ToCamera[3 * eye];
    float4 down = _ToCamera[3 * eye + 1];
    float4 forward = _ToCamera[3 * eye + 2];
    float3 ray = cross(right.xyz, down.xyz);
    float volume = dot(ray, forward.xyz);
    if (_Orthographic != 0)
        return normalize(ray / volume);
    float3 position = right.w * cross(down.xyz, forward.xyz) + down.w * cross(forward.xyz, right.xyz) + forward.w * ray;
    return normalize(mean + position / volume);
}

float3 TurnedBack(float4 turn, float3 v)
{
    float3 axis = -turn.yzw;
    float3 twice = 2.0 * cross(axis, v);
    return v + turn.x * twice + cross(axis, twice);
}

float3 Colour(Posed posed, uint eye, uint i)
{
    float3 colour = 0.5 + DEGREE_0 * posed.degree0;
    if (_Degree > 0)
        colour += HarmonicColour(i * HarmonicWords(_Degree), _Degree, TurnedBack(posed.turn, Direction(eye, posed.mean)));
    colour = max(colour, 0.0);
    if (any(_Tint.rgb != 1.0))
        colour = DisplayFromLinear(LinearFromDisplay(colour) * _Tint.rgb);
    return colour;
}

struct Footprint
{
    float2 centre;      // px
    float depth;        // in the target
    float3 covariance;  // xx, xy, yy, px²
    bool seen;
};

Footprint Project(Posed posed, uint eye, float3 p)
{
    float4 lens = _Lens[eye];
    float2 size = _Picture[eye].xy;
    // Gradients of the pixel's two coordinates, in the camera's space.
    float3 across = float3(lens.x, 0.0, 0.0);
    float3 along = float3(0.0, lens.y, 0.0);
    Footprint print;
    print.depth = _Picture[eye].z + _Picture[eye].w * p.z;
    print.centre = p.xy * lens.xy + lens.zw;
    if (_Orthographic == 0)
    {
        float2 margin = FRUSTUM_MARGIN * 0.5 * size;
        float2 ray = clamp(p.xy / p.z, -(lens.zw + margin) / lens.xy, (size - lens.zw + margin) / lens.xy);
        across = float3(lens.x, 0.0, -lens.x * ray.x) / p.z;
        along = float3(0.0, lens.y, -lens.y * ray.y) / p.z;
        print.depth = _Picture[eye].z + _Picture[eye].w / p.z;
        print.centre = p.xy / p.z * lens.xy + lens.zw;
    }
    // The same in the avatar's.
    float3 right = _ToCamera[3 * eye].xyz;
    float3 down = _ToCamera[3 * eye + 1].xyz;
    float3 forward = _ToCamera[3 * eye + 2].xyz;
    across = across.x * right + across.z * forward;
    along = along.y * down + along.z * forward;
    float3 spread = TimesCovariance(posed, across);
    print.covariance = float3(
        dot(across, spread) + LOW_PASS_PX2, dot(along, spread), dot(along, TimesCovariance(posed, along)) + LOW_PASS_PX2);

    float determinant = print.covariance.x * print.covariance.z - print.covariance.y * print.covariance.y;
    float extent = min(MAX_EXTENT_SIGMAS, sqrt(2.0 * log(max(posed.opacity / ALPHA_CUTOFF, 1.0))));
    float2 reach = extent * sqrt(max(print.covariance.xz, 0.0));
    // Written so that whatever is not a number is not seen.
    print.seen = p.z >= _Range.x && p.z <= _Range.y && posed.opacity > ALPHA_CUTOFF && determinant > 0.0
        && all(print.centre + reach > 0.0) && all(print.centre - reach < size);
    return print;
}

uint Halves(float low, float high)
{
    return f32tof16(low) | (f32tof16(high) << 16);
}

[numthreads(THREADS, 1, 1)]
void View(uint3 thread : SV_DispatchThreadID)
{
    uint i = thread.x;
    if (i >= _Gaussians)
        return;
    Posed posed = Unpack(i);
    uint at = _First + i;
    float depth = 0.0;
    bool seen = false;
    for (uint eye = 0; eye < _Eyes; eye++)
    {
        float4 mean = float4(posed.mean, 1.0);
        float3 p = float3(
            dot(_ToCamera[3 * eye], mean), dot(_ToCamera[3 * eye + 1], mean), dot(_ToCamera[3 * eye + 2], mean));
        Footprint print = Project(posed, eye, p);
        float4 colour = 0.0;
        if (print.seen)
            colour = float4(Colour(posed, eye, i), posed.opacity);
        uint slot = 2 * (eye * _AllGaussians + at);
        _Views[slot] = asuint(float4(print.centre, print.depth, print.covariance.x));
        _Views[slot + 1] = uint4(
            asuint(print.covariance.y), asuint(print.covariance.z), Halves(colour.r, colour.g), Halves(colour.b, colour.a));
        depth += p.z / _Eyes;
        seen = seen || print.seen;
    }
    float nearness = saturate((_Range.w - depth) / max(_Range.w - _Range.z, 1e-6));
    _Keys[at] = seen ? uint(FARTHEST_KEY * nearness + 0.5) : UNSEEN;
    _Order[at] = at;
}
