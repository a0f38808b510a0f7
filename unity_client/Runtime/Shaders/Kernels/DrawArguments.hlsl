// Generated from shaders/DrawArguments.hlsl by scripts/copy_kernels.py: change it there.
// DrawArguments: arguments of the indirect draw. Keys are sorted, so those that are seen come first: a search finds
// their number, and nothing has to be counted or cleared. One group. Page: README.md "Draw".

StructuredBuffer<uint> _Keys;
RWStructuredBuffer<uint> _Arguments;    // vertices, instances, first vertex, first instance

uint _AllGaussians;
uint _Instances;        // 2 where an instance is an eye, else 1

#define THREADS 256
static const uint UNSEEN = 65535;

groupshared uint g_least;

bool IsSeen(uint at)
{
    return at < _AllGaussians && _Keys[min(at, _AllGaussians - 1)] != UNSEEN;
}

[numthreads(THREADS, 1, 1)]
void DrawArguments(uint3 place : SV_GroupThreadID)
{
    if (place.x == 0)
        g_least = 0;
    GroupMemoryBarrierWithGroupSync();
    // The number lies between g_least and g_least + span. Each thread asks at one place between.
    uint stride;
    for (uint span = _AllGaussians; span > 0; span = stride - 1)
    {
        stride = (span + THREADS - 1) / THREADS;
        uint at = g_least + place.x * stride;
        bool last = IsSeen(at) && !IsSeen(at + stride);
        GroupMemoryBarrierWithGroupSync();
        if (last)
            g_least = at + 1;
        GroupMemoryBarrierWithGroupSync();
    }
    if (place.x == 0)
    {
        _Arguments[0] = 6 * g_least;
        _Arguments[1] = _Instances;
        _Arguments[2] = 0;
        _Arguments[3] = 0;
    }
}
