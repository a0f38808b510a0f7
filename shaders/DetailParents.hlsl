// DetailParents: what tracks have besides from their parents, which earlier stages finished. One dispatch a stage.
// One thread a track of the stage, × the planes (slots × channels) of one clip. README.md: "Parents", "Detail".

StructuredBuffer<uint4> _Parents;    // 2 a track
RWStructuredBuffer<uint> _Detail;    // f32

uint _FirstParents;     // place of the stage's first track in _Parents
uint _StageTracks;      // of the stage
uint _Tracks;           // T
uint _Channels;         // bits: 1 position, 2 rotation, 4 log-scale, 8 colour
uint _DetailStart;      // where the first plane begins: that of the first channel of a slot

#define THREADS 256

[numthreads(THREADS, 1, 1)]
void DetailParents(uint3 thread : SV_DispatchThreadID)
{
    if (thread.x >= _StageTracks)
        return;
    uint4 parents = _Parents[2 * (_FirstParents + thread.x)];
    uint4 rest = _Parents[2 * (_FirstParents + thread.x) + 1];
    uint channels = (_Channels & 1) + (_Channels >> 1 & 1) + (_Channels >> 2 & 1) + (_Channels >> 3 & 1);
    bool is_position = (_Channels & 1) != 0 && thread.y % channels == 0;
    int weights = int(is_position ? rest.y : rest.z);
    float unit = is_position ? 1.0 / 32.0 : 1.0 / 64.0;
    uint plane = _DetailStart + thread.y * 3 * _Tracks;
    uint at = plane + 3 * rest.x;
    float3 sum = asfloat(uint3(_Detail[at], _Detail[at + 1], _Detail[at + 2]));
    for (uint i = 0; i < 4; i++)
    {
        int weight = (weights << (24 - 8 * i)) >> 24;
        if (weight == 0)
            continue;
        uint from = plane + 3 * parents[i];
        sum += (weight * unit) * asfloat(uint3(_Detail[from], _Detail[from + 1], _Detail[from + 2]));
    }
    _Detail[at] = asuint(sum.x);
    _Detail[at + 1] = asuint(sum.y);
    _Detail[at + 2] = asuint(sum.z);
}
