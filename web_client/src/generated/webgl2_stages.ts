// Generated from shaders/ by scripts/generate_web_shaders.py: change it there.
export const deform = `
#version 300 es
precision mediump float;
precision highp int;
float _7708;
layout(std140) uniform _Global
{
uint _LookCount;
uint _NextLookCount;
highp float _LevelShare;
uint _Gaussians;
uint _Tracks;
uint _Channels;
uint _Sources;
highp vec4 _FrameShares;
highp vec4 _SourceShares;
uint _Shapes;
uint _ShapeGaussians;
highp vec4 _ShapeWeights[16];
} _1222;
uniform highp usampler2D _Splats;
uniform highp usampler2D _NextLooks;
uniform highp usampler2D _Looks;
uniform highp usampler2D _Detail;
uniform highp sampler2D _Joints;
uniform highp sampler2D _Correctives;
uniform highp sampler2D _Nodes;
layout(location = 0) out uvec4 _entryPointOutput_a;
layout(location = 1) out uvec4 _entryPointOutput_b;
layout(location = 2) out uvec4 _entryPointOutput_c;
uvec4 written_Posed0;
uvec4 written_Posed1;
uvec4 written_Posed2;
void main()
{
uint _2506 = (uint(gl_FragCoord.y) * 2048u) + uint(gl_FragCoord.x);
do
{
if (_2506 >= _1222._Gaussians)
{
break;
}
uvec4 _2852 = texelFetch(_Splats, ivec3(int((4u * _2506) & 2047u), int((4u * _2506) >> uint(11)), 0).xy, 0);
uvec4 _2878 = texelFetch(_Splats, ivec3(int(((4u * _2506) + 1u) & 2047u), int(((4u * _2506) + 1u) >> uint(11)), 0).xy, 0);
uvec4 _2904 = texelFetch(_Splats, ivec3(int(((4u * _2506) + 2u) & 2047u), int(((4u * _2506) + 2u) >> uint(11)), 0).xy, 0);
uvec4 _2930 = texelFetch(_Splats, ivec3(int(((4u * _2506) + 3u) & 2047u), int(((4u * _2506) + 3u) >> uint(11)), 0).xy, 0);
uint _2936 = _2852.w;
uint _2948 = _2904.w;
uint _2959 = _2904.x;
uint _2962 = _2904.y;
highp vec4 _2969 = normalize(vec4(vec2(ivec2(int(_2959 << uint(16)), int(_2959)) >> ivec2(16)) * vec2(3.0518509447574615478515625e-05), vec2(ivec2(int(_2962 << uint(16)), int(_2962)) >> ivec2(16)) * vec2(3.0518509447574615478515625e-05)));
uint _2972 = _2904.z;
uint _2975 = _2930.x;
highp vec2 _3115 = vec2(float(_2975 & 65535u), float(_2975 >> uint(16))) * vec2(1.525902189314365386962890625e-05);
highp vec2 _3126 = vec2(float(_2930.y & 65535u), _7708) * vec2(1.525902189314365386962890625e-05);
highp float _2980 = _3126.x;
highp float _2981 = _3115.x;
highp vec4 _2997 = vec4(((1.0 - _2981) - _3115.y) - _2980, _2981, _3115.y, _2980);
uvec3 _3022 = uvec3(_2930.w >> uint(10), _2930.w >> uint(17), _2930.w >> uint(24)) & uvec3(127u);
uvec4 _3042 = uvec4(((127u - _3022.x) - _3022.y) - _3022.z, _3022) * uvec4((_2930.z >> uint(30)) & 1u);
highp vec4 _7327 = _2997;
highp vec3 _7709;
highp vec3 _7710;
highp vec3 _7711;
highp float _7718;
if (_2506 < _1222._NextLookCount)
{
uvec4 _3166 = texelFetch(_NextLooks, ivec3(int((2u * _2506) & 2047u), int((2u * _2506) >> uint(11)), 0).xy, 0);
uvec4 _3192 = texelFetch(_NextLooks, ivec3(int(((2u * _2506) + 1u) & 2047u), int(((2u * _2506) + 1u) >> uint(11)), 0).xy, 0);
uint _3308 = _3192.w;
_7718 = (vec2(float(_3166.w & 65535u), _7708) * vec2(1.525902189314365386962890625e-05)).x;
_7711 = uintBitsToFloat(_3166.xyz);
_7710 = uintBitsToFloat(_3192.xyz);
_7709 = vec3(unpackHalf2x16(_3308 & 65535u).x, unpackHalf2x16(_3308 >> uint(16)).x, unpackHalf2x16(_3166.w >> uint(16)).x);
}
else
{
_7718 = (vec2(float(_2878.w & 65535u), _7708) * vec2(1.525902189314365386962890625e-05)).x;
_7711 = vec3(0.0);
_7710 = vec3(0.0);
_7709 = vec3(0.0);
}
highp vec3 _7712;
highp vec3 _7714;
highp float _7716;
highp vec3 _7719;
if (_2506 < _1222._LookCount)
{
uvec4 _3223 = texelFetch(_Looks, ivec3(int((2u * _2506) & 2047u), int((2u * _2506) >> uint(11)), 0).xy, 0);
uvec4 _3249 = texelFetch(_Looks, ivec3(int(((2u * _2506) + 1u) & 2047u), int(((2u * _2506) + 1u) >> uint(11)), 0).xy, 0);
uint _3372 = _3249.w;
_7719 = vec3(unpackHalf2x16(_3372 & 65535u).x, unpackHalf2x16(_3372 >> uint(16)).x, unpackHalf2x16(_3223.w >> uint(16)).x);
_7716 = (vec2(float(_3223.w & 65535u), _7708) * vec2(1.525902189314365386962890625e-05)).x;
_7714 = uintBitsToFloat(_3249.xyz);
_7712 = uintBitsToFloat(_3223.xyz);
}
else
{
_7719 = _7709;
_7716 = 0.0;
_7714 = _7710;
_7712 = _7711;
}
bool _2576 = (_2936 != 4294967295u) && (_1222._Sources > 0u);
highp vec3 _7794;
highp vec3 _7795;
highp vec4 _7796;
highp vec3 _7797;
if (_2576)
{
uint _3610 = uint(int(_1222._FrameShares.x >= 1.0)) * ((((_1222._Channels & 1u) + ((_1222._Channels >> uint(1)) & 1u)) + ((_1222._Channels >> uint(2)) & 1u)) + ((_1222._Channels >> uint(3)) & 1u));
highp vec3 _7739;
if ((_1222._Channels & 1u) != 0u)
{
uint _3620 = 3u * ((_3610 * _1222._Tracks) + _2936);
_7739 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_3620 & 2047u), int(_3620 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_3620 + 1u) & 2047u), int((_3620 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_3620 + 2u) & 2047u), int((_3620 + 2u) >> uint(11)), 0).xy, 0).x));
}
else
{
_7739 = vec3(0.0);
}
uint _3544 = _3610 + (_1222._Channels & 1u);
highp vec4 _7734;
if ((_1222._Channels & 2u) != 0u)
{
uint _3697 = 3u * ((_3544 * _1222._Tracks) + _2936);
highp vec3 _3764 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_3697 & 2047u), int(_3697 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_3697 + 1u) & 2047u), int((_3697 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_3697 + 2u) & 2047u), int((_3697 + 2u) >> uint(11)), 0).xy, 0).x));
highp float _3770 = length(_3764);
_7734 = vec4(cos(0.5 * _3770), _3764 * ((_3770 > 9.9999997473787516355514526367188e-05) ? (sin(0.5 * _3770) / _3770) : 0.5));
}
else
{
_7734 = vec4(1.0, 0.0, 0.0, 0.0);
}
uint _3561 = _3544 + ((_1222._Channels >> uint(1)) & 1u);
highp vec3 _7729;
if ((_1222._Channels & 4u) != 0u)
{
uint _3798 = 3u * ((_3561 * _1222._Tracks) + _2936);
_7729 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_3798 & 2047u), int(_3798 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_3798 + 1u) & 2047u), int((_3798 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_3798 + 2u) & 2047u), int((_3798 + 2u) >> uint(11)), 0).xy, 0).x));
}
else
{
_7729 = vec3(0.0);
}
highp vec3 _7724;
if ((_1222._Channels & 8u) != 0u)
{
uint _3875 = 3u * (((_3561 + ((_1222._Channels >> uint(2)) & 1u)) * _1222._Tracks) + _2936);
_7724 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_3875 & 2047u), int(_3875 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_3875 + 1u) & 2047u), int((_3875 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_3875 + 2u) & 2047u), int((_3875 + 2u) >> uint(11)), 0).xy, 0).x));
}
else
{
_7724 = vec3(0.0);
}
highp vec3 _7775;
highp vec3 _7776;
highp vec4 _7777;
highp vec3 _7778;
if ((_1222._FrameShares.x > 0.0) && (_1222._FrameShares.x < 1.0))
{
uint _4042 = (((_1222._Channels & 1u) + ((_1222._Channels >> uint(1)) & 1u)) + ((_1222._Channels >> uint(2)) & 1u)) + ((_1222._Channels >> uint(3)) & 1u);
highp vec3 _7758;
if ((_1222._Channels & 1u) != 0u)
{
uint _4053 = 3u * ((_4042 * _1222._Tracks) + _2936);
_7758 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_4053 & 2047u), int(_4053 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4053 + 1u) & 2047u), int((_4053 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4053 + 2u) & 2047u), int((_4053 + 2u) >> uint(11)), 0).xy, 0).x));
}
else
{
_7758 = vec3(0.0);
}
uint _3977 = _4042 + (_1222._Channels & 1u);
highp vec4 _7753;
if ((_1222._Channels & 2u) != 0u)
{
uint _4130 = 3u * ((_3977 * _1222._Tracks) + _2936);
highp vec3 _4197 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_4130 & 2047u), int(_4130 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4130 + 1u) & 2047u), int((_4130 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4130 + 2u) & 2047u), int((_4130 + 2u) >> uint(11)), 0).xy, 0).x));
highp float _4203 = length(_4197);
_7753 = vec4(cos(0.5 * _4203), _4197 * ((_4203 > 9.9999997473787516355514526367188e-05) ? (sin(0.5 * _4203) / _4203) : 0.5));
}
else
{
_7753 = vec4(1.0, 0.0, 0.0, 0.0);
}
uint _3994 = _3977 + ((_1222._Channels >> uint(1)) & 1u);
highp vec3 _7748;
if ((_1222._Channels & 4u) != 0u)
{
uint _4231 = 3u * ((_3994 * _1222._Tracks) + _2936);
_7748 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_4231 & 2047u), int(_4231 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4231 + 1u) & 2047u), int((_4231 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4231 + 2u) & 2047u), int((_4231 + 2u) >> uint(11)), 0).xy, 0).x));
}
else
{
_7748 = vec3(0.0);
}
highp vec3 _7743;
if ((_1222._Channels & 8u) != 0u)
{
uint _4308 = 3u * (((_3994 + ((_1222._Channels >> uint(2)) & 1u)) * _1222._Tracks) + _2936);
_7743 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_4308 & 2047u), int(_4308 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4308 + 1u) & 2047u), int((_4308 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4308 + 2u) & 2047u), int((_4308 + 2u) >> uint(11)), 0).xy, 0).x));
}
else
{
_7743 = vec3(0.0);
}
_7778 = mix(_7739, _7758, vec3(_1222._FrameShares.x));
_7777 = normalize((_7734 * (1.0 - _1222._FrameShares.x)) + (_7753 * ((dot(_7734, _7753) < 0.0) ? (-_1222._FrameShares.x) : _1222._FrameShares.x)));
_7776 = mix(_7729, _7748, vec3(_1222._FrameShares.x));
_7775 = mix(_7724, _7743, vec3(_1222._FrameShares.x));
}
else
{
_7778 = _7739;
_7777 = _7734;
_7776 = _7729;
_7775 = _7724;
}
highp vec3 _7782;
highp vec3 _7785;
highp vec4 _7788;
highp vec3 _7791;
if (_1222._Sources > 1u)
{
highp vec4 _7142 = _2997;
highp vec3 _7780;
_7780 = vec3(0.0);
for (uint _7779 = 0u; _7779 < 4u; )
{
_7780 += (texelFetch(_Joints, ivec3(int(((4u * ((_2972 >> (8u * _7779)) & 255u)) + 3u) & 2047u), int(((4u * ((_2972 >> (8u * _7779)) & 255u)) + 3u) >> uint(11)), 0).xy, 0).xyz * _7142[_7779]);
_7779++;
continue;
}
highp vec3 _3419 = _7780;
highp vec3 _7783;
highp vec3 _7786;
highp vec4 _7789;
highp vec3 _7792;
_7792 = _7778;
_7789 = _7777;
_7786 = _7776;
_7783 = _7775;
highp vec3 _7954;
highp vec3 _7955;
highp vec4 _7956;
highp vec3 _7957;
for (uint _7781 = 1u; _7781 < _1222._Sources; _7792 = _7957, _7789 = _7956, _7786 = _7955, _7783 = _7954, _7781++)
{
uint _3450 = _7781 - 1u;
highp float _3453 = _1222._SourceShares[_7781] * _3419[_3450];
if (_3453 > 0.0)
{
uint _4637 = ((2u * _7781) + uint(int(_1222._FrameShares[_7781] >= 1.0))) * ((((_1222._Channels & 1u) + ((_1222._Channels >> uint(1)) & 1u)) + ((_1222._Channels >> uint(2)) & 1u)) + ((_1222._Channels >> uint(3)) & 1u));
highp vec3 _7868;
if ((_1222._Channels & 1u) != 0u)
{
uint _4647 = 3u * ((_4637 * _1222._Tracks) + _2936);
_7868 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_4647 & 2047u), int(_4647 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4647 + 1u) & 2047u), int((_4647 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4647 + 2u) & 2047u), int((_4647 + 2u) >> uint(11)), 0).xy, 0).x));
}
else
{
_7868 = vec3(0.0);
}
uint _4571 = _4637 + (_1222._Channels & 1u);
highp vec4 _7863;
if ((_1222._Channels & 2u) != 0u)
{
uint _4724 = 3u * ((_4571 * _1222._Tracks) + _2936);
highp vec3 _4791 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_4724 & 2047u), int(_4724 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4724 + 1u) & 2047u), int((_4724 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4724 + 2u) & 2047u), int((_4724 + 2u) >> uint(11)), 0).xy, 0).x));
highp float _4797 = length(_4791);
_7863 = vec4(cos(0.5 * _4797), _4791 * ((_4797 > 9.9999997473787516355514526367188e-05) ? (sin(0.5 * _4797) / _4797) : 0.5));
}
else
{
_7863 = vec4(1.0, 0.0, 0.0, 0.0);
}
uint _4588 = _4571 + ((_1222._Channels >> uint(1)) & 1u);
highp vec3 _7858;
if ((_1222._Channels & 4u) != 0u)
{
uint _4825 = 3u * ((_4588 * _1222._Tracks) + _2936);
_7858 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_4825 & 2047u), int(_4825 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4825 + 1u) & 2047u), int((_4825 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4825 + 2u) & 2047u), int((_4825 + 2u) >> uint(11)), 0).xy, 0).x));
}
else
{
_7858 = vec3(0.0);
}
highp vec3 _7853;
if ((_1222._Channels & 8u) != 0u)
{
uint _4902 = 3u * (((_4588 + ((_1222._Channels >> uint(2)) & 1u)) * _1222._Tracks) + _2936);
_7853 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_4902 & 2047u), int(_4902 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4902 + 1u) & 2047u), int((_4902 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_4902 + 2u) & 2047u), int((_4902 + 2u) >> uint(11)), 0).xy, 0).x));
}
else
{
_7853 = vec3(0.0);
}
highp vec3 _7904;
highp vec3 _7905;
highp vec4 _7906;
highp vec3 _7907;
if ((_1222._FrameShares[_7781] > 0.0) && (_1222._FrameShares[_7781] < 1.0))
{
uint _5070 = ((2u * _7781) + 1u) * ((((_1222._Channels & 1u) + ((_1222._Channels >> uint(1)) & 1u)) + ((_1222._Channels >> uint(2)) & 1u)) + ((_1222._Channels >> uint(3)) & 1u));
highp vec3 _7887;
if ((_1222._Channels & 1u) != 0u)
{
uint _5080 = 3u * ((_5070 * _1222._Tracks) + _2936);
_7887 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_5080 & 2047u), int(_5080 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_5080 + 1u) & 2047u), int((_5080 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_5080 + 2u) & 2047u), int((_5080 + 2u) >> uint(11)), 0).xy, 0).x));
}
else
{
_7887 = vec3(0.0);
}
uint _5004 = _5070 + (_1222._Channels & 1u);
highp vec4 _7882;
if ((_1222._Channels & 2u) != 0u)
{
uint _5157 = 3u * ((_5004 * _1222._Tracks) + _2936);
highp vec3 _5224 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_5157 & 2047u), int(_5157 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_5157 + 1u) & 2047u), int((_5157 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_5157 + 2u) & 2047u), int((_5157 + 2u) >> uint(11)), 0).xy, 0).x));
highp float _5230 = length(_5224);
_7882 = vec4(cos(0.5 * _5230), _5224 * ((_5230 > 9.9999997473787516355514526367188e-05) ? (sin(0.5 * _5230) / _5230) : 0.5));
}
else
{
_7882 = vec4(1.0, 0.0, 0.0, 0.0);
}
uint _5021 = _5004 + ((_1222._Channels >> uint(1)) & 1u);
highp vec3 _7877;
if ((_1222._Channels & 4u) != 0u)
{
uint _5258 = 3u * ((_5021 * _1222._Tracks) + _2936);
_7877 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_5258 & 2047u), int(_5258 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_5258 + 1u) & 2047u), int((_5258 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_5258 + 2u) & 2047u), int((_5258 + 2u) >> uint(11)), 0).xy, 0).x));
}
else
{
_7877 = vec3(0.0);
}
highp vec3 _7872;
if ((_1222._Channels & 8u) != 0u)
{
uint _5335 = 3u * (((_5021 + ((_1222._Channels >> uint(2)) & 1u)) * _1222._Tracks) + _2936);
_7872 = uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_5335 & 2047u), int(_5335 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_5335 + 1u) & 2047u), int((_5335 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_5335 + 2u) & 2047u), int((_5335 + 2u) >> uint(11)), 0).xy, 0).x));
}
else
{
_7872 = vec3(0.0);
}
_7907 = mix(_7868, _7887, vec3(_1222._FrameShares[_7781]));
_7906 = normalize((_7863 * (1.0 - _1222._FrameShares[_7781])) + (_7882 * ((dot(_7863, _7882) < 0.0) ? (-_1222._FrameShares[_7781]) : _1222._FrameShares[_7781])));
_7905 = mix(_7858, _7877, vec3(_1222._FrameShares[_7781]));
_7904 = mix(_7853, _7872, vec3(_1222._FrameShares[_7781]));
}
else
{
_7907 = _7868;
_7906 = _7863;
_7905 = _7858;
_7904 = _7853;
}
_7957 = mix(_7792, _7907, vec3(_3453));
_7956 = normalize((_7789 * ((-_1222._SourceShares[_7781]) * _3419[_3450] + 1.0)) + (_7906 * ((dot(_7789, _7906) < 0.0) ? (-_3453) : _3453)));
_7955 = mix(_7786, _7905, vec3(_3453));
_7954 = mix(_7783, _7904, vec3(_3453));
}
else
{
_7957 = _7792;
_7956 = _7789;
_7955 = _7786;
_7954 = _7783;
}
}
_7791 = _7792;
_7788 = _7789;
_7785 = _7786;
_7782 = _7783;
}
else
{
_7791 = _7778;
_7788 = _7777;
_7785 = _7776;
_7782 = _7775;
}
_7797 = _7791;
_7796 = _7788;
_7795 = _7785;
_7794 = _7782;
}
else
{
_7797 = vec3(0.0);
_7796 = vec4(1.0, 0.0, 0.0, 0.0);
_7795 = vec3(0.0);
_7794 = vec3(0.0);
}
highp vec3 _7813;
highp vec4 _7817;
highp vec3 _7821;
highp vec3 _7845;
if (_1222._Shapes > 0u)
{
highp vec3 _7799;
highp vec3 _7802;
highp vec3 _7804;
highp vec3 _7807;
_7807 = _7797;
_7804 = _7795;
_7802 = _7794;
_7799 = vec3(0.0);
highp vec3 _7958;
highp vec3 _7960;
highp vec3 _7961;
highp vec3 _7962;
for (uint _7798 = 0u; _7798 < _1222._Shapes; _7807 = _7962, _7804 = _7961, _7802 = _7960, _7799 = _7958, _7798++)
{
uint _5536 = _7798 >> uint(2);
uint _5538 = _7798 & 3u;
if (_1222._ShapeWeights[_5536][_5538] == 0.0)
{
_7962 = _7807;
_7961 = _7804;
_7960 = _7802;
_7958 = _7799;
continue;
}
uint _5551 = 3u * ((_7798 * _1222._ShapeGaussians) + _2506);
highp vec4 _5569 = texelFetch(_Correctives, ivec3(int(_5551 & 2047u), int(_5551 >> uint(11)), 0).xy, 0);
highp vec4 _5591 = texelFetch(_Correctives, ivec3(int((_5551 + 1u) & 2047u), int((_5551 + 1u) >> uint(11)), 0).xy, 0);
highp vec4 _5613 = texelFetch(_Correctives, ivec3(int((_5551 + 2u) & 2047u), int((_5551 + 2u) >> uint(11)), 0).xy, 0);
_7962 = _7807 + (_5569.xyz * _1222._ShapeWeights[_5536][_5538]);
_7961 = _7804 + (vec3(_5591.zw, _5613.x) * _1222._ShapeWeights[_5536][_5538]);
_7960 = _7802 + (_5613.yzw * _1222._ShapeWeights[_5536][_5538]);
_7958 = _7799 + (vec3(_5569.w, _5591.xy) * _1222._ShapeWeights[_5536][_5538]);
}
highp vec4 _7805;
if (((_2576 && (_1222._Sources == 1u)) && ((_1222._FrameShares.x <= 0.0) || (_1222._FrameShares.x >= 1.0))) && ((_1222._Channels & 2u) != 0u))
{
uint _5732 = 3u * ((((uint(int(_1222._FrameShares.x >= 1.0)) * ((((_1222._Channels & 1u) + ((_1222._Channels >> uint(1)) & 1u)) + ((_1222._Channels >> uint(2)) & 1u)) + ((_1222._Channels >> uint(3)) & 1u))) + (_1222._Channels & 1u)) * _1222._Tracks) + _2936);
highp vec3 _5689 = _7799 + uintBitsToFloat(uvec3(texelFetch(_Detail, ivec3(int(_5732 & 2047u), int(_5732 >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_5732 + 1u) & 2047u), int((_5732 + 1u) >> uint(11)), 0).xy, 0).x, texelFetch(_Detail, ivec3(int((_5732 + 2u) & 2047u), int((_5732 + 2u) >> uint(11)), 0).xy, 0).x));
highp float _5805 = length(_5689);
_7805 = vec4(cos(0.5 * _5805), _5689 * ((_5805 > 9.9999997473787516355514526367188e-05) ? (sin(0.5 * _5805) / _5805) : 0.5));
}
else
{
highp vec4 _5832 = -_7796;
bvec4 _5834 = bvec4(_7796.x < 0.0);
highp vec4 _5835 = vec4(_5834.x ? _5832.x : _7796.x, _5834.y ? _5832.y : _7796.y, _5834.z ? _5832.z : _7796.z, _5834.w ? _5832.w : _7796.w);
highp float _5838 = length(_5835.yzw);
highp vec3 _5850 = _5835.yzw * ((2.0 * atan(_5838, _5835.x)) / _5838);
highp vec3 _5853 = _5835.yzw * 2.0;
bvec3 _5854 = bvec3(_5838 > 1.0000000116860974230803549289703e-07);
highp vec3 _5697 = _7799 + vec3(_5854.x ? _5850.x : _5853.x, _5854.y ? _5850.y : _5853.y, _5854.z ? _5850.z : _5853.z);
highp float _5861 = length(_5697);
_7805 = vec4(cos(0.5 * _5861), _5697 * ((_5861 > 9.9999997473787516355514526367188e-05) ? (sin(0.5 * _5861) / _5861) : 0.5));
}
_7845 = _7802;
_7821 = _7804;
_7817 = _7805;
_7813 = _7807;
}
else
{
_7845 = _7794;
_7821 = _7795;
_7817 = _7796;
_7813 = _7797;
}
highp vec3 _2602 = uintBitsToFloat(_2852.xyz) + mix(_7712, _7711, vec3(_1222._LevelShare));
highp vec3 _7815;
highp vec4 _7819;
if (any(notEqual(_3042, uvec4(0u))))
{
uvec4 _2532 = uvec4(_2930.z, _2930.z >> uint(10), _2930.z >> uint(20), _2930.w) & uvec4(1023u);
uvec4 _2533 = _3042;
highp vec3 _7809;
highp vec4 _7810;
_7810 = vec4(0.0);
_7809 = vec3(0.0);
highp vec3 _7963;
highp vec4 _7964;
for (uint _7808 = 0u; _7808 < 4u; _7810 = _7964, _7809 = _7963, _7808++)
{
if (_2533[_7808] == 0u)
{
_7964 = _7810;
_7963 = _7809;
continue;
}
highp float _5904 = float(_2533[_7808]);
highp float _5905 = _5904 * 0.0078740157186985015869140625;
highp vec4 _5935 = texelFetch(_Nodes, ivec3(int((2u * _2532[_7808]) & 2047u), int((2u * _2532[_7808]) >> uint(11)), 0).xy, 0);
highp vec3 _6007 = cross(_5935.yzw, _2602) * 2.0;
_7964 = _7810 + (_5935 * ((dot(_7810, _5935) < 0.0) ? (_5904 * (-0.0078740157186985015869140625)) : _5905));
_7963 = _7809 + ((((_2602 + (_6007 * _5935.x)) + cross(_5935.yzw, _6007)) + texelFetch(_Nodes, ivec3(int(((2u * _2532[_7808]) + 1u) & 2047u), int(((2u * _2532[_7808]) + 1u) >> uint(11)), 0).xy, 0).xyz) * _5905);
}
highp vec4 _5997 = normalize(_7810);
_7819 = vec4(_5997.x * _2969.x + (-dot(_5997.yzw, _2969.yzw)), ((_2969.yzw * _5997.x) + (_5997.yzw * _2969.x)) + cross(_5997.yzw, _2969.yzw));
_7815 = _7809;
}
else
{
_7819 = _2969;
_7815 = _2602;
}
highp float _6065 = _7817.x * _7819.x + (-dot(_7817.yzw, _7819.yzw));
highp vec3 _6082 = ((_7819.yzw * _7817.x) + (_7817.yzw * _7819.x)) + cross(_7817.yzw, _7819.yzw);
highp float _6083 = _6082.x;
highp float _6084 = _6082.y;
highp float _6085 = _6082.z;
highp vec3 _2636 = uintBitsToFloat(_2878.xyz) * exp(mix(_7714, _7710, vec3(_1222._LevelShare)) + _7821);
highp vec4 _7825;
highp vec4 _7826;
highp vec4 _7827;
_7827 = vec4(0.0);
_7826 = vec4(0.0);
_7825 = vec4(0.0);
for (uint _7823 = 0u; _7823 < 4u; )
{
uint _2648 = 4u * ((_2972 >> (8u * _7823)) & 255u);
_7827 += (texelFetch(_Joints, ivec3(int((_2648 + 2u) & 2047u), int((_2648 + 2u) >> uint(11)), 0).xy, 0) * _7327[_7823]);
_7826 += (texelFetch(_Joints, ivec3(int((_2648 + 1u) & 2047u), int((_2648 + 1u) >> uint(11)), 0).xy, 0) * _7327[_7823]);
_7825 += (texelFetch(_Joints, ivec3(int(_2648 & 2047u), int(_2648 >> uint(11)), 0).xy, 0) * _7327[_7823]);
_7823++;
continue;
}
highp vec4 _2743 = vec4(_7815 + _7813, 1.0);
highp mat3 _2765 = mat3(vec3(_7825.xyz), vec3(_7826.xyz), vec3(_7827.xyz));
highp mat3 _2769 = mat3(vec3((-2.0) * (_6084 * _6084 + (_6085 * _6085)) + 1.0, 2.0 * (_6083 * _6084 + (-(_6065 * _6085))), 2.0 * (_6083 * _6085 + (_6065 * _6084))), vec3(2.0 * (_6083 * _6084 + (_6065 * _6085)), (-2.0) * (_6083 * _6083 + (_6085 * _6085)) + 1.0, 2.0 * (_6084 * _6085 + (-(_6065 * _6083)))), vec3(2.0 * (_6083 * _6085 + (-(_6065 * _6084))), 2.0 * (_6084 * _6085 + (_6065 * _6083)), (-2.0) * (_6083 * _6083 + (_6084 * _6084)) + 1.0)) * _2765;
highp vec3 _2773 = _2769[0] * _2636;
highp vec3 _2778 = _2769[1] * _2636;
highp vec3 _2783 = _2769[2] * _2636;
highp mat4 _6506 = mat4(vec4(((1.0 + _7825.x) + _7826.y) + _7827.z, _7827.y - _7826.z, _7825.z - _7827.x, _7826.x - _7825.y), vec4(_7827.y - _7826.z, ((1.0 + _7825.x) - _7826.y) - _7827.z, _7825.y + _7826.x, _7825.z + _7827.x), vec4(_7825.z - _7827.x, _7825.y + _7826.x, ((1.0 + _7826.y) - _7825.x) - _7827.z, _7826.z + _7827.y), vec4(_7826.x - _7825.y, _7825.z + _7827.x, _7826.z + _7827.y, ((1.0 + _7827.z) - _7825.x) - _7826.y));
highp mat4 _6509 = _6506 * _6506;
highp mat4 _6512 = _6509 * _6509;
highp mat4 _6515 = _6512 * _6512;
highp float _6519 = _6515[0].x;
highp float _7829;
highp vec4 _7834;
if (_6515[1].y > _6519)
{
_7834 = _6515[1];
_7829 = _6515[1].y;
}
else
{
_7834 = _6515[0];
_7829 = _6519;
}
highp float _7830;
highp vec4 _7833;
if (_6515[2].z > _7829)
{
_7833 = _6515[2];
_7830 = _6515[2].z;
}
else
{
_7833 = _7834;
_7830 = _7829;
}
highp float _7831;
highp vec4 _7832;
if (_6515[3].w > _7830)
{
_7832 = _6515[3];
_7831 = _6515[3].w;
}
else
{
_7832 = _7833;
_7831 = _7830;
}
highp vec4 _6553 = normalize(_7832);
bvec4 _6554 = bvec4(_7831 > 9.9999999600419720025001879548654e-13);
highp vec4 _7836;
_7836 = vec4(_6554.x ? _6553.x : vec4(1.0, 0.0, 0.0, 0.0).x, _6554.y ? _6553.y : vec4(1.0, 0.0, 0.0, 0.0).y, _6554.z ? _6553.z : vec4(1.0, 0.0, 0.0, 0.0).z, _6554.w ? _6553.w : vec4(1.0, 0.0, 0.0, 0.0).w);
highp vec4 _6395;
for (uint _7835 = 0u; _7835 < 8u; _7836 = _6395, _7835++)
{
highp mat3 _6231 = transpose(mat3(vec3((-2.0) * (_7836.z * _7836.z + (_7836.w * _7836.w)) + 1.0, 2.0 * (_7836.y * _7836.z + (-(_7836.x * _7836.w))), 2.0 * (_7836.y * _7836.w + (_7836.x * _7836.z))), vec3(2.0 * (_7836.y * _7836.z + (_7836.x * _7836.w)), (-2.0) * (_7836.y * _7836.y + (_7836.w * _7836.w)) + 1.0, 2.0 * (_7836.z * _7836.w + (-(_7836.x * _7836.y)))), vec3(2.0 * (_7836.y * _7836.w + (-(_7836.x * _7836.z))), 2.0 * (_7836.z * _7836.w + (_7836.x * _7836.y)), (-2.0) * (_7836.y * _7836.y + (_7836.z * _7836.z)) + 1.0)));
highp mat3 _6232 = _2765 * _6231;
highp vec3 _6248 = vec3(_6232[2].y - _6232[1].z, _6232[0].z - _6232[2].x, _6232[1].x - _6232[0].y);
highp float _6253 = _6232[1].y + _6232[2].z;
highp float _6258 = _6232[0].x + _6232[2].z;
highp float _6263 = _6232[0].x + _6232[1].y;
highp vec3 _6281 = vec3(_6232[0].y + _6232[1].x, _6232[0].z + _6232[2].x, _6232[1].z + _6232[2].y) * (-0.5);
highp float _6303 = _6281.y * _6281.z + (-(_6281.x * _6263));
highp float _6314 = _6281.x * _6281.z + (-(_6281.y * _6258));
highp vec3 _6315 = vec3(_6258 * _6263 + (-(_6281.z * _6281.z)), _6303, _6314);
highp float _6324 = dot(vec3(_6253, _6281.xy), _6315);
if ((_6324 < 9.9999999747524270787835121154785e-07) || (dot(_6248, _6248) < 9.9999999600419720025001879548654e-12))
{
break;
}
highp float _6357 = _6281.x * _6281.y + (-(_6253 * _6281.z));
highp vec4 _6392 = vec4(1.0, vec3(dot(_6315, _6248), dot(vec3(_6303, _6253 * _6263 + (-(_6281.y * _6281.y)), _6357), _6248), dot(vec3(_6314, _6357, _6253 * _6258 + (-(_6281.x * _6281.x))), _6248)) * (0.5 / _6324));
_6395 = normalize(vec4(_7836.x - dot(_7836.yzw, _6392.yzw), ((_6392.yzw * _7836.x) + (_7836.yzw * 1.0)) + cross(_7836.yzw, _6392.yzw)));
}
highp vec3 _2807 = (vec3(unpackHalf2x16(_2948 & 65535u).x, unpackHalf2x16(_2948 >> uint(16)).x, unpackHalf2x16(_2878.w >> uint(16)).x) + mix(_7719, _7709, vec3(_1222._LevelShare))) + _7845;
written_Posed0 = floatBitsToUint(vec4(dot(_7825, _2743), dot(_7826, _2743), dot(_7827, _2743), dot(_2773, _2773)));
written_Posed1 = floatBitsToUint(vec4(dot(_2773, _2778), dot(_2773, _2783), dot(_2778, _2778), dot(_2778, _2783)));
highp vec4 _6777 = abs(_7836);
highp float _6788 = max(max(_6777.x, _6777.y), max(_6777.z, _6777.w));
uint _6804 = uint((_6777.x >= _6788) ? 0 : ((_6777.y >= _6788) ? 1 : ((_6777.z >= _6788) ? 2 : 3)));
bvec3 _6819 = bvec3(_6804 == 2u);
highp vec3 _6820 = vec3(_6819.x ? _7836.xyw.x : _7836.xyz.x, _6819.y ? _7836.xyw.y : _7836.xyz.y, _6819.z ? _7836.xyw.z : _7836.xyz.z);
bvec3 _6821 = bvec3(_6804 == 1u);
highp vec3 _6822 = vec3(_6821.x ? _7836.xzw.x : _6820.x, _6821.y ? _7836.xzw.y : _6820.y, _6821.z ? _7836.xzw.z : _6820.z);
bvec3 _6823 = bvec3(_6804 == 0u);
uvec3 _6852 = uvec3(clamp((vec3(_6823.x ? _7836.yzw.x : _6822.x, _6823.y ? _7836.yzw.y : _6822.y, _6823.z ? _7836.yzw.z : _6822.z) * (((((_6804 == 0u) ? _7836.x : ((_6804 == 1u) ? _7836.y : ((_6804 == 2u) ? _7836.z : _7836.w))) < 0.0) ? (-1.0) : 1.0) * 722.66314697265625)) + vec3(511.5), vec3(0.0), vec3(1022.0)));
written_Posed2 = uvec4(floatBitsToUint(dot(_2783, _2783)), ((_6852.x | (_6852.y << uint(10))) | (_6852.z << uint(20))) | (_6804 << uint(30)), packHalf2x16(vec2(_2807.x, 0.0)) | (packHalf2x16(vec2(_2807.y, 0.0)) << uint(16)), packHalf2x16(vec2(_2807.z, 0.0)) | (uint(clamp(mix(_7716, _7718, _1222._LevelShare), 0.0, 1.0) * 65535.0 + 0.5) << uint(16)));
break;
} while(false);
_entryPointOutput_a = written_Posed0;
_entryPointOutput_b = written_Posed1;
_entryPointOutput_c = written_Posed2;
}
`;

