// Generated from shaders/Harmonics.hlsl by scripts/copy_kernels.py: change it there.
// Harmonics of degrees 1 to 3 along a unit direction, in the basis and order of 3D Gaussian Splatting.
// Whoever includes this declares _Harmonics first.
#ifndef ANI3D_HARMONICS
#define ANI3D_HARMONICS

// f16 numbers of a Gaussian are fetched two triples, three words, at a time.
float3 TwoTriples(uint word, float first, float second)
{
    uint a = _Harmonics[word];
    uint b = _Harmonics[word + 1];
    uint c = _Harmonics[word + 2];
    return first * float3(f16tof32(a & 0xFFFF), f16tof32(a >> 16), f16tof32(b & 0xFFFF))
        + second * float3(f16tof32(b >> 16), f16tof32(c & 0xFFFF), f16tof32(c >> 16));
}

float3 LastTriple(uint word, float basis)
{
    uint a = _Harmonics[word];
    uint b = _Harmonics[word + 1];
    return basis * float3(f16tof32(a & 0xFFFF), f16tof32(a >> 16), f16tof32(b & 0xFFFF));
}

// uints of a Gaussian: 3 ((d + 1)² - 1) halves, rounded up.
uint HarmonicWords(uint degree)
{
    return (3 * ((degree + 1) * (degree + 1) - 1) + 1) / 2;
}

// What the harmonics beyond degree 0 add to the colour of the Gaussian whose words begin at `word`.
float3 HarmonicColour(uint word, uint degree, float3 d)
{
    float3 side = float3(-0.48860251190292 * d.y, 0.48860251190292 * d.z, -0.48860251190292 * d.x);
    float3 colour = TwoTriples(word, side.x, side.y);
    if (degree == 1)
        return colour + LastTriple(word + 3, side.z);

    float zz = d.z * d.z;
    float cos2 = d.x * d.x - d.y * d.y;
    float sin2 = 2.0 * d.x * d.y;
    colour += TwoTriples(word + 3, side.z, 0.5462742152960395 * sin2);
    colour += TwoTriples(word + 6, -1.092548430592079 * d.z * d.y, 0.9461746957575601 * zz - 0.3153915652525201);
    colour += TwoTriples(word + 9, -1.092548430592079 * d.z * d.x, 0.5462742152960395 * cos2);
    if (degree == 2)
        return colour;

    float inner = 0.4570457994644658 - 2.285228997322329 * zz;
    colour += TwoTriples(word + 12, -0.5900435899266435 * (d.x * sin2 + d.y * cos2), 1.445305721320277 * d.z * sin2);
    colour += TwoTriples(word + 15, inner * d.y, d.z * (1.865881662950577 * zz - 1.119528997770346));
    colour += TwoTriples(word + 18, inner * d.x, 1.445305721320277 * d.z * cos2);
    return colour + LastTriple(word + 21, -0.5900435899266435 * (d.x * cos2 - d.y * sin2));
}

#endif
