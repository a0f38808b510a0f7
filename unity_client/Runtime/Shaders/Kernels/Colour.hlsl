// Generated from shaders/Colour.hlsl by scripts/copy_kernels.py: change it there.
// Transfer between display values (sRGB, the space of the Gaussians' colours) and linear light. Above 1 the curves go on.
#ifndef ANI3D_COLOUR
#define ANI3D_COLOUR

float3 LinearFromDisplay(float3 display)
{
    float3 curve = pow(max((display + 0.055) / 1.055, 0.0), 2.4);
    float3 straight = display / 12.92;
    return float3(
        display.x <= 0.04045 ? straight.x : curve.x,
        display.y <= 0.04045 ? straight.y : curve.y,
        display.z <= 0.04045 ? straight.z : curve.z);
}

float3 DisplayFromLinear(float3 light)
{
    float3 curve = 1.055 * pow(max(light, 0.0), 1.0 / 2.4) - 0.055;
    float3 straight = light * 12.92;
    return float3(
        light.x <= 0.0031308 ? straight.x : curve.x,
        light.y <= 0.0031308 ? straight.y : curve.y,
        light.z <= 0.0031308 ? straight.z : curve.z);
}

#endif
