// Generated from shaders/DetailCosines.hlsl by scripts/copy_kernels.py: change it there.
// DetailCosines: one channel of detail in one frame, out of the coefficients of its group of frames.
// One thread a column. README.md: "Group", "Detail".

StructuredBuffer<uint> _Group;
StructuredBuffer<uint> _Cosines;     // f32: C_f(t) of f = 0, 1, … for each frame that is worked out
RWStructuredBuffer<uint> _Detail;    // f32

uint _FirstCosine;      // where those of this frame begin
uint _DetailStart;      // where slot and channel begin: 3 × tracks × (slot × channels + channel)

#define THREADS 256

int Coefficient(uint row, uint width, uint column)
{
    if (width == 0)
        return int(_Group[row + (column >> 2)] << (24 - 8 * (column & 3))) >> 24;
    if (width == 1)
        return int(_Group[row + (column >> 1)] << (16 - 16 * (column & 1))) >> 16;
    return int(_Group[row + column]);
}

[numthreads(THREADS, 1, 1)]
void DetailCosines(uint3 thread : SV_DispatchThreadID)
{
    uint column = thread.x;
    uint frames = _Group[0];
    uint columns = _Group[1];
    uint rows = 4 + _Group[2];
    if (column >= columns)
        return;
    uint entry = _Group[rows + 2 * frames + column];
    float3 sum = 0.0;
    for (uint f = 0; f < frames; f++)
    {
        uint reached = _Group[rows + 2 * f];
        // No later row is longer.
        if (column >= reached)
            break;
        uint place = _Group[rows + 2 * f + 1];
        uint width = place >> 30;
        uint row = place & 0x3FFFFFFF;
        uint stride = ((reached << width) + 3) >> 2;
        int3 coefficients = int3(
            Coefficient(row, width, column), Coefficient(row + stride, width, column),
            Coefficient(row + 2 * stride, width, column));
        sum += asfloat(_Cosines[_FirstCosine + f]) * float3(coefficients);
    }
    sum *= asfloat(_Group[4 + (entry >> 26)]);
    uint at = _DetailStart + 3 * (entry & 0x03FFFFFF);
    _Detail[at] = asuint(sum.x);
    _Detail[at + 1] = asuint(sum.y);
    _Detail[at + 2] = asuint(sum.z);
}
