// Generated from shaders/Deform.hlsl by scripts/copy_kernels.py: change it there.
// Deform: the runtime equation of spec/CONVENTIONS.md, from rest pose to posed Gaussians.
// One thread a Gaussian. README.md: "Joints", "Nodes", "Sources", "Correctives", "Posed".

#include "Rotations.hlsl"
#include "SplatRows.hlsl"

StructuredBuffer<float4> _Joints;       // 4 a joint: rows of A_j, masks of sources 1, 2, 3
StructuredBuffer<float4> _Nodes;        // 2 a node: rotation, translation
StructuredBuffer<uint> _Detail;         // f32; planes of 3 × _Tracks, slot by slot, channel by channel
StructuredBuffer<float4> _Correctives;  // 3 a shape and Gaussian: position, rotation, log-scale, colour
RWStructuredBuffer<uint4> _Posed;       // 3 a Gaussian

uint _Gaussians;            // that are shown
uint _Tracks;               // T
uint _Channels;             // bits: 1 position, 2 rotation, 4 log-scale, 8 colour
uint _Sources;              // clips whose detail is mixed, 0 to 4
float4 _FrameShares;        // f_k: of slot 2 k + 1 as against slot 2 k
float4 _SourceShares;       // s_k; the first is not looked at
uint _Shapes;               // K, at most 64
uint _ShapeGaussians;       // N: Gaussians that each shape has
float4 _ShapeWeights[16];   // a_k, four a vector

#define THREADS 256

struct Change
{
    float3 position;
    float4 turn;
    float3 log_scale;
    float3 colour;
};

float3 Track(uint plane, uint track)
{
    uint at = 3 * (plane * _Tracks + track);
    return asfloat(uint3(_Detail[at], _Detail[at + 1], _Detail[at + 2]));
}

uint FirstPlane(uint slot)
{
    return slot * ((_Channels & 1) + (_Channels >> 1 & 1) + (_Channels >> 2 & 1) + (_Channels >> 3 & 1));
}

Change InSlot(uint slot, uint track)
{
    uint plane = FirstPlane(slot);
    Change change;
    change.position = 0.0;
    change.turn = NO_TURN;
    change.log_scale = 0.0;
    change.colour = 0.0;
    if ((_Channels & 1) != 0)
        change.position = Track(plane, track);
    plane += _Channels & 1;
    if ((_Channels & 2) != 0)
        change.turn = TurnOf(Track(plane, track));
    plane += _Channels >> 1 & 1;
    if ((_Channels & 4) != 0)
        change.log_scale = Track(plane, track);
    plane += _Channels >> 2 & 1;
    if ((_Channels & 8) != 0)
        change.colour = Track(plane, track);
    return change;
}

Change Mixed(Change a, Change b, float share)
{
    a.position = lerp(a.position, b.position, share);
    a.turn = MixedTurns(a.turn, b.turn, share);
    a.log_scale = lerp(a.log_scale, b.log_scale, share);
    a.colour = lerp(a.colour, b.colour, share);
    return a;
}

Change OfSource(uint source, uint track)
{
    // What is not seen is not read: its slot may hold anything.
    float share = _FrameShares[source];
    Change change = InSlot(2 * source + (share >= 1.0 ? 1 : 0), track);
    if (share > 0.0 && share < 1.0)
        change = Mixed(change, InSlot(2 * source + 1, track), share);
    return change;
}

// g_i of sources 1, 2, 3: their masks, skinned.
float3 Covered(Splat splat)
{
    float3 covered = 0.0;
    for (uint j = 0; j < 4; j++)
        covered += splat.weights[j] * _Joints[4 * (splat.joints >> (8 * j) & 255) + 3].xyz;
    return covered;
}

Change DetailOf(Splat splat)
{
    Change change = OfSource(0, splat.track);
    if (_Sources > 1)
    {
        float3 covered = Covered(splat);
        for (uint source = 1; source < _Sources; source++)
        {
            float share = _SourceShares[source] * covered[source - 1];
            if (share > 0.0)
                change = Mixed(change, OfSource(source, splat.track), share);
        }
    }
    return change;
}

