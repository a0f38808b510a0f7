// Generated from shaders/Sort.hlsl by scripts/copy_kernels.py: change it there.
// SortCount, SortScan, SortScatter: one round of a stable radix sort of keys and what goes with them, by four bits.
// A group has 1,024 keys. SortScan has 16 groups, one a digit. Page: README.md "Sort".

StructuredBuffer<uint> _KeysIn;
StructuredBuffer<uint> _OrderIn;
RWStructuredBuffer<uint> _KeysOut;
RWStructuredBuffer<uint> _OrderOut;
// Row d, one entry a group: keys with digit d, then how many of them are in groups before. After the 16 rows: the
// sums of the rows.
RWStructuredBuffer<uint> _Counts;

uint _AllGaussians;     // keys
uint _Groups;           // of 1,024 keys
uint _Shift;            // 0, 4, 8, 12: the digit is (key >> _Shift) & 15

#define THREADS 256
#define KEYS_A_THREAD 4
#define KEYS_A_GROUP (THREADS * KEYS_A_THREAD)
#define DIGITS 16
// Counters of two digits share a word: the even digit's is in the low half. No counter exceeds 1,024.
#define WORDS 8
// A row has one entry more than threads, so that the threads of a wave meet in no memory bank.
#define ROW (THREADS + 1)

groupshared uint g_counts[WORDS * ROW];
groupshared uint g_before[THREADS];
groupshared uint g_starts[DIGITS];

uint HalfOf(uint digit)
{
    return 16 * (digit & 1);
}

uint CounterOf(uint digit, uint thread)
{
    return (digit >> 1) * ROW + thread;
}

// Counts the digits of this thread's keys into its own column.
void CountDigits(uint thread, uint first)
{
    for (uint word = 0; word < WORDS; word++)
        g_counts[word * ROW + thread] = 0;
    for (uint k = 0; k < KEYS_A_THREAD; k++)
    {
        uint at = first + thread * KEYS_A_THREAD + k;
        if (at < _AllGaussians)
        {
            uint digit = (_KeysIn[at] >> _Shift) & 15;
            g_counts[CounterOf(digit, thread)] += 1u << HalfOf(digit);
        }
    }
}

// Turns each word's row into sums over the threads before. It is done in 32 stretches of 8 threads: the sums of a
// stretch stay in g_counts, those of the stretches before come to g_before[8 stretch + word]. Gives back the sum up
// to and with the stretch of this thread, of its word.
uint SumRows(uint thread)
{
    GroupMemoryBarrierWithGroupSync();
    uint entry = (thread & 7) * ROW + (thread & ~7u);
    uint sum = 0;
    for (uint k = 0; k < 8; k++)
    {
        uint count = g_counts[entry + k];
        g_counts[entry + k] = sum;
        sum += count;
    }
    g_before[thread] = sum;
    GroupMemoryBarrierWithGroupSync();
    uint upTo = sum;
    for (uint back = 8; back < THREADS; back <<= 1)
    {
        uint earlier = thread >= back ? g_before[thread - back] : 0;
        GroupMemoryBarrierWithGroupSync();
        upTo += earlier;
        g_before[thread] = upTo;
        GroupMemoryBarrierWithGroupSync();
    }
    g_before[thread] = upTo - sum;
    return upTo;
}

[numthreads(THREADS, 1, 1)]
void SortCount(uint3 place : SV_GroupThreadID, uint3 group : SV_GroupID)
{
    uint thread = place.x;
    CountDigits(thread, group.x * KEYS_A_GROUP);
    uint upTo = SumRows(thread);
    // The last eight threads have the sums of whole rows, two digits each.
    if (thread >= THREADS - WORDS)
    {
        uint digit = 2 * (thread - (THREADS - WORDS));
        _Counts[digit * _Groups + group.x] = upTo & 0xFFFF;
        _Counts[(digit + 1) * _Groups + group.x] = upTo >> 16;
    }
}

[numthreads(THREADS, 1, 1)]
void SortScan(uint3 place : SV_GroupThreadID, uint3 group : SV_GroupID)
{
    uint thread = place.x;
    uint row = group.x * _Groups;
    uint carried = 0;
    for (uint first = 0; first < _Groups; first += KEYS_A_GROUP)
    {
        uint counts[KEYS_A_THREAD];
        uint sum = 0;
        uint k;
        [unroll] for (k = 0; k < KEYS_A_THREAD; k++)
        {
            uint at = first + thread * KEYS_A_THREAD + k;
            counts[k] = at < _Groups ? _Counts[row + at] : 0;
            sum += counts[k];
        }
        uint upTo = sum;
        g_before[thread] = upTo;
        GroupMemoryBarrierWithGroupSync();
        for (uint back = 1; back < THREADS; back <<= 1)
        {
            uint earlier = thread >= back ? g_before[thread - back] : 0;
            GroupMemoryBarrierWithGroupSync();
            upTo += earlier;
            g_before[thread] = upTo;
            GroupMemoryBarrierWithGroupSync();
        }
        uint before = carried + upTo - sum;
        [unroll] for (k = 0; k < KEYS_A_THREAD; k++)
        {
            uint at = first + thread * KEYS_A_THREAD + k;
            if (at < _Groups)
                _Counts[row + at] = before;
            before += counts[k];
        }
        carried += g_before[THREADS - 1];
        GroupMemoryBarrierWithGroupSync();
    }
    if (thread == 0)
        _Counts[DIGITS * _Groups + group.x] = carried;
}

[numthreads(THREADS, 1, 1)]
void SortScatter(uint3 place : SV_GroupThreadID, uint3 group : SV_GroupID)
{
    uint thread = place.x;
    uint first = group.x * KEYS_A_GROUP;
    CountDigits(thread, first);
    if (thread < DIGITS)
    {
        uint start = _Counts[thread * _Groups + group.x];
        for (uint smaller = 0; smaller < thread; smaller++)
            start += _Counts[DIGITS * _Groups + smaller];
        g_starts[thread] = start;
    }
    SumRows(thread);
    GroupMemoryBarrierWithGroupSync();
    for (uint k = 0; k < KEYS_A_THREAD; k++)
    {
        uint at = first + thread * KEYS_A_THREAD + k;
        if (at < _AllGaussians)
        {
            uint key = _KeysIn[at];
            uint digit = (key >> _Shift) & 15;
            uint column = CounterOf(digit, thread);
            uint rank = ((g_counts[column] + g_before[(thread & ~7u) + (digit >> 1)]) >> HalfOf(digit)) & 0xFFFF;
            g_counts[column] += 1u << HalfOf(digit);
            uint to = g_starts[digit] + rank;
            _KeysOut[to] = key;
            _OrderOut[to] = _OrderIn[at];
        }
    }
}