export const view = `
#version 300 es
precision mediump float;
precision highp int;
layout(std140) uniform _Global
{
uint _Gaussians;
uint _First;
uint _AllGaussians;
uint _Eyes;
uint _Degree;
uint _Orthographic;
highp vec4 _ToCamera[6];
highp vec4 _Lens[2];
highp vec4 _Picture[2];
highp vec4 _Range;
highp vec4 _Tint;
} _848;
uniform highp usampler2D _Posed0;
uniform highp usampler2D _Posed1;
uniform highp usampler2D _Posed2;
uniform highp usampler2D _Harmonics;
layout(location = 0) out uvec4 _entryPointOutput_a;
layout(location = 1) out uvec4 _entryPointOutput_b;
layout(location = 2) out uint _entryPointOutput_key;
uvec4 written_Views0;
uvec4 written_Views1;
uint written_Keys;
void main()
{
written_Keys = 65535u;
uint _1517 = (uint(gl_FragCoord.y) * 2048u) + uint(gl_FragCoord.x);
do
{
if (_1517 >= _848._Gaussians)
{
break;
}
uvec4 _1713 = texelFetch(_Posed0, ivec3(int(_1517 & 2047u), int(_1517 >> uint(11)), 0).xy, 0);
uvec4 _1731 = texelFetch(_Posed1, ivec3(int(_1517 & 2047u), int(_1517 >> uint(11)), 0).xy, 0);
uvec4 _1749 = texelFetch(_Posed2, ivec3(int(_1517 & 2047u), int(_1517 >> uint(11)), 0).xy, 0);
highp vec3 _1752 = uintBitsToFloat(_1713.xyz);
highp float _1756 = uintBitsToFloat(_1713.w);
highp float _1759 = uintBitsToFloat(_1731.z);
highp float _1762 = uintBitsToFloat(_1749.x);
highp float _1767 = uintBitsToFloat(_1731.x);
highp float _1770 = uintBitsToFloat(_1731.y);
highp float _1773 = uintBitsToFloat(_1731.w);
uint _1777 = _1749.y;
highp vec4 _3852;
do
{
highp vec3 _1826 = (vec3(float(_1777 & 1023u), float((_1777 >> uint(10)) & 1023u), float((_1777 >> uint(20)) & 1023u)) - vec3(511.0)) * 0.001383770606480538845062255859375;
highp float _1832 = sqrt(max(1.0 - dot(_1826, _1826), 0.0));
uint _1834 = _1777 >> uint(30);
if (_1834 == 0u)
{
_3852 = vec4(_1832, _1826);
break;
}
if (_1834 == 1u)
{
_3852 = vec4(_1826.x, _1832, _1826.yz);
break;
}
if (_1834 == 2u)
{
_3852 = vec4(_1826.xy, _1832, _1826.z);
break;
}
_3852 = vec4(_1826, _1832);
break;
} while(false);
highp vec3 _1795 = vec3(unpackHalf2x16(_1749.z & 65535u).x, unpackHalf2x16(_1749.z >> uint(16)).x, unpackHalf2x16(_1749.w & 65535u).x);
highp float _1800 = float(_1749.w >> uint(16));
highp float _1801 = _1800 * 1.525902189314365386962890625e-05;
highp float _3854;
bool _3855;
_3855 = false;
_3854 = 0.0;
highp float _1660;
bool _1664;
for (uint _3853 = 0u; _3853 < _848._Eyes; _3855 = _1664, _3854 = _1660, _3853++)
{
highp vec4 _1579 = vec4(_1752, 1.0);
highp float _1599 = dot(_848._ToCamera[(3u * _3853) + 2u], _1579);
highp vec3 _1600 = vec3(dot(_848._ToCamera[3u * _3853], _1579), dot(_848._ToCamera[(3u * _3853) + 1u], _1579), _1599);
highp vec3 _3856;
highp vec3 _3857;
highp vec2 _3858;
highp float _3859;
if (_848._Orthographic == 0u)
{
highp vec2 _1935 = _848._Picture[_3853].xy * 0.1500000059604644775390625;
highp vec2 _1959 = clamp(_1600.xy / vec2(_1599), (-(_848._Lens[_3853].zw + _1935)) / _848._Lens[_3853].xy, ((_848._Picture[_3853].xy - _848._Lens[_3853].zw) + _1935) / _848._Lens[_3853].xy);
_3859 = _848._Picture[_3853].z + (_848._Picture[_3853].w / _1599);
_3858 = (_1600.xy / vec2(_1599)) * _848._Lens[_3853].xy + _848._Lens[_3853].zw;
_3857 = vec3(0.0, _848._Lens[_3853].y, (-_848._Lens[_3853].y) * _1959.y) / vec3(_1599);
_3856 = vec3(_848._Lens[_3853].x, 0.0, (-_848._Lens[_3853].x) * _1959.x) / vec3(_1599);
}
else
{
_3859 = _848._Picture[_3853].w * _1599 + _848._Picture[_3853].z;
_3858 = _1600.xy * _848._Lens[_3853].xy + _848._Lens[_3853].zw;
_3857 = vec3(0.0, _848._Lens[_3853].y, 0.0);
_3856 = vec3(_848._Lens[_3853].x, 0.0, 0.0);
}
highp vec3 _2036 = (_848._ToCamera[3u * _3853].xyz * _3856.x) + (_848._ToCamera[(3u * _3853) + 2u].xyz * _3856.z);
highp vec3 _2045 = (_848._ToCamera[(3u * _3853) + 1u].xyz * _3857.y) + (_848._ToCamera[(3u * _3853) + 2u].xyz * _3857.z);
highp vec3 _2178 = vec3(_1770 * _2036.z + (_1756 * _2036.x + (_1767 * _2036.y)), _1773 * _2036.z + (_1767 * _2036.x + (_1759 * _2036.y)), _1762 * _2036.z + (_1770 * _2036.x + (_1773 * _2036.y)));
highp float _2052 = dot(_2036, _2178) + 0.300000011920928955078125;
highp float _2055 = dot(_2045, _2178);
highp float _2061 = dot(_2045, vec3(_1770 * _2045.z + (_1756 * _2045.x + (_1767 * _2045.y)), _1773 * _2045.z + (_1767 * _2045.x + (_1759 * _2045.y)), _1762 * _2045.z + (_1770 * _2045.x + (_1773 * _2045.y)))) + 0.300000011920928955078125;
highp vec2 _2089 = sqrt(max(vec3(_2052, _2055, _2061).xz, vec2(0.0))) * min(3.3299999237060546875, sqrt(2.0 * log(max(_1800 * 0.0038910503499209880828857421875, 1.0))));
bool _2122 = (((((_1599 >= _848._Range.x) && (_1599 <= _848._Range.y)) && (_1801 > 0.0039215688593685626983642578125)) && ((_2052 * _2061 + (-(_2055 * _2055))) > 0.0)) && all(greaterThan(_3858 + _2089, vec2(0.0)))) && all(lessThan(_3858 - _2089, _848._Picture[_3853].xy));
highp vec4 _3867;
if (_2122)
{
highp vec3 _2250 = vec3(0.5) + (_1795 * 0.2820948064327239990234375);
highp vec3 _3865;
if (_848._Degree > 0u)
{
uint _2259 = _1517 * (((3u * (((_848._Degree + 1u) * (_848._Degree + 1u)) - 1u)) + 1u) / 2u);
highp vec3 _3861;
do
{
uint _2313 = 3u * _3853;
uint _2318 = (3u * _3853) + 1u;
uint _2323 = (3u * _3853) + 2u;
highp vec3 _2330 = cross(_848._ToCamera[_2313].xyz, _848._ToCamera[_2318].xyz);
highp float _2334 = dot(_2330, _848._ToCamera[_2323].xyz);
if (_848._Orthographic != 0u)
{
_3861 = normalize(_2330 / vec3(_2334));
break;
}
_3861 = normalize(_1752 + ((((cross(_848._ToCamera[_2318].xyz, _848._ToCamera[_2323].xyz) * _848._ToCamera[_2313].w) + (cross(_848._ToCamera[_2323].xyz, _848._ToCamera[_2313].xyz) * _848._ToCamera[_2318].w)) + (_2330 * _848._ToCamera[_2323].w)) / vec3(_2334)));
break;
} while(false);
highp vec3 _2382 = -_3852.yzw;
highp vec3 _2386 = cross(_2382, _3861) * 2.0;
highp vec3 _2396 = (_3861 + (_2386 * _3852.x)) + cross(_2382, _2386);
highp vec3 _3862;
do
{
highp float _2441 = (-0.48860251903533935546875) * _2396.x;
uvec4 _2614 = texelFetch(_Harmonics, ivec3(int(_2259 & 2047u), int(_2259 >> uint(11)), 0).xy, 0);
uint _2615 = _2614.x;
uvec4 _2637 = texelFetch(_Harmonics, ivec3(int((_2259 + 1u) & 2047u), int((_2259 + 1u) >> uint(11)), 0).xy, 0);
uint _2638 = _2637.x;
uvec4 _2660 = texelFetch(_Harmonics, ivec3(int((_2259 + 2u) & 2047u), int((_2259 + 2u) >> uint(11)), 0).xy, 0);
uint _2661 = _2660.x;
highp vec3 _2692 = (vec3(unpackHalf2x16(_2615 & 65535u).x, unpackHalf2x16(_2615 >> uint(16)).x, unpackHalf2x16(_2638 & 65535u).x) * ((-0.48860251903533935546875) * _2396.y)) + (vec3(unpackHalf2x16(_2638 >> uint(16)).x, unpackHalf2x16(_2661 & 65535u).x, unpackHalf2x16(_2661 >> uint(16)).x) * (0.48860251903533935546875 * _2396.z));
if (_848._Degree == 1u)
{
uint _2454 = _2259 + 3u;
uvec4 _2714 = texelFetch(_Harmonics, ivec3(int(_2454 & 2047u), int(_2454 >> uint(11)), 0).xy, 0);
uint _2715 = _2714.x;
_3862 = _2692 + (vec3(unpackHalf2x16(_2715 & 65535u).x, unpackHalf2x16(_2715 >> uint(16)).x, unpackHalf2x16(texelFetch(_Harmonics, ivec3(int((_2259 + 4u) & 2047u), int((_2259 + 4u) >> uint(11)), 0).xy, 0).x & 65535u).x) * _2441);
break;
}
highp float _2464 = _2396.z * _2396.z;
highp float _2475 = _2396.x * _2396.x + (-(_2396.y * _2396.y));
highp float _2481 = (2.0 * _2396.x) * _2396.y;
uint _2483 = _2259 + 3u;
uvec4 _2776 = texelFetch(_Harmonics, ivec3(int(_2483 & 2047u), int(_2483 >> uint(11)), 0).xy, 0);
uint _2777 = _2776.x;
uvec4 _2799 = texelFetch(_Harmonics, ivec3(int((_2259 + 4u) & 2047u), int((_2259 + 4u) >> uint(11)), 0).xy, 0);
uint _2800 = _2799.x;
uvec4 _2822 = texelFetch(_Harmonics, ivec3(int((_2259 + 5u) & 2047u), int((_2259 + 5u) >> uint(11)), 0).xy, 0);
uint _2823 = _2822.x;
uint _2492 = _2259 + 6u;
uvec4 _2877 = texelFetch(_Harmonics, ivec3(int(_2492 & 2047u), int(_2492 >> uint(11)), 0).xy, 0);
uint _2878 = _2877.x;
uvec4 _2900 = texelFetch(_Harmonics, ivec3(int((_2259 + 7u) & 2047u), int((_2259 + 7u) >> uint(11)), 0).xy, 0);
uint _2901 = _2900.x;
uvec4 _2923 = texelFetch(_Harmonics, ivec3(int((_2259 + 8u) & 2047u), int((_2259 + 8u) >> uint(11)), 0).xy, 0);
uint _2924 = _2923.x;
uint _2506 = _2259 + 9u;
uvec4 _2978 = texelFetch(_Harmonics, ivec3(int(_2506 & 2047u), int(_2506 >> uint(11)), 0).xy, 0);
uint _2979 = _2978.x;
uvec4 _3001 = texelFetch(_Harmonics, ivec3(int((_2259 + 10u) & 2047u), int((_2259 + 10u) >> uint(11)), 0).xy, 0);
uint _3002 = _3001.x;
uvec4 _3024 = texelFetch(_Harmonics, ivec3(int((_2259 + 11u) & 2047u), int((_2259 + 11u) >> uint(11)), 0).xy, 0);
uint _3025 = _3024.x;
highp vec3 _2517 = ((_2692 + ((vec3(unpackHalf2x16(_2777 & 65535u).x, unpackHalf2x16(_2777 >> uint(16)).x, unpackHalf2x16(_2800 & 65535u).x) * _2441) + (vec3(unpackHalf2x16(_2800 >> uint(16)).x, unpackHalf2x16(_2823 & 65535u).x, unpackHalf2x16(_2823 >> uint(16)).x) * (0.546274244785308837890625 * _2481)))) + ((vec3(unpackHalf2x16(_2878 & 65535u).x, unpackHalf2x16(_2878 >> uint(16)).x, unpackHalf2x16(_2901 & 65535u).x) * (((-1.09254848957061767578125) * _2396.z) * _2396.y)) + (vec3(unpackHalf2x16(_2901 >> uint(16)).x, unpackHalf2x16(_2924 & 65535u).x, unpackHalf2x16(_2924 >> uint(16)).x) * (0.946174681186676025390625 * _2464 + (-0.3153915703296661376953125))))) + ((vec3(unpackHalf2x16(_2979 & 65535u).x, unpackHalf2x16(_2979 >> uint(16)).x, unpackHalf2x16(_3002 & 65535u).x) * (((-1.09254848957061767578125) * _2396.z) * _2396.x)) + (vec3(unpackHalf2x16(_3002 >> uint(16)).x, unpackHalf2x16(_3025 & 65535u).x, unpackHalf2x16(_3025 >> uint(16)).x) * (0.546274244785308837890625 * _2475)));
if (_848._Degree == 2u)
{
_3862 = _2517;
break;
}
highp float _2525 = (-2.2852289676666259765625) * _2464 + 0.4570457935333251953125;
uint _2527 = _2259 + 12u;
uvec4 _3079 = texelFetch(_Harmonics, ivec3(int(_2527 & 2047u), int(_2527 >> uint(11)), 0).xy, 0);
uint _3080 = _3079.x;
uvec4 _3102 = texelFetch(_Harmonics, ivec3(int((_2259 + 13u) & 2047u), int((_2259 + 13u) >> uint(11)), 0).xy, 0);
uint _3103 = _3102.x;
uvec4 _3125 = texelFetch(_Harmonics, ivec3(int((_2259 + 14u) & 2047u), int((_2259 + 14u) >> uint(11)), 0).xy, 0);
uint _3126 = _3125.x;
uint _2547 = _2259 + 15u;
uvec4 _3180 = texelFetch(_Harmonics, ivec3(int(_2547 & 2047u), int(_2547 >> uint(11)), 0).xy, 0);
uint _3181 = _3180.x;
uvec4 _3203 = texelFetch(_Harmonics, ivec3(int((_2259 + 16u) & 2047u), int((_2259 + 16u) >> uint(11)), 0).xy, 0);
uint _3204 = _3203.x;
uvec4 _3226 = texelFetch(_Harmonics, ivec3(int((_2259 + 17u) & 2047u), int((_2259 + 17u) >> uint(11)), 0).xy, 0);
uint _3227 = _3226.x;
uint _2562 = _2259 + 18u;
uvec4 _3281 = texelFetch(_Harmonics, ivec3(int(_2562 & 2047u), int(_2562 >> uint(11)), 0).xy, 0);
uint _3282 = _3281.x;
uvec4 _3304 = texelFetch(_Harmonics, ivec3(int((_2259 + 19u) & 2047u), int((_2259 + 19u) >> uint(11)), 0).xy, 0);
uint _3305 = _3304.x;
uvec4 _3327 = texelFetch(_Harmonics, ivec3(int((_2259 + 20u) & 2047u), int((_2259 + 20u) >> uint(11)), 0).xy, 0);
uint _3328 = _3327.x;
highp vec3 _2574 = ((_2517 + ((vec3(unpackHalf2x16(_3080 & 65535u).x, unpackHalf2x16(_3080 >> uint(16)).x, unpackHalf2x16(_3103 & 65535u).x) * ((-0.590043604373931884765625) * (_2396.x * _2481 + (_2396.y * _2475)))) + (vec3(unpackHalf2x16(_3103 >> uint(16)).x, unpackHalf2x16(_3126 & 65535u).x, unpackHalf2x16(_3126 >> uint(16)).x) * ((1.44530570507049560546875 * _2396.z) * _2481)))) + ((vec3(unpackHalf2x16(_3181 & 65535u).x, unpackHalf2x16(_3181 >> uint(16)).x, unpackHalf2x16(_3204 & 65535u).x) * (_2525 * _2396.y)) + (vec3(unpackHalf2x16(_3204 >> uint(16)).x, unpackHalf2x16(_3227 & 65535u).x, unpackHalf2x16(_3227 >> uint(16)).x) * (_2396.z * (1.8658816814422607421875 * _2464 + (-1.1195290088653564453125)))))) + ((vec3(unpackHalf2x16(_3282 & 65535u).x, unpackHalf2x16(_3282 >> uint(16)).x, unpackHalf2x16(_3305 & 65535u).x) * (_2525 * _2396.x)) + (vec3(unpackHalf2x16(_3305 >> uint(16)).x, unpackHalf2x16(_3328 & 65535u).x, unpackHalf2x16(_3328 >> uint(16)).x) * ((1.44530570507049560546875 * _2396.z) * _2475)));
uint _2577 = _2259 + 21u;
uvec4 _3381 = texelFetch(_Harmonics, ivec3(int(_2577 & 2047u), int(_2577 >> uint(11)), 0).xy, 0);
uint _3382 = _3381.x;
_3862 = _2574 + (vec3(unpackHalf2x16(_3382 & 65535u).x, unpackHalf2x16(_3382 >> uint(16)).x, unpackHalf2x16(texelFetch(_Harmonics, ivec3(int((_2259 + 22u) & 2047u), int((_2259 + 22u) >> uint(11)), 0).xy, 0).x & 65535u).x) * ((-0.590043604373931884765625) * (_2396.x * _2475 + (-(_2396.y * _2481)))));
break;
} while(false);
_3865 = _2250 + _3862;
}
else
{
_3865 = _2250;
}
highp vec3 _2274 = max(_3865, vec3(0.0));
highp vec3 _3866;
if (any(notEqual(_848._Tint.xyz, vec3(1.0))))
{
highp vec3 _3431 = pow(max((_2274 + vec3(0.054999999701976776123046875)) * vec3(0.947867333889007568359375), vec3(0.0)), vec3(2.400000095367431640625));
highp vec3 _3434 = _2274 * vec3(0.077399380505084991455078125);
highp vec3 _2286 = vec3((_2274.x <= 0.040449999272823333740234375) ? _3434.x : _3431.x, (_2274.y <= 0.040449999272823333740234375) ? _3434.y : _3431.y, (_2274.z <= 0.040449999272823333740234375) ? _3434.z : _3431.z) * _848._Tint.xyz;
highp vec3 _3469 = (pow(max(_2286, vec3(0.0)), vec3(0.4166666567325592041015625)) * 1.05499994754791259765625) - vec3(0.054999999701976776123046875);
highp vec3 _3471 = _2286 * 12.9200000762939453125;
_3866 = vec3((_2286.x <= 0.003130800090730190277099609375) ? _3471.x : _3469.x, (_2286.y <= 0.003130800090730190277099609375) ? _3471.y : _3469.y, (_2286.z <= 0.003130800090730190277099609375) ? _3471.z : _3469.z);
}
else
{
_3866 = _2274;
}
_3867 = vec4(_3866, _1801);
}
else
{
_3867 = vec4(0.0);
}
written_Views0 = floatBitsToUint(vec4(_3858, _3859, _2052));
written_Views1 = uvec4(floatBitsToUint(_2055), floatBitsToUint(_2061), packHalf2x16(vec2(_3867.x, 0.0)) | (packHalf2x16(vec2(_3867.y, 0.0)) << uint(16)), packHalf2x16(vec2(_3867.z, 0.0)) | (packHalf2x16(vec2(_3867.w, 0.0)) << uint(16)));
_1660 = _3854 + (_1599 / float(_848._Eyes));
_1664 = _3855 || _2122;
}
written_Keys = _3855 ? uint(65534.0 * clamp((_848._Range.w - _3854) / max(_848._Range.w - _848._Range.z, 9.9999999747524270787835121154785e-07), 0.0, 1.0) + 0.5) : 65535u;
break;
} while(false);
_entryPointOutput_a = written_Views0;
_entryPointOutput_b = written_Views1;
_entryPointOutput_key = written_Keys;
}
`;