// Adds correctives. Rotation vectors are added before they become a turn.
void AddShapes(uint i, bool has_detail, uint track, inout Change change)
{
    float3 turn = 0.0;
    for (uint k = 0; k < _Shapes; k++)
    {
        float weight = _ShapeWeights[k >> 2][k & 3];
        if (weight == 0.0)
            continue;
        uint at = 3 * (k * _ShapeGaussians + i);
        float4 a = _Correctives[at];
        float4 b = _Correctives[at + 1];
        float4 c = _Correctives[at + 2];
        change.position += weight * a.xyz;
        turn += weight * float3(a.w, b.xy);
        change.log_scale += weight * float3(b.zw, c.x);
        change.colour += weight * c.yzw;
    }
    // One frame of one clip is its vector, which may be of more than half a turn.
    float share = _FrameShares.x;
    if (has_detail && _Sources == 1 && (share <= 0.0 || share >= 1.0) && (_Channels & 2) != 0)
        change.turn = TurnOf(turn + Track(FirstPlane(share >= 1.0 ? 1 : 0) + (_Channels & 1), track));
    else
        change.turn = TurnOf(turn + VectorOf(change.turn));
}

// Carries a Gaussian with its nodes: its mean and turn.
void Carry(uint4 nodes, uint4 weights, inout float3 mean, inout float4 turn)
{
    float3 position = 0.0;
    float4 sum = 0.0;
    for (uint n = 0; n < 4; n++)
    {
        if (weights[n] == 0)
            continue;
        float weight = weights[n] / 127.0;
        float4 q = _Nodes[2 * nodes[n]];
        position += weight * (Turned(q, mean) + _Nodes[2 * nodes[n] + 1].xyz);
        sum += (dot(sum, q) < 0.0 ? -weight : weight) * q;
    }
    mean = position;
    turn = Product(normalize(sum), turn);
}

uint PackedHalves(float low, float high)
{
    return f32tof16(low) | f32tof16(high) << 16;
}

void Write(uint i, float3 mean, float3x3 spread, float4 view, float3 colour, float opacity)
{
    float3 x = spread[0];
    float3 y = spread[1];
    float3 z = spread[2];
    _Posed[3 * i] = asuint(float4(mean, dot(x, x)));
    _Posed[3 * i + 1] = asuint(float4(dot(x, y), dot(x, z), dot(y, y), dot(y, z)));
    uint last = f32tof16(colour.z) | uint(saturate(opacity) * 65535.0 + 0.5) << 16;
    _Posed[3 * i + 2] = uint4(asuint(dot(z, z)), PackedTurn(view), PackedHalves(colour.x, colour.y), last);
}

[numthreads(THREADS, 1, 1)]
void Deform(uint3 thread : SV_DispatchThreadID)
{
    uint i = thread.x;
    if (i >= _Gaussians)
        return;
    Splat splat = SplatOf(i);
    Look look = LookOf(i, splat.opacity);
    bool has_detail = splat.track != NO_TRACK && _Sources > 0;
    Change change;
    change.position = 0.0;
    change.turn = NO_TURN;
    change.log_scale = 0.0;
    change.colour = 0.0;
    if (has_detail)
        change = DetailOf(splat);
    if (_Shapes > 0)
        AddShapes(i, has_detail, splat.track, change);

    float3 mean = splat.mean + look.displacement;
    float4 turn = splat.turn;
    if (any(splat.node_weights != 0))
        Carry(splat.nodes, splat.node_weights, mean, turn);
    mean += change.position;
    turn = Product(change.turn, turn);
    float3 scale = splat.scale * exp(look.log_scale + change.log_scale);

    float4 rows[3] = { float4(0, 0, 0, 0), float4(0, 0, 0, 0), float4(0, 0, 0, 0) };
    for (uint j = 0; j < 4; j++)
    {
        uint joint = 4 * (splat.joints >> (8 * j) & 255);
        rows[0] += splat.weights[j] * _Joints[joint];
        rows[1] += splat.weights[j] * _Joints[joint + 1];
        rows[2] += splat.weights[j] * _Joints[joint + 2];
    }
    float4 rest = float4(mean, 1.0);
    float3x3 l = float3x3(rows[0].xyz, rows[1].xyz, rows[2].xyz);
    float3x3 spread = mul(l, MatrixOf(turn));
    spread[0] *= scale;
    spread[1] *= scale;
    spread[2] *= scale;
    float3 posed = float3(dot(rows[0], rest), dot(rows[1], rest), dot(rows[2], rest));
    Write(i, posed, spread, PolarTurn(l), splat.colour + look.colour + change.colour, look.opacity);
}
