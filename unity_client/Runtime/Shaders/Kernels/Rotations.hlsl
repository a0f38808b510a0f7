// Generated from shaders/Rotations.hlsl by scripts/copy_kernels.py: change it there.
// Quaternions are w x y z in x y z w of a float4; matrices turn columns.
#ifndef ANI3D_ROTATIONS
#define ANI3D_ROTATIONS

static const float4 NO_TURN = float4(1.0, 0.0, 0.0, 0.0);

// a ⊗ b: turns by b first.
float4 Product(float4 a, float4 b)
{
    return float4(a.x * b.x - dot(a.yzw, b.yzw), a.x * b.yzw + b.x * a.yzw + cross(a.yzw, b.yzw));
}

float3 Turned(float4 q, float3 v)
{
    float3 twice = 2.0 * cross(q.yzw, v);
    return v + q.x * twice + cross(q.yzw, twice);
}

float3x3 MatrixOf(float4 q)
{
    return float3x3(
        1.0 - 2.0 * (q.z * q.z + q.w * q.w), 2.0 * (q.y * q.z - q.x * q.w), 2.0 * (q.y * q.w + q.x * q.z),
        2.0 * (q.y * q.z + q.x * q.w), 1.0 - 2.0 * (q.y * q.y + q.w * q.w), 2.0 * (q.z * q.w - q.x * q.y),
        2.0 * (q.y * q.w - q.x * q.z), 2.0 * (q.z * q.w + q.x * q.y), 1.0 - 2.0 * (q.y * q.y + q.z * q.z));
}

float4 TurnOf(float3 v)
{
    float angle = length(v);
    // Below that the square of the angle is nothing beside 1.
    float factor = angle > 1e-4 ? sin(0.5 * angle) / angle : 0.5;
    return float4(cos(0.5 * angle), factor * v);
}

// The vector of a turn, of at most half a turn.
float3 VectorOf(float4 q)
{
    float4 near = q.x < 0.0 ? -q : q;
    float size = length(near.yzw);
    return size > 1e-7 ? near.yzw * (2.0 * atan2(size, near.x) / size) : 2.0 * near.yzw;
}

// Mixed with the sign that is nearer.
float4 MixedTurns(float4 a, float4 b, float share)
{
    return normalize((1.0 - share) * a + (dot(a, b) < 0.0 ? -share : share) * b);
}

// The unit quaternion of a rotation matrix; of a blend of some, one that is near its polar rotation.
float4 Guess(float3x3 m)
{
    // Of a rotation q this is 4 q qᵀ, and it is linear, so its first eigenvector belongs to the rotation that is nearest
    // to a blend. Squared three times, little but that is left.
    float4x4 b = float4x4(
        1.0 + m._11 + m._22 + m._33, m._32 - m._23, m._13 - m._31, m._21 - m._12,
        m._32 - m._23, 1.0 + m._11 - m._22 - m._33, m._12 + m._21, m._13 + m._31,
        m._13 - m._31, m._12 + m._21, 1.0 + m._22 - m._11 - m._33, m._23 + m._32,
        m._21 - m._12, m._13 + m._31, m._23 + m._32, 1.0 + m._33 - m._11 - m._22);
    b = mul(b, b);
    b = mul(b, b);
    b = mul(b, b);
    float4 best = b[0];
    float most = b._11;
    if (b._22 > most) { best = b[1]; most = b._22; }
    if (b._33 > most) { best = b[2]; most = b._33; }
    if (b._44 > most) { best = b[3]; most = b._44; }
    return most > 1e-12 ? normalize(best) : NO_TURN;
}

#define POLAR_STEPS 8

// The rotation P that is nearest to L, by Newton's method: Pᵀ L becomes symmetric. Where joints are turned against each
// other by half a turn no rotation is distinguished, and one of them is given.
float4 PolarTurn(float3x3 l)
{
    float4 p = Guess(l);
    for (uint step = 0; step < POLAR_STEPS; step++)
    {
        float3x3 m = mul(transpose(MatrixOf(p)), l);
        float3 open = float3(m._32 - m._23, m._13 - m._31, m._21 - m._12);
        // (tr(M) I − M) ω = open, of the symmetric part of M.
        float3 diagonal = float3(m._22 + m._33, m._11 + m._33, m._11 + m._22);
        float3 beside = -0.5 * float3(m._12 + m._21, m._13 + m._31, m._23 + m._32);
        float3 first = float3(
            diagonal.y * diagonal.z - beside.z * beside.z, beside.y * beside.z - beside.x * diagonal.z,
            beside.x * beside.z - beside.y * diagonal.y);
        float determinant = dot(float3(diagonal.x, beside.xy), first);
        if (determinant < 1e-6 || dot(open, open) < 1e-11)
            break;
        float3 second = float3(
            first.y, diagonal.x * diagonal.z - beside.y * beside.y, beside.x * beside.y - diagonal.x * beside.z);
        float3 third = float3(first.z, second.z, diagonal.x * diagonal.y - beside.x * beside.x);
        float3 half_turn = 0.5 / determinant * float3(dot(first, open), dot(second, open), dot(third, open));
        p = normalize(Product(p, float4(1.0, half_turn)));
    }
    return p;
}

// Smallest three, 10 bits each, in the order w x y z; number of the largest in bits 30 and 31.
uint PackedTurn(float4 q)
{
    float4 size = abs(q);
    float largest = max(max(size.x, size.y), max(size.z, size.w));
    uint place = size.x >= largest ? 0 : size.y >= largest ? 1 : size.z >= largest ? 2 : 3;
    float3 three = place == 0 ? q.yzw : place == 1 ? q.xzw : place == 2 ? q.xyw : q.xyz;
    float sign = (place == 0 ? q.x : place == 1 ? q.y : place == 2 ? q.z : q.w) < 0.0 ? -1.0 : 1.0;
    uint3 bits = uint3(clamp(three * (sign * 1.4142135623730951 * 511.0) + 511.5, 0.0, 1022.0));
    return bits.x | (bits.y << 10) | (bits.z << 20) | (place << 30);
}

#endif