export const drawVertex = `
#version 300 es
layout(std140) uniform _Global
{
uint _AllGaussians;
vec4 _ToTarget[2];
} _27;
uniform highp usampler2D _Order;
uniform highp usampler2D _Views0;
uniform highp usampler2D _Views1;
out vec2 corner_sigmas;
flat out vec4 corner_colour;
void main()
{
uint _402 = 2u * texelFetch(_Order, ivec3(int((uint(gl_VertexID) / 6u) & 2047u), int((uint(gl_VertexID) / 6u) >> uint(11)), 0).xy, 0).x;
uvec4 _424 = texelFetch(_Views0, ivec3(int((_402 / 2u) & 2047u), int((_402 / 2u) >> uint(11)), 0).xy, 0);
uvec4 _446 = texelFetch(_Views1, ivec3(int((_402 / 2u) & 2047u), int((_402 / 2u) >> uint(11)), 0).xy, 0);
vec2 _465 = unpackHalf2x16(_446.w >> uint(16));
float _466 = _465.x;
float _479 = uintBitsToFloat(_424.w);
float _482 = uintBitsToFloat(_446.x);
float _485 = uintBitsToFloat(_446.y);
float _488 = _479 - _485;
float _489 = 0.5 * _488;
float _497 = sqrt(_489 * _489 + (_482 * _482));
float _504 = max(0.5 * (_479 + _485) + _497, 0.300000011920928955078125);
vec2 _521 = vec2(0.5 * _488 + _497, _482);
vec2 _526 = vec2(_482, (-0.5) * _488 + _497);
bvec2 _527 = bvec2(_489 >= 0.0);
vec2 _534 = normalize(vec2(_527.x ? _521.x : _526.x, _527.y ? _521.y : _526.y));
bvec2 _535 = bvec2(_497 > (9.9999999747524270787835121154785e-07 * _504));
vec2 _536 = vec2(_535.x ? _534.x : vec2(1.0, 0.0).x, _535.y ? _534.y : vec2(1.0, 0.0).y);
uint _538 = uint(gl_VertexID) % 6u;
uint _549 = (_538 < 3u) ? _538 : uint((_538 == 3u) ? 2 : ((_538 == 4u) ? 1 : 3));
vec2 _560 = vec2(((_549 & 1u) != 0u) ? 1.0 : (-1.0), ((_549 & 2u) != 0u) ? 1.0 : (-1.0)) * min(3.3299999237060546875, sqrt(2.0 * log(max(_466 * 254.9999847412109375, 1.0))));
vec4 _602 = vec4(((uintBitsToFloat(_424.xy) + (_536 * (_560.x * sqrt(_504)))) + (vec2(-_536.y, _536.x) * (_560.y * sqrt(max((_479 * _485 + (-(_482 * _482))) / _504, 0.300000011920928955078125))))) * _27._ToTarget[0u].xy + _27._ToTarget[0u].zw, uintBitsToFloat(_424.z), 1.0);
bvec4 _668 = bvec4(_466 <= 0.0039215688593685626983642578125);
gl_Position = vec4(_668.x ? vec4(2.0, 2.0, 2.0, 1.0).x : _602.x, _668.y ? vec4(2.0, 2.0, 2.0, 1.0).y : _602.y, _668.z ? vec4(2.0, 2.0, 2.0, 1.0).z : _602.z, _668.w ? vec4(2.0, 2.0, 2.0, 1.0).w : _602.w);
corner_sigmas = _560;
corner_colour = vec4(unpackHalf2x16(_446.z & 65535u).x, unpackHalf2x16(_446.z >> uint(16)).x, unpackHalf2x16(_446.w & 65535u).x, _466);
}
`;

