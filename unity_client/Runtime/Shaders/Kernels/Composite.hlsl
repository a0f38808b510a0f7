// Generated from shaders/Composite.hlsl by scripts/copy_kernels.py: change it there.
// CompositeVertex and two fragment stages: the picture of the Gaussians over that of the scene. Page: README.md "Composite".

Texture2D<float4> _Colour;      // premultiplied, as displayed
Texture2D<float4> _Scene;       // CompositeOverScene alone: what is behind, in the target's own space

uint _LinearTarget;             // 1 where the target holds linear light

#include "Colour.hlsl"

// For blending one, one minus source alpha. Exact in a target of display values; in a linear one exact where alpha is 0
// or 1: what is behind blends in linear light there.
float4 Composited(float4 premultiplied)
{
    if (_LinearTarget == 0 || premultiplied.a <= 0.0)
        return premultiplied;
    return float4(LinearFromDisplay(premultiplied.rgb / premultiplied.a) * premultiplied.a, premultiplied.a);
}

// Without blending: mixed as displayed, so that half-covered pixels look as the reference has them in any target.
float4 CompositedOver(float4 premultiplied, float4 scene)
{
    if (_LinearTarget == 0)
        return premultiplied + (1.0 - premultiplied.a) * scene;
    float3 mixed = premultiplied.rgb + (1.0 - premultiplied.a) * DisplayFromLinear(scene.rgb);
    return float4(LinearFromDisplay(mixed), premultiplied.a + (1.0 - premultiplied.a) * scene.a);
}

#ifndef ANI3D_OWN_STAGES
[shader("vertex")]
float4 CompositeVertex(uint vertex : SV_VertexID) : SV_Position
{
    return float4(vertex == 1 ? 3.0 : -1.0, vertex == 2 ? 3.0 : -1.0, 0.5, 1.0);
}

[shader("pixel")]
float4 CompositeFragment(float4 position : SV_Position) : SV_Target
{
    return Composited(_Colour.Load(int3(int2(position.xy), 0)));
}

[shader("pixel")]
float4 CompositeOverScene(float4 position : SV_Position) : SV_Target
{
    int3 pixel = int3(int2(position.xy), 0);
    return CompositedOver(_Colour.Load(pixel), _Scene.Load(pixel));
}
#endif
