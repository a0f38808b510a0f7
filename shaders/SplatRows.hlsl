// What splats and looks hold. README.md: "Splats", "Looks".
#ifndef ANI3D_SPLAT_ROWS
#define ANI3D_SPLAT_ROWS

StructuredBuffer<uint4> _Splats;     // 4 a Gaussian
StructuredBuffer<uint4> _Looks;      // 2 a Gaussian of the level that is shown, or begun from
StructuredBuffer<uint4> _NextLooks;  // of the level after it

uint _LookCount;        // Gaussians in _Looks; 0 at the last level
uint _NextLookCount;    // Gaussians in _NextLooks; 0 where the level after it is the last
float _LevelShare;      // b; 1 at the last level

static const uint NO_TRACK = 0xFFFFFFFF;

struct Splat
{
    float3 mean;            // m
    float3 scale;           // m
    float4 turn;            // w x y z
    float opacity;
    float3 colour;          // degree-0 harmonics
    uint track;
    uint joints;            // 8 bits each
    float4 weights;
    uint4 nodes;
    uint4 node_weights;     // in 127ths; all 0 where it hangs on none
};

// How a Gaussian looks at a level, as against how it is stored.
struct Look
{
    float3 displacement;    // m
    float3 log_scale;
    float opacity;
    float3 colour;
};

float2 Unorms(uint bits)
{
    return float2(bits & 0xFFFF, bits >> 16) / 65535.0;
}

float2 Snorms(uint bits)
{
    return float2(int2(bits << 16, bits) >> 16) / 32767.0;
}

float2 Halves(uint bits)
{
    return float2(f16tof32(bits & 0xFFFF), f16tof32(bits >> 16));
}

Splat SplatOf(uint i)
{
    uint4 a = _Splats[4 * i];
    uint4 b = _Splats[4 * i + 1];
    uint4 c = _Splats[4 * i + 2];
    uint4 d = _Splats[4 * i + 3];
    Splat splat;
    splat.mean = asfloat(a.xyz);
    splat.track = a.w;
    splat.scale = asfloat(b.xyz);
    splat.opacity = Unorms(b.w).x;
    splat.colour = float3(Halves(c.w), Halves(b.w).y);
    splat.turn = normalize(float4(Snorms(c.x), Snorms(c.y)));
    splat.joints = c.z;
    float3 weights = float3(Unorms(d.x), Unorms(d.y).x);
    splat.weights = float4(1.0 - weights.x - weights.y - weights.z, weights);
    splat.nodes = uint4(d.z, d.z >> 10, d.z >> 20, d.w) & 1023;
    uint3 others = (uint3(d.w >> 10, d.w >> 17, d.w >> 24)) & 127;
    splat.node_weights = uint4(127 - others.x - others.y - others.z, others) * (d.z >> 30 & 1);
    return splat;
}

Look Unpacked(uint4 a, uint4 b)
{
    Look look;
    look.displacement = asfloat(a.xyz);
    look.log_scale = asfloat(b.xyz);
    look.opacity = Unorms(a.w).x;
    look.colour = float3(Halves(b.w), Halves(a.w).y);
    return look;
}

// Between the level that is shown and the one after it; those that come in with it grow out of nothing.
Look LookOf(uint i, float opacity)
{
    Look next;
    next.displacement = 0.0;
    next.log_scale = 0.0;
    next.opacity = opacity;
    next.colour = 0.0;
    if (i < _NextLookCount)
        next = Unpacked(_NextLooks[2 * i], _NextLooks[2 * i + 1]);
    Look look = next;
    look.opacity = 0.0;
    if (i < _LookCount)
        look = Unpacked(_Looks[2 * i], _Looks[2 * i + 1]);
    look.displacement = lerp(look.displacement, next.displacement, _LevelShare);
    look.log_scale = lerp(look.log_scale, next.log_scale, _LevelShare);
    look.opacity = lerp(look.opacity, next.opacity, _LevelShare);
    look.colour = lerp(look.colour, next.colour, _LevelShare);
    return look;
}

#endif