export const drawFragment = `
#version 300 es
precision mediump float;
precision highp int;
in highp vec2 corner_sigmas;
flat in highp vec4 corner_colour;
layout(location = 0) out highp vec4 _entryPointOutput;
void main()
{
highp float _120 = dot(corner_sigmas, corner_sigmas);
highp float _126 = corner_colour.w * exp((-0.5) * _120);
if ((_126 < 0.0039215688593685626983642578125) || (_120 > 11.0888996124267578125))
{
discard;
}
highp float _135 = min(_126, 0.999000012874603271484375);
_entryPointOutput = vec4(corner_colour.xyz * _135, _135);
}
`;

export const wholeVertex = `
#version 300 es
void main()
{
gl_Position = vec4((uint(gl_VertexID) == 1u) ? 3.0 : (-1.0), (uint(gl_VertexID) == 2u) ? 3.0 : (-1.0), 0.5, 1.0);
}
`;

export const compositeFragment = `
#version 300 es
precision mediump float;
precision highp int;
layout(std140) uniform _Global
{
uint _LinearTarget;
} _77;
uniform highp sampler2D _Colour;
layout(location = 0) out highp vec4 _entryPointOutput;
void main()
{
highp vec4 _174 = texelFetch(_Colour, ivec3(ivec2(gl_FragCoord.xy), 0).xy, 0);
highp vec4 _269;
do
{
if ((_77._LinearTarget == 0u) || (_174.w <= 0.0))
{
_269 = _174;
break;
}
highp vec3 _197 = _174.xyz / vec3(_174.w);
highp vec3 _220 = pow(max((_197 + vec3(0.054999999701976776123046875)) * vec3(0.947867333889007568359375), vec3(0.0)), vec3(2.400000095367431640625));
highp vec3 _223 = _197 * vec3(0.077399380505084991455078125);
_269 = vec4(vec3((_197.x <= 0.040449999272823333740234375) ? _223.x : _220.x, (_197.y <= 0.040449999272823333740234375) ? _223.y : _220.y, (_197.z <= 0.040449999272823333740234375) ? _223.z : _220.z) * _174.w, _174.w);
break;
} while(false);
_entryPointOutput = _269;
}
`;

/** Buffers are textures of so many texels a row. */
export const TEXELS_A_ROW = 2048;
