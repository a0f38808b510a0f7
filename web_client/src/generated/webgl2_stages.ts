// Generated from shaders/ by scripts/generate_web_shaders.py: change it there.
export const deform = `
#version 300 es
precision mediump float;
precision highp int;
float _0;
layout(std140)uniform _Global
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
}_1;
uniform highp usampler2D _Splats;
uniform highp usampler2D _NextLooks;
uniform highp usampler2D _Looks;
uniform highp usampler2D _Detail;
uniform highp sampler2D _Joints;
uniform highp sampler2D _Correctives;
uniform highp sampler2D _Nodes;
layout(location=0)out uvec4 _entryPointOutput_a;
layout(location=1)out uvec4 _entryPointOutput_b;
layout(location=2)out uvec4 _entryPointOutput_c;
uvec4 written_Posed0;
uvec4 written_Posed1;
uvec4 written_Posed2;
void main()
{
uint _2=(uint(gl_FragCoord.y)*2048u)+ uint(gl_FragCoord.x);
do
{
if(_2>=_1._Gaussians)
{
break;
}
uvec4 _3=texelFetch(_Splats,ivec3(int((4u*_2)&2047u),int((4u*_2)>>uint(11)),0).xy,0);
uvec4 _4=texelFetch(_Splats,ivec3(int(((4u*_2)+ 1u)&2047u),int(((4u*_2)+ 1u)>>uint(11)),0).xy,0);
uvec4 _5=texelFetch(_Splats,ivec3(int(((4u*_2)+ 2u)&2047u),int(((4u*_2)+ 2u)>>uint(11)),0).xy,0);
uvec4 _6=texelFetch(_Splats,ivec3(int(((4u*_2)+ 3u)&2047u),int(((4u*_2)+ 3u)>>uint(11)),0).xy,0);
uint _7=_3.w;
uint _8=_5.w;
uint _9=_5.x;
uint _a=_5.y;
highp vec4 _b=normalize(vec4(vec2(ivec2(int(_9<<uint(16)),int(_9))>>ivec2(16))*vec2(3.051851e-05),vec2(ivec2(int(_a<<uint(16)),int(_a))>>ivec2(16))*vec2(3.051851e-05)));
uint _c=_5.z;
uint _d=_6.x;
highp vec2 _e=vec2(float(_d&65535u),float(_d>>uint(16)))*vec2(1.5259022e-05);
highp vec2 _f=vec2(float(_6.y&65535u),_0)*vec2(1.5259022e-05);
highp float _10=_f.x;
highp float _11=_e.x;
highp vec4 _12=vec4(((1.0 - _11)- _e.y)- _10,_11,_e.y,_10);
uvec3 _13=uvec3(_6.w>>uint(10),_6.w>>uint(17),_6.w>>uint(24))&uvec3(127u);
uvec4 _14=uvec4(((127u - _13.x)- _13.y)- _13.z,_13)*uvec4((_6.z>>uint(30))&1u);
highp vec4 _15=_12;
highp vec3 _16;
highp vec3 _17;
highp vec3 _18;
highp float _19;
if(_2<_1._NextLookCount)
{
uvec4 _1a=texelFetch(_NextLooks,ivec3(int((2u*_2)&2047u),int((2u*_2)>>uint(11)),0).xy,0);
uvec4 _1b=texelFetch(_NextLooks,ivec3(int(((2u*_2)+ 1u)&2047u),int(((2u*_2)+ 1u)>>uint(11)),0).xy,0);
uint _1c=_1b.w;
_19=(vec2(float(_1a.w&65535u),_0)*vec2(1.5259022e-05)).x;
_18=uintBitsToFloat(_1a.xyz);
_17=uintBitsToFloat(_1b.xyz);
_16=vec3(unpackHalf2x16(_1c&65535u).x,unpackHalf2x16(_1c>>uint(16)).x,unpackHalf2x16(_1a.w>>uint(16)).x);
}
else
{
_19=(vec2(float(_4.w&65535u),_0)*vec2(1.5259022e-05)).x;
_18=vec3(0.0);
_17=vec3(0.0);
_16=vec3(0.0);
}
highp vec3 _1d;
highp vec3 _1e;
highp float _1f;
highp vec3 _20;
if(_2<_1._LookCount)
{
uvec4 _21=texelFetch(_Looks,ivec3(int((2u*_2)&2047u),int((2u*_2)>>uint(11)),0).xy,0);
uvec4 _22=texelFetch(_Looks,ivec3(int(((2u*_2)+ 1u)&2047u),int(((2u*_2)+ 1u)>>uint(11)),0).xy,0);
uint _23=_22.w;
_20=vec3(unpackHalf2x16(_23&65535u).x,unpackHalf2x16(_23>>uint(16)).x,unpackHalf2x16(_21.w>>uint(16)).x);
_1f=(vec2(float(_21.w&65535u),_0)*vec2(1.5259022e-05)).x;
_1e=uintBitsToFloat(_22.xyz);
_1d=uintBitsToFloat(_21.xyz);
}
else
{
_20=_16;
_1f=0.0;
_1e=_17;
_1d=_18;
}
bool _24=(_7 !=4294967295u)&&(_1._Sources>0u);
highp vec3 _25;
highp vec3 _26;
highp vec4 _27;
highp vec3 _28;
if(_24)
{
uint _29=uint(int(_1._FrameShares.x>=1.0))*((((_1._Channels&1u)+((_1._Channels>>uint(1))&1u))+((_1._Channels>>uint(2))&1u))+((_1._Channels>>uint(3))&1u));
highp vec3 _2a;
if((_1._Channels&1u)!=0u)
{
uint _2b=3u*((_29*_1._Tracks)+ _7);
_2a=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_2b&2047u),int(_2b>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_2b + 1u)&2047u),int((_2b + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_2b + 2u)&2047u),int((_2b + 2u)>>uint(11)),0).xy,0).x));
}
else
{
_2a=vec3(0.0);
}
uint _2c=_29 +(_1._Channels&1u);
highp vec4 _2d;
if((_1._Channels&2u)!=0u)
{
uint _2e=3u*((_2c*_1._Tracks)+ _7);
highp vec3 _2f=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_2e&2047u),int(_2e>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_2e + 1u)&2047u),int((_2e + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_2e + 2u)&2047u),int((_2e + 2u)>>uint(11)),0).xy,0).x));
highp float _30=length(_2f);
_2d=vec4(cos(0.5*_30),_2f*((_30>0.0001)?(sin(0.5*_30)/_30):0.5));
}
else
{
_2d=vec4(1.0,0.0,0.0,0.0);
}
uint _31=_2c +((_1._Channels>>uint(1))&1u);
highp vec3 _32;
if((_1._Channels&4u)!=0u)
{
uint _33=3u*((_31*_1._Tracks)+ _7);
_32=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_33&2047u),int(_33>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_33 + 1u)&2047u),int((_33 + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_33 + 2u)&2047u),int((_33 + 2u)>>uint(11)),0).xy,0).x));
}
else
{
_32=vec3(0.0);
}
highp vec3 _34;
if((_1._Channels&8u)!=0u)
{
uint _35=3u*(((_31 +((_1._Channels>>uint(2))&1u))*_1._Tracks)+ _7);
_34=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_35&2047u),int(_35>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_35 + 1u)&2047u),int((_35 + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_35 + 2u)&2047u),int((_35 + 2u)>>uint(11)),0).xy,0).x));
}
else
{
_34=vec3(0.0);
}
highp vec3 _36;
highp vec3 _37;
highp vec4 _38;
highp vec3 _39;
if((_1._FrameShares.x>0.0)&&(_1._FrameShares.x<1.0))
{
uint _3a=(((_1._Channels&1u)+((_1._Channels>>uint(1))&1u))+((_1._Channels>>uint(2))&1u))+((_1._Channels>>uint(3))&1u);
highp vec3 _3b;
if((_1._Channels&1u)!=0u)
{
uint _3c=3u*((_3a*_1._Tracks)+ _7);
_3b=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_3c&2047u),int(_3c>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_3c + 1u)&2047u),int((_3c + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_3c + 2u)&2047u),int((_3c + 2u)>>uint(11)),0).xy,0).x));
}
else
{
_3b=vec3(0.0);
}
uint _3d=_3a +(_1._Channels&1u);
highp vec4 _3e;
if((_1._Channels&2u)!=0u)
{
uint _3f=3u*((_3d*_1._Tracks)+ _7);
highp vec3 _40=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_3f&2047u),int(_3f>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_3f + 1u)&2047u),int((_3f + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_3f + 2u)&2047u),int((_3f + 2u)>>uint(11)),0).xy,0).x));
highp float _41=length(_40);
_3e=vec4(cos(0.5*_41),_40*((_41>0.0001)?(sin(0.5*_41)/_41):0.5));
}
else
{
_3e=vec4(1.0,0.0,0.0,0.0);
}
uint _42=_3d +((_1._Channels>>uint(1))&1u);
highp vec3 _43;
if((_1._Channels&4u)!=0u)
{
uint _44=3u*((_42*_1._Tracks)+ _7);
_43=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_44&2047u),int(_44>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_44 + 1u)&2047u),int((_44 + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_44 + 2u)&2047u),int((_44 + 2u)>>uint(11)),0).xy,0).x));
}
else
{
_43=vec3(0.0);
}
highp vec3 _45;
if((_1._Channels&8u)!=0u)
{
uint _46=3u*(((_42 +((_1._Channels>>uint(2))&1u))*_1._Tracks)+ _7);
_45=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_46&2047u),int(_46>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_46 + 1u)&2047u),int((_46 + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_46 + 2u)&2047u),int((_46 + 2u)>>uint(11)),0).xy,0).x));
}
else
{
_45=vec3(0.0);
}
_39=mix(_2a,_3b,vec3(_1._FrameShares.x));
_38=normalize((_2d*(1.0 - _1._FrameShares.x))+(_3e*((dot(_2d,_3e)<0.0)?(-_1._FrameShares.x):_1._FrameShares.x)));
_37=mix(_32,_43,vec3(_1._FrameShares.x));
_36=mix(_34,_45,vec3(_1._FrameShares.x));
}
else
{
_39=_2a;
_38=_2d;
_37=_32;
_36=_34;
}
highp vec3 _47;
highp vec3 _48;
highp vec4 _49;
highp vec3 _4a;
if(_1._Sources>1u)
{
highp vec4 _4b=_12;
highp vec3 _4c;
_4c=vec3(0.0);
for(uint _4d=0u;_4d<4u;)
{
_4c +=(texelFetch(_Joints,ivec3(int(((4u*((_c>>(8u*_4d))&255u))+ 3u)&2047u),int(((4u*((_c>>(8u*_4d))&255u))+ 3u)>>uint(11)),0).xy,0).xyz*_4b[_4d]);
_4d++;
continue;
}
highp vec3 _4e=_4c;
highp vec3 _4f;
highp vec3 _50;
highp vec4 _51;
highp vec3 _52;
_52=_39;
_51=_38;
_50=_37;
_4f=_36;
highp vec3 _53;
highp vec3 _54;
highp vec4 _55;
highp vec3 _56;
for(uint _57=1u;_57<_1._Sources;_52=_56,_51=_55,_50=_54,_4f=_53,_57++)
{
uint _58=_57 - 1u;
highp float _59=_1._SourceShares[_57]*_4e[_58];
if(_59>0.0)
{
uint _5a=((2u*_57)+ uint(int(_1._FrameShares[_57]>=1.0)))*((((_1._Channels&1u)+((_1._Channels>>uint(1))&1u))+((_1._Channels>>uint(2))&1u))+((_1._Channels>>uint(3))&1u));
highp vec3 _5b;
if((_1._Channels&1u)!=0u)
{
uint _5c=3u*((_5a*_1._Tracks)+ _7);
_5b=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_5c&2047u),int(_5c>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_5c + 1u)&2047u),int((_5c + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_5c + 2u)&2047u),int((_5c + 2u)>>uint(11)),0).xy,0).x));
}
else
{
_5b=vec3(0.0);
}
uint _5d=_5a +(_1._Channels&1u);
highp vec4 _5e;
if((_1._Channels&2u)!=0u)
{
uint _5f=3u*((_5d*_1._Tracks)+ _7);
highp vec3 _60=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_5f&2047u),int(_5f>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_5f + 1u)&2047u),int((_5f + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_5f + 2u)&2047u),int((_5f + 2u)>>uint(11)),0).xy,0).x));
highp float _61=length(_60);
_5e=vec4(cos(0.5*_61),_60*((_61>0.0001)?(sin(0.5*_61)/_61):0.5));
}
else
{
_5e=vec4(1.0,0.0,0.0,0.0);
}
uint _62=_5d +((_1._Channels>>uint(1))&1u);
highp vec3 _63;
if((_1._Channels&4u)!=0u)
{
uint _64=3u*((_62*_1._Tracks)+ _7);
_63=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_64&2047u),int(_64>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_64 + 1u)&2047u),int((_64 + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_64 + 2u)&2047u),int((_64 + 2u)>>uint(11)),0).xy,0).x));
}
else
{
_63=vec3(0.0);
}
highp vec3 _65;
if((_1._Channels&8u)!=0u)
{
uint _66=3u*(((_62 +((_1._Channels>>uint(2))&1u))*_1._Tracks)+ _7);
_65=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_66&2047u),int(_66>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_66 + 1u)&2047u),int((_66 + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_66 + 2u)&2047u),int((_66 + 2u)>>uint(11)),0).xy,0).x));
}
else
{
_65=vec3(0.0);
}
highp vec3 _67;
highp vec3 _68;
highp vec4 _69;
highp vec3 _6a;
if((_1._FrameShares[_57]>0.0)&&(_1._FrameShares[_57]<1.0))
{
uint _6b=((2u*_57)+ 1u)*((((_1._Channels&1u)+((_1._Channels>>uint(1))&1u))+((_1._Channels>>uint(2))&1u))+((_1._Channels>>uint(3))&1u));
highp vec3 _6c;
if((_1._Channels&1u)!=0u)
{
uint _6d=3u*((_6b*_1._Tracks)+ _7);
_6c=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_6d&2047u),int(_6d>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_6d + 1u)&2047u),int((_6d + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_6d + 2u)&2047u),int((_6d + 2u)>>uint(11)),0).xy,0).x));
}
else
{
_6c=vec3(0.0);
}
uint _6e=_6b +(_1._Channels&1u);
highp vec4 _6f;
if((_1._Channels&2u)!=0u)
{
uint _70=3u*((_6e*_1._Tracks)+ _7);
highp vec3 _71=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_70&2047u),int(_70>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_70 + 1u)&2047u),int((_70 + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_70 + 2u)&2047u),int((_70 + 2u)>>uint(11)),0).xy,0).x));
highp float _72=length(_71);
_6f=vec4(cos(0.5*_72),_71*((_72>0.0001)?(sin(0.5*_72)/_72):0.5));
}
else
{
_6f=vec4(1.0,0.0,0.0,0.0);
}
uint _73=_6e +((_1._Channels>>uint(1))&1u);
highp vec3 _74;
if((_1._Channels&4u)!=0u)
{
uint _75=3u*((_73*_1._Tracks)+ _7);
_74=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_75&2047u),int(_75>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_75 + 1u)&2047u),int((_75 + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_75 + 2u)&2047u),int((_75 + 2u)>>uint(11)),0).xy,0).x));
}
else
{
_74=vec3(0.0);
}
highp vec3 _76;
if((_1._Channels&8u)!=0u)
{
uint _77=3u*(((_73 +((_1._Channels>>uint(2))&1u))*_1._Tracks)+ _7);
_76=uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_77&2047u),int(_77>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_77 + 1u)&2047u),int((_77 + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_77 + 2u)&2047u),int((_77 + 2u)>>uint(11)),0).xy,0).x));
}
else
{
_76=vec3(0.0);
}
_6a=mix(_5b,_6c,vec3(_1._FrameShares[_57]));
_69=normalize((_5e*(1.0 - _1._FrameShares[_57]))+(_6f*((dot(_5e,_6f)<0.0)?(-_1._FrameShares[_57]):_1._FrameShares[_57])));
_68=mix(_63,_74,vec3(_1._FrameShares[_57]));
_67=mix(_65,_76,vec3(_1._FrameShares[_57]));
}
else
{
_6a=_5b;
_69=_5e;
_68=_63;
_67=_65;
}
_56=mix(_52,_6a,vec3(_59));
_55=normalize((_51*((-_1._SourceShares[_57])*_4e[_58]+ 1.0))+(_69*((dot(_51,_69)<0.0)?(-_59):_59)));
_54=mix(_50,_68,vec3(_59));
_53=mix(_4f,_67,vec3(_59));
}
else
{
_56=_52;
_55=_51;
_54=_50;
_53=_4f;
}
}
_4a=_52;
_49=_51;
_48=_50;
_47=_4f;
}
else
{
_4a=_39;
_49=_38;
_48=_37;
_47=_36;
}
_28=_4a;
_27=_49;
_26=_48;
_25=_47;
}
else
{
_28=vec3(0.0);
_27=vec4(1.0,0.0,0.0,0.0);
_26=vec3(0.0);
_25=vec3(0.0);
}
highp vec3 _78;
highp vec4 _79;
highp vec3 _7a;
highp vec3 _7b;
if(_1._Shapes>0u)
{
highp vec3 _7c;
highp vec3 _7d;
highp vec3 _7e;
highp vec3 _7f;
_7f=_28;
_7e=_26;
_7d=_25;
_7c=vec3(0.0);
highp vec3 _80;
highp vec3 _81;
highp vec3 _82;
highp vec3 _83;
for(uint _84=0u;_84<_1._Shapes;_7f=_83,_7e=_82,_7d=_81,_7c=_80,_84++)
{
uint _85=_84>>uint(2);
uint _86=_84&3u;
if(_1._ShapeWeights[_85][_86]==0.0)
{
_83=_7f;
_82=_7e;
_81=_7d;
_80=_7c;
continue;
}
uint _87=3u*((_84*_1._ShapeGaussians)+ _2);
highp vec4 _88=texelFetch(_Correctives,ivec3(int(_87&2047u),int(_87>>uint(11)),0).xy,0);
highp vec4 _89=texelFetch(_Correctives,ivec3(int((_87 + 1u)&2047u),int((_87 + 1u)>>uint(11)),0).xy,0);
highp vec4 _8a=texelFetch(_Correctives,ivec3(int((_87 + 2u)&2047u),int((_87 + 2u)>>uint(11)),0).xy,0);
_83=_7f +(_88.xyz*_1._ShapeWeights[_85][_86]);
_82=_7e +(vec3(_89.zw,_8a.x)*_1._ShapeWeights[_85][_86]);
_81=_7d +(_8a.yzw*_1._ShapeWeights[_85][_86]);
_80=_7c +(vec3(_88.w,_89.xy)*_1._ShapeWeights[_85][_86]);
}
highp vec4 _8b;
if(((_24&&(_1._Sources==1u))&&((_1._FrameShares.x<=0.0)||(_1._FrameShares.x>=1.0)))&&((_1._Channels&2u)!=0u))
{
uint _8c=3u*((((uint(int(_1._FrameShares.x>=1.0))*((((_1._Channels&1u)+((_1._Channels>>uint(1))&1u))+((_1._Channels>>uint(2))&1u))+((_1._Channels>>uint(3))&1u)))+(_1._Channels&1u))*_1._Tracks)+ _7);
highp vec3 _8d=_7c + uintBitsToFloat(uvec3(texelFetch(_Detail,ivec3(int(_8c&2047u),int(_8c>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_8c + 1u)&2047u),int((_8c + 1u)>>uint(11)),0).xy,0).x,texelFetch(_Detail,ivec3(int((_8c + 2u)&2047u),int((_8c + 2u)>>uint(11)),0).xy,0).x));
highp float _8e=length(_8d);
_8b=vec4(cos(0.5*_8e),_8d*((_8e>0.0001)?(sin(0.5*_8e)/_8e):0.5));
}
else
{
highp vec4 _8f=-_27;
bvec4 _90=bvec4(_27.x<0.0);
highp vec4 _91=vec4(_90.x?_8f.x:_27.x,_90.y?_8f.y:_27.y,_90.z?_8f.z:_27.z,_90.w?_8f.w:_27.w);
highp float _92=length(_91.yzw);
highp vec3 _93=_91.yzw*((2.0*atan(_92,_91.x))/_92);
highp vec3 _94=_91.yzw*2.0;
bvec3 _95=bvec3(_92>1.0e-07);
highp vec3 _96=_7c + vec3(_95.x?_93.x:_94.x,_95.y?_93.y:_94.y,_95.z?_93.z:_94.z);
highp float _97=length(_96);
_8b=vec4(cos(0.5*_97),_96*((_97>0.0001)?(sin(0.5*_97)/_97):0.5));
}
_7b=_7d;
_7a=_7e;
_79=_8b;
_78=_7f;
}
else
{
_7b=_25;
_7a=_26;
_79=_27;
_78=_28;
}
highp vec3 _98=uintBitsToFloat(_3.xyz)+ mix(_1d,_18,vec3(_1._LevelShare));
highp vec3 _99;
highp vec4 _9a;
if(any(notEqual(_14,uvec4(0u))))
{
uvec4 _9b=uvec4(_6.z,_6.z>>uint(10),_6.z>>uint(20),_6.w)&uvec4(1023u);
uvec4 _9c=_14;
highp vec3 _9d;
highp vec4 _9e;
_9e=vec4(0.0);
_9d=vec3(0.0);
highp vec3 _9f;
highp vec4 _a0;
for(uint _a1=0u;_a1<4u;_9e=_a0,_9d=_9f,_a1++)
{
if(_9c[_a1]==0u)
{
_a0=_9e;
_9f=_9d;
continue;
}
highp float _a2=float(_9c[_a1]);
highp float _a3=_a2*0.007874016;
highp vec4 _a4=texelFetch(_Nodes,ivec3(int((2u*_9b[_a1])&2047u),int((2u*_9b[_a1])>>uint(11)),0).xy,0);
highp vec3 _a5=cross(_a4.yzw,_98)*2.0;
_a0=_9e +(_a4*((dot(_9e,_a4)<0.0)?(_a2*(-0.007874016)):_a3));
_9f=_9d +((((_98 +(_a5*_a4.x))+ cross(_a4.yzw,_a5))+ texelFetch(_Nodes,ivec3(int(((2u*_9b[_a1])+ 1u)&2047u),int(((2u*_9b[_a1])+ 1u)>>uint(11)),0).xy,0).xyz)*_a3);
}
highp vec4 _a6=normalize(_9e);
_9a=vec4(_a6.x*_b.x +(-dot(_a6.yzw,_b.yzw)),((_b.yzw*_a6.x)+(_a6.yzw*_b.x))+ cross(_a6.yzw,_b.yzw));
_99=_9d;
}
else
{
_9a=_b;
_99=_98;
}
highp float _a7=_79.x*_9a.x +(-dot(_79.yzw,_9a.yzw));
highp vec3 _a8=((_9a.yzw*_79.x)+(_79.yzw*_9a.x))+ cross(_79.yzw,_9a.yzw);
highp float _a9=_a8.x;
highp float _aa=_a8.y;
highp float _ab=_a8.z;
highp vec3 _ac=uintBitsToFloat(_4.xyz)*exp(mix(_1e,_17,vec3(_1._LevelShare))+ _7a);
highp vec4 _ad;
highp vec4 _ae;
highp vec4 _af;
_af=vec4(0.0);
_ae=vec4(0.0);
_ad=vec4(0.0);
for(uint _b0=0u;_b0<4u;)
{
uint _b1=4u*((_c>>(8u*_b0))&255u);
_af +=(texelFetch(_Joints,ivec3(int((_b1 + 2u)&2047u),int((_b1 + 2u)>>uint(11)),0).xy,0)*_15[_b0]);
_ae +=(texelFetch(_Joints,ivec3(int((_b1 + 1u)&2047u),int((_b1 + 1u)>>uint(11)),0).xy,0)*_15[_b0]);
_ad +=(texelFetch(_Joints,ivec3(int(_b1&2047u),int(_b1>>uint(11)),0).xy,0)*_15[_b0]);
_b0++;
continue;
}
highp vec4 _b2=vec4(_99 + _78,1.0);
highp mat3 _b3=mat3(vec3(_ad.xyz),vec3(_ae.xyz),vec3(_af.xyz));
highp mat3 _b4=mat3(vec3((-2.0)*(_aa*_aa +(_ab*_ab))+ 1.0,2.0*(_a9*_aa +(-(_a7*_ab))),2.0*(_a9*_ab +(_a7*_aa))),vec3(2.0*(_a9*_aa +(_a7*_ab)),(-2.0)*(_a9*_a9 +(_ab*_ab))+ 1.0,2.0*(_aa*_ab +(-(_a7*_a9)))),vec3(2.0*(_a9*_ab +(-(_a7*_aa))),2.0*(_aa*_ab +(_a7*_a9)),(-2.0)*(_a9*_a9 +(_aa*_aa))+ 1.0))*_b3;
highp vec3 _b5=_b4[0]*_ac;
highp vec3 _b6=_b4[1]*_ac;
highp vec3 _b7=_b4[2]*_ac;
highp mat4 _b8=mat4(vec4(((1.0 + _ad.x)+ _ae.y)+ _af.z,_af.y - _ae.z,_ad.z - _af.x,_ae.x - _ad.y),vec4(_af.y - _ae.z,((1.0 + _ad.x)- _ae.y)- _af.z,_ad.y + _ae.x,_ad.z + _af.x),vec4(_ad.z - _af.x,_ad.y + _ae.x,((1.0 + _ae.y)- _ad.x)- _af.z,_ae.z + _af.y),vec4(_ae.x - _ad.y,_ad.z + _af.x,_ae.z + _af.y,((1.0 + _af.z)- _ad.x)- _ae.y));
highp mat4 _b9=_b8*_b8;
highp mat4 _ba=_b9*_b9;
highp mat4 _bb=_ba*_ba;
highp float _bc=_bb[0].x;
highp float _bd;
highp vec4 _be;
if(_bb[1].y>_bc)
{
_be=_bb[1];
_bd=_bb[1].y;
}
else
{
_be=_bb[0];
_bd=_bc;
}
highp float _bf;
highp vec4 _c0;
if(_bb[2].z>_bd)
{
_c0=_bb[2];
_bf=_bb[2].z;
}
else
{
_c0=_be;
_bf=_bd;
}
highp float _c1;
highp vec4 _c2;
if(_bb[3].w>_bf)
{
_c2=_bb[3];
_c1=_bb[3].w;
}
else
{
_c2=_c0;
_c1=_bf;
}
highp vec4 _c3=normalize(_c2);
bvec4 _c4=bvec4(_c1>1.0e-12);
highp vec4 _c5;
_c5=vec4(_c4.x?_c3.x:vec4(1.0,0.0,0.0,0.0).x,_c4.y?_c3.y:vec4(1.0,0.0,0.0,0.0).y,_c4.z?_c3.z:vec4(1.0,0.0,0.0,0.0).z,_c4.w?_c3.w:vec4(1.0,0.0,0.0,0.0).w);
highp vec4 _c6;
for(uint _c7=0u;_c7<8u;_c5=_c6,_c7++)
{
highp mat3 _c8=transpose(mat3(vec3((-2.0)*(_c5.z*_c5.z +(_c5.w*_c5.w))+ 1.0,2.0*(_c5.y*_c5.z +(-(_c5.x*_c5.w))),2.0*(_c5.y*_c5.w +(_c5.x*_c5.z))),vec3(2.0*(_c5.y*_c5.z +(_c5.x*_c5.w)),(-2.0)*(_c5.y*_c5.y +(_c5.w*_c5.w))+ 1.0,2.0*(_c5.z*_c5.w +(-(_c5.x*_c5.y)))),vec3(2.0*(_c5.y*_c5.w +(-(_c5.x*_c5.z))),2.0*(_c5.z*_c5.w +(_c5.x*_c5.y)),(-2.0)*(_c5.y*_c5.y +(_c5.z*_c5.z))+ 1.0)));
highp mat3 _c9=_b3*_c8;
highp vec3 _ca=vec3(_c9[2].y - _c9[1].z,_c9[0].z - _c9[2].x,_c9[1].x - _c9[0].y);
highp float _cb=_c9[1].y + _c9[2].z;
highp float _cc=_c9[0].x + _c9[2].z;
highp float _cd=_c9[0].x + _c9[1].y;
highp vec3 _ce=vec3(_c9[0].y + _c9[1].x,_c9[0].z + _c9[2].x,_c9[1].z + _c9[2].y)*(-0.5);
highp float _cf=_ce.y*_ce.z +(-(_ce.x*_cd));
highp float _d0=_ce.x*_ce.z +(-(_ce.y*_cc));
highp vec3 _d1=vec3(_cc*_cd +(-(_ce.z*_ce.z)),_cf,_d0);
highp float _d2=dot(vec3(_cb,_ce.xy),_d1);
if((_d2<1.0e-06)||(dot(_ca,_ca)<1.0e-11))
{
break;
}
highp float _d3=_ce.x*_ce.y +(-(_cb*_ce.z));
highp vec4 _d4=vec4(1.0,vec3(dot(_d1,_ca),dot(vec3(_cf,_cb*_cd +(-(_ce.y*_ce.y)),_d3),_ca),dot(vec3(_d0,_d3,_cb*_cc +(-(_ce.x*_ce.x))),_ca))*(0.5/_d2));
_c6=normalize(vec4(_c5.x - dot(_c5.yzw,_d4.yzw),((_d4.yzw*_c5.x)+(_c5.yzw*1.0))+ cross(_c5.yzw,_d4.yzw)));
}
highp vec3 _d5=(vec3(unpackHalf2x16(_8&65535u).x,unpackHalf2x16(_8>>uint(16)).x,unpackHalf2x16(_4.w>>uint(16)).x)+ mix(_20,_16,vec3(_1._LevelShare)))+ _7b;
written_Posed0=floatBitsToUint(vec4(dot(_ad,_b2),dot(_ae,_b2),dot(_af,_b2),dot(_b5,_b5)));
written_Posed1=floatBitsToUint(vec4(dot(_b5,_b6),dot(_b5,_b7),dot(_b6,_b6),dot(_b6,_b7)));
highp vec4 _d6=abs(_c5);
highp float _d7=max(max(_d6.x,_d6.y),max(_d6.z,_d6.w));
uint _d8=uint((_d6.x>=_d7)?0:((_d6.y>=_d7)?1:((_d6.z>=_d7)?2:3)));
bvec3 _d9=bvec3(_d8==2u);
highp vec3 _da=vec3(_d9.x?_c5.xyw.x:_c5.xyz.x,_d9.y?_c5.xyw.y:_c5.xyz.y,_d9.z?_c5.xyw.z:_c5.xyz.z);
bvec3 _db=bvec3(_d8==1u);
highp vec3 _dc=vec3(_db.x?_c5.xzw.x:_da.x,_db.y?_c5.xzw.y:_da.y,_db.z?_c5.xzw.z:_da.z);
bvec3 _dd=bvec3(_d8==0u);
uvec3 _de=uvec3(clamp((vec3(_dd.x?_c5.yzw.x:_dc.x,_dd.y?_c5.yzw.y:_dc.y,_dd.z?_c5.yzw.z:_dc.z)*(((((_d8==0u)?_c5.x:((_d8==1u)?_c5.y:((_d8==2u)?_c5.z:_c5.w)))<0.0)?(-1.0):1.0)*722.66315))+ vec3(511.5),vec3(0.0),vec3(1022.0)));
written_Posed2=uvec4(floatBitsToUint(dot(_b7,_b7)),((_de.x|(_de.y<<uint(10)))|(_de.z<<uint(20)))|(_d8<<uint(30)),packHalf2x16(vec2(_d5.x,0.0))|(packHalf2x16(vec2(_d5.y,0.0))<<uint(16)),packHalf2x16(vec2(_d5.z,0.0))|(uint(clamp(mix(_1f,_19,_1._LevelShare),0.0,1.0)*65535.0 + 0.5)<<uint(16)));
break;
}while(false);
_entryPointOutput_a=written_Posed0;
_entryPointOutput_b=written_Posed1;
_entryPointOutput_c=written_Posed2;
}
`;

export const view = `
#version 300 es
precision mediump float;
precision highp int;
layout(std140)uniform _Global
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
}_0;
uniform highp usampler2D _Posed0;
uniform highp usampler2D _Posed1;
uniform highp usampler2D _Posed2;
uniform highp usampler2D _Harmonics;
layout(location=0)out uvec4 _entryPointOutput_a;
layout(location=1)out uvec4 _entryPointOutput_b;
layout(location=2)out uint _entryPointOutput_key;
uvec4 written_Views0;
uvec4 written_Views1;
uint written_Keys;
void main()
{
written_Keys=65535u;
uint _1=(uint(gl_FragCoord.y)*2048u)+ uint(gl_FragCoord.x);
do
{
if(_1>=_0._Gaussians)
{
break;
}
uvec4 _2=texelFetch(_Posed0,ivec3(int(_1&2047u),int(_1>>uint(11)),0).xy,0);
uvec4 _3=texelFetch(_Posed1,ivec3(int(_1&2047u),int(_1>>uint(11)),0).xy,0);
uvec4 _4=texelFetch(_Posed2,ivec3(int(_1&2047u),int(_1>>uint(11)),0).xy,0);
highp vec3 _5=uintBitsToFloat(_2.xyz);
highp float _6=uintBitsToFloat(_2.w);
highp float _7=uintBitsToFloat(_3.z);
highp float _8=uintBitsToFloat(_4.x);
highp float _9=uintBitsToFloat(_3.x);
highp float _a=uintBitsToFloat(_3.y);
highp float _b=uintBitsToFloat(_3.w);
uint _c=_4.y;
highp vec4 _d;
do
{
highp vec3 _e=(vec3(float(_c&1023u),float((_c>>uint(10))&1023u),float((_c>>uint(20))&1023u))- vec3(511.0))*0.0013837706;
highp float _f=sqrt(max(1.0 - dot(_e,_e),0.0));
uint _10=_c>>uint(30);
if(_10==0u)
{
_d=vec4(_f,_e);
break;
}
if(_10==1u)
{
_d=vec4(_e.x,_f,_e.yz);
break;
}
if(_10==2u)
{
_d=vec4(_e.xy,_f,_e.z);
break;
}
_d=vec4(_e,_f);
break;
}while(false);
highp vec3 _11=vec3(unpackHalf2x16(_4.z&65535u).x,unpackHalf2x16(_4.z>>uint(16)).x,unpackHalf2x16(_4.w&65535u).x);
highp float _12=float(_4.w>>uint(16));
highp float _13=_12*1.5259022e-05;
highp float _14;
bool _15;
_15=false;
_14=0.0;
highp float _16;
bool _17;
for(uint _18=0u;_18<_0._Eyes;_15=_17,_14=_16,_18++)
{
highp vec4 _19=vec4(_5,1.0);
highp float _1a=dot(_0._ToCamera[(3u*_18)+ 2u],_19);
highp vec3 _1b=vec3(dot(_0._ToCamera[3u*_18],_19),dot(_0._ToCamera[(3u*_18)+ 1u],_19),_1a);
highp vec3 _1c;
highp vec3 _1d;
highp vec2 _1e;
highp float _1f;
if(_0._Orthographic==0u)
{
highp vec2 _20=_0._Picture[_18].xy*0.15;
highp vec2 _21=clamp(_1b.xy/vec2(_1a),(-(_0._Lens[_18].zw + _20))/_0._Lens[_18].xy,((_0._Picture[_18].xy - _0._Lens[_18].zw)+ _20)/_0._Lens[_18].xy);
_1f=_0._Picture[_18].z +(_0._Picture[_18].w/_1a);
_1e=(_1b.xy/vec2(_1a))*_0._Lens[_18].xy + _0._Lens[_18].zw;
_1d=vec3(0.0,_0._Lens[_18].y,(-_0._Lens[_18].y)*_21.y)/vec3(_1a);
_1c=vec3(_0._Lens[_18].x,0.0,(-_0._Lens[_18].x)*_21.x)/vec3(_1a);
}
else
{
_1f=_0._Picture[_18].w*_1a + _0._Picture[_18].z;
_1e=_1b.xy*_0._Lens[_18].xy + _0._Lens[_18].zw;
_1d=vec3(0.0,_0._Lens[_18].y,0.0);
_1c=vec3(_0._Lens[_18].x,0.0,0.0);
}
highp vec3 _22=(_0._ToCamera[3u*_18].xyz*_1c.x)+(_0._ToCamera[(3u*_18)+ 2u].xyz*_1c.z);
highp vec3 _23=(_0._ToCamera[(3u*_18)+ 1u].xyz*_1d.y)+(_0._ToCamera[(3u*_18)+ 2u].xyz*_1d.z);
highp vec3 _24=vec3(_a*_22.z +(_6*_22.x +(_9*_22.y)),_b*_22.z +(_9*_22.x +(_7*_22.y)),_8*_22.z +(_a*_22.x +(_b*_22.y)));
highp float _25=dot(_22,_24)+ 0.3;
highp float _26=dot(_23,_24);
highp float _27=dot(_23,vec3(_a*_23.z +(_6*_23.x +(_9*_23.y)),_b*_23.z +(_9*_23.x +(_7*_23.y)),_8*_23.z +(_a*_23.x +(_b*_23.y))))+ 0.3;
highp vec2 _28=sqrt(max(vec3(_25,_26,_27).xz,vec2(0.0)))*min(3.33,sqrt(2.0*log(max(_12*0.0038910503,1.0))));
bool _29=(((((_1a>=_0._Range.x)&&(_1a<=_0._Range.y))&&(_13>0.003921569))&&((_25*_27 +(-(_26*_26)))>0.0))&&all(greaterThan(_1e + _28,vec2(0.0))))&&all(lessThan(_1e - _28,_0._Picture[_18].xy));
highp vec4 _2a;
if(_29)
{
highp vec3 _2b=vec3(0.5)+(_11*0.2820948);
highp vec3 _2c;
if(_0._Degree>0u)
{
uint _2d=_1*(((3u*(((_0._Degree + 1u)*(_0._Degree + 1u))- 1u))+ 1u)/2u);
highp vec3 _2e;
do
{
uint _2f=3u*_18;
uint _30=(3u*_18)+ 1u;
uint _31=(3u*_18)+ 2u;
highp vec3 _32=cross(_0._ToCamera[_2f].xyz,_0._ToCamera[_30].xyz);
highp float _33=dot(_32,_0._ToCamera[_31].xyz);
if(_0._Orthographic !=0u)
{
_2e=normalize(_32/vec3(_33));
break;
}
_2e=normalize(_5 +((((cross(_0._ToCamera[_30].xyz,_0._ToCamera[_31].xyz)*_0._ToCamera[_2f].w)+(cross(_0._ToCamera[_31].xyz,_0._ToCamera[_2f].xyz)*_0._ToCamera[_30].w))+(_32*_0._ToCamera[_31].w))/vec3(_33)));
break;
}while(false);
highp vec3 _34=-_d.yzw;
highp vec3 _35=cross(_34,_2e)*2.0;
highp vec3 _36=(_2e +(_35*_d.x))+ cross(_34,_35);
highp vec3 _37;
do
{
highp float _38=(-0.48860252)*_36.x;
uvec4 _39=texelFetch(_Harmonics,ivec3(int(_2d&2047u),int(_2d>>uint(11)),0).xy,0);
uint _3a=_39.x;
uvec4 _3b=texelFetch(_Harmonics,ivec3(int((_2d + 1u)&2047u),int((_2d + 1u)>>uint(11)),0).xy,0);
uint _3c=_3b.x;
uvec4 _3d=texelFetch(_Harmonics,ivec3(int((_2d + 2u)&2047u),int((_2d + 2u)>>uint(11)),0).xy,0);
uint _3e=_3d.x;
highp vec3 _3f=(vec3(unpackHalf2x16(_3a&65535u).x,unpackHalf2x16(_3a>>uint(16)).x,unpackHalf2x16(_3c&65535u).x)*((-0.48860252)*_36.y))+(vec3(unpackHalf2x16(_3c>>uint(16)).x,unpackHalf2x16(_3e&65535u).x,unpackHalf2x16(_3e>>uint(16)).x)*(0.48860252*_36.z));
if(_0._Degree==1u)
{
uint _40=_2d + 3u;
uvec4 _41=texelFetch(_Harmonics,ivec3(int(_40&2047u),int(_40>>uint(11)),0).xy,0);
uint _42=_41.x;
_37=_3f +(vec3(unpackHalf2x16(_42&65535u).x,unpackHalf2x16(_42>>uint(16)).x,unpackHalf2x16(texelFetch(_Harmonics,ivec3(int((_2d + 4u)&2047u),int((_2d + 4u)>>uint(11)),0).xy,0).x&65535u).x)*_38);
break;
}
highp float _43=_36.z*_36.z;
highp float _44=_36.x*_36.x +(-(_36.y*_36.y));
highp float _45=(2.0*_36.x)*_36.y;
uint _46=_2d + 3u;
uvec4 _47=texelFetch(_Harmonics,ivec3(int(_46&2047u),int(_46>>uint(11)),0).xy,0);
uint _48=_47.x;
uvec4 _49=texelFetch(_Harmonics,ivec3(int((_2d + 4u)&2047u),int((_2d + 4u)>>uint(11)),0).xy,0);
uint _4a=_49.x;
uvec4 _4b=texelFetch(_Harmonics,ivec3(int((_2d + 5u)&2047u),int((_2d + 5u)>>uint(11)),0).xy,0);
uint _4c=_4b.x;
uint _4d=_2d + 6u;
uvec4 _4e=texelFetch(_Harmonics,ivec3(int(_4d&2047u),int(_4d>>uint(11)),0).xy,0);
uint _4f=_4e.x;
uvec4 _50=texelFetch(_Harmonics,ivec3(int((_2d + 7u)&2047u),int((_2d + 7u)>>uint(11)),0).xy,0);
uint _51=_50.x;
uvec4 _52=texelFetch(_Harmonics,ivec3(int((_2d + 8u)&2047u),int((_2d + 8u)>>uint(11)),0).xy,0);
uint _53=_52.x;
uint _54=_2d + 9u;
uvec4 _55=texelFetch(_Harmonics,ivec3(int(_54&2047u),int(_54>>uint(11)),0).xy,0);
uint _56=_55.x;
uvec4 _57=texelFetch(_Harmonics,ivec3(int((_2d + 10u)&2047u),int((_2d + 10u)>>uint(11)),0).xy,0);
uint _58=_57.x;
uvec4 _59=texelFetch(_Harmonics,ivec3(int((_2d + 11u)&2047u),int((_2d + 11u)>>uint(11)),0).xy,0);
uint _5a=_59.x;
highp vec3 _5b=((_3f +((vec3(unpackHalf2x16(_48&65535u).x,unpackHalf2x16(_48>>uint(16)).x,unpackHalf2x16(_4a&65535u).x)*_38)+(vec3(unpackHalf2x16(_4a>>uint(16)).x,unpackHalf2x16(_4c&65535u).x,unpackHalf2x16(_4c>>uint(16)).x)*(0.54627424*_45))))+((vec3(unpackHalf2x16(_4f&65535u).x,unpackHalf2x16(_4f>>uint(16)).x,unpackHalf2x16(_51&65535u).x)*(((-1.0925485)*_36.z)*_36.y))+(vec3(unpackHalf2x16(_51>>uint(16)).x,unpackHalf2x16(_53&65535u).x,unpackHalf2x16(_53>>uint(16)).x)*(0.9461747*_43 +(-0.31539157)))))+((vec3(unpackHalf2x16(_56&65535u).x,unpackHalf2x16(_56>>uint(16)).x,unpackHalf2x16(_58&65535u).x)*(((-1.0925485)*_36.z)*_36.x))+(vec3(unpackHalf2x16(_58>>uint(16)).x,unpackHalf2x16(_5a&65535u).x,unpackHalf2x16(_5a>>uint(16)).x)*(0.54627424*_44)));
if(_0._Degree==2u)
{
_37=_5b;
break;
}
highp float _5c=(-2.285229)*_43 + 0.4570458;
uint _5d=_2d + 12u;
uvec4 _5e=texelFetch(_Harmonics,ivec3(int(_5d&2047u),int(_5d>>uint(11)),0).xy,0);
uint _5f=_5e.x;
uvec4 _60=texelFetch(_Harmonics,ivec3(int((_2d + 13u)&2047u),int((_2d + 13u)>>uint(11)),0).xy,0);
uint _61=_60.x;
uvec4 _62=texelFetch(_Harmonics,ivec3(int((_2d + 14u)&2047u),int((_2d + 14u)>>uint(11)),0).xy,0);
uint _63=_62.x;
uint _64=_2d + 15u;
uvec4 _65=texelFetch(_Harmonics,ivec3(int(_64&2047u),int(_64>>uint(11)),0).xy,0);
uint _66=_65.x;
uvec4 _67=texelFetch(_Harmonics,ivec3(int((_2d + 16u)&2047u),int((_2d + 16u)>>uint(11)),0).xy,0);
uint _68=_67.x;
uvec4 _69=texelFetch(_Harmonics,ivec3(int((_2d + 17u)&2047u),int((_2d + 17u)>>uint(11)),0).xy,0);
uint _6a=_69.x;
uint _6b=_2d + 18u;
uvec4 _6c=texelFetch(_Harmonics,ivec3(int(_6b&2047u),int(_6b>>uint(11)),0).xy,0);
uint _6d=_6c.x;
uvec4 _6e=texelFetch(_Harmonics,ivec3(int((_2d + 19u)&2047u),int((_2d + 19u)>>uint(11)),0).xy,0);
uint _6f=_6e.x;
uvec4 _70=texelFetch(_Harmonics,ivec3(int((_2d + 20u)&2047u),int((_2d + 20u)>>uint(11)),0).xy,0);
uint _71=_70.x;
highp vec3 _72=((_5b +((vec3(unpackHalf2x16(_5f&65535u).x,unpackHalf2x16(_5f>>uint(16)).x,unpackHalf2x16(_61&65535u).x)*((-0.5900436)*(_36.x*_45 +(_36.y*_44))))+(vec3(unpackHalf2x16(_61>>uint(16)).x,unpackHalf2x16(_63&65535u).x,unpackHalf2x16(_63>>uint(16)).x)*((1.4453057*_36.z)*_45))))+((vec3(unpackHalf2x16(_66&65535u).x,unpackHalf2x16(_66>>uint(16)).x,unpackHalf2x16(_68&65535u).x)*(_5c*_36.y))+(vec3(unpackHalf2x16(_68>>uint(16)).x,unpackHalf2x16(_6a&65535u).x,unpackHalf2x16(_6a>>uint(16)).x)*(_36.z*(1.8658817*_43 +(-1.119529))))))+((vec3(unpackHalf2x16(_6d&65535u).x,unpackHalf2x16(_6d>>uint(16)).x,unpackHalf2x16(_6f&65535u).x)*(_5c*_36.x))+(vec3(unpackHalf2x16(_6f>>uint(16)).x,unpackHalf2x16(_71&65535u).x,unpackHalf2x16(_71>>uint(16)).x)*((1.4453057*_36.z)*_44)));
uint _73=_2d + 21u;
uvec4 _74=texelFetch(_Harmonics,ivec3(int(_73&2047u),int(_73>>uint(11)),0).xy,0);
uint _75=_74.x;
_37=_72 +(vec3(unpackHalf2x16(_75&65535u).x,unpackHalf2x16(_75>>uint(16)).x,unpackHalf2x16(texelFetch(_Harmonics,ivec3(int((_2d + 22u)&2047u),int((_2d + 22u)>>uint(11)),0).xy,0).x&65535u).x)*((-0.5900436)*(_36.x*_44 +(-(_36.y*_45)))));
break;
}while(false);
_2c=_2b + _37;
}
else
{
_2c=_2b;
}
highp vec3 _76=max(_2c,vec3(0.0));
highp vec3 _77;
if(any(notEqual(_0._Tint.xyz,vec3(1.0))))
{
highp vec3 _78=pow(max((_76 + vec3(0.055))*vec3(0.94786733),vec3(0.0)),vec3(2.4));
highp vec3 _79=_76*vec3(0.07739938);
highp vec3 _7a=vec3((_76.x<=0.04045)?_79.x:_78.x,(_76.y<=0.04045)?_79.y:_78.y,(_76.z<=0.04045)?_79.z:_78.z)*_0._Tint.xyz;
highp vec3 _7b=(pow(max(_7a,vec3(0.0)),vec3(0.41666666))*1.055)- vec3(0.055);
highp vec3 _7c=_7a*12.92;
_77=vec3((_7a.x<=0.0031308)?_7c.x:_7b.x,(_7a.y<=0.0031308)?_7c.y:_7b.y,(_7a.z<=0.0031308)?_7c.z:_7b.z);
}
else
{
_77=_76;
}
_2a=vec4(_77,_13);
}
else
{
_2a=vec4(0.0);
}
written_Views0=floatBitsToUint(vec4(_1e,_1f,_25));
written_Views1=uvec4(floatBitsToUint(_26),floatBitsToUint(_27),packHalf2x16(vec2(_2a.x,0.0))|(packHalf2x16(vec2(_2a.y,0.0))<<uint(16)),packHalf2x16(vec2(_2a.z,0.0))|(packHalf2x16(vec2(_2a.w,0.0))<<uint(16)));
_16=_14 +(_1a/float(_0._Eyes));
_17=_15||_29;
}
written_Keys=_15?uint(65534.0*clamp((_0._Range.w - _14)/max(_0._Range.w - _0._Range.z,1.0e-06),0.0,1.0)+ 0.5):65535u;
break;
}while(false);
_entryPointOutput_a=written_Views0;
_entryPointOutput_b=written_Views1;
_entryPointOutput_key=written_Keys;
}
`;

export const drawVertex = `
#version 300 es
layout(std140)uniform _Global
{
uint _AllGaussians;
vec4 _ToTarget[2];
}_0;
uniform highp usampler2D _Order;
uniform highp usampler2D _Views0;
uniform highp usampler2D _Views1;
out vec2 corner_sigmas;
flat out vec4 corner_colour;
void main()
{
uint _1=2u*texelFetch(_Order,ivec3(int((uint(gl_VertexID)/6u)&2047u),int((uint(gl_VertexID)/6u)>>uint(11)),0).xy,0).x;
uvec4 _2=texelFetch(_Views0,ivec3(int((_1/2u)&2047u),int((_1/2u)>>uint(11)),0).xy,0);
uvec4 _3=texelFetch(_Views1,ivec3(int((_1/2u)&2047u),int((_1/2u)>>uint(11)),0).xy,0);
vec2 _4=unpackHalf2x16(_3.w>>uint(16));
float _5=_4.x;
float _6=uintBitsToFloat(_2.w);
float _7=uintBitsToFloat(_3.x);
float _8=uintBitsToFloat(_3.y);
float _9=_6 - _8;
float _a=0.5*_9;
float _b=sqrt(_a*_a +(_7*_7));
float _c=max(0.5*(_6 + _8)+ _b,0.3);
vec2 _d=vec2(0.5*_9 + _b,_7);
vec2 _e=vec2(_7,(-0.5)*_9 + _b);
bvec2 _f=bvec2(_a>=0.0);
vec2 _10=normalize(vec2(_f.x?_d.x:_e.x,_f.y?_d.y:_e.y));
bvec2 _11=bvec2(_b>(1.0e-06*_c));
vec2 _12=vec2(_11.x?_10.x:vec2(1.0,0.0).x,_11.y?_10.y:vec2(1.0,0.0).y);
uint _13=uint(gl_VertexID)%6u;
uint _14=(_13<3u)?_13:uint((_13==3u)?2:((_13==4u)?1:3));
vec2 _15=vec2(((_14&1u)!=0u)?1.0:(-1.0),((_14&2u)!=0u)?1.0:(-1.0))*min(3.33,sqrt(2.0*log(max(_5*254.99998,1.0))));
vec4 _16=vec4(((uintBitsToFloat(_2.xy)+(_12*(_15.x*sqrt(_c))))+(vec2(-_12.y,_12.x)*(_15.y*sqrt(max((_6*_8 +(-(_7*_7)))/_c,0.3)))))*_0._ToTarget[0u].xy + _0._ToTarget[0u].zw,uintBitsToFloat(_2.z),1.0);
bvec4 _17=bvec4(_5<=0.003921569);
gl_Position=vec4(_17.x?vec4(2.0,2.0,2.0,1.0).x:_16.x,_17.y?vec4(2.0,2.0,2.0,1.0).y:_16.y,_17.z?vec4(2.0,2.0,2.0,1.0).z:_16.z,_17.w?vec4(2.0,2.0,2.0,1.0).w:_16.w);
corner_sigmas=_15;
corner_colour=vec4(unpackHalf2x16(_3.z&65535u).x,unpackHalf2x16(_3.z>>uint(16)).x,unpackHalf2x16(_3.w&65535u).x,_5);
}
`;

export const drawFragment = `
#version 300 es
precision mediump float;
precision highp int;
in highp vec2 corner_sigmas;
flat in highp vec4 corner_colour;
layout(location=0)out highp vec4 _entryPointOutput;
void main()
{
highp float _0=dot(corner_sigmas,corner_sigmas);
highp float _1=corner_colour.w*exp((-0.5)*_0);
if((_1<0.003921569)||(_0>11.0889))
{
discard;
}
highp float _2=min(_1,0.999);
_entryPointOutput=vec4(corner_colour.xyz*_2,_2);
}
`;

export const wholeVertex = `
#version 300 es
void main()
{
gl_Position=vec4((uint(gl_VertexID)==1u)?3.0:(-1.0),(uint(gl_VertexID)==2u)?3.0:(-1.0),0.5,1.0);
}
`;

export const compositeFragment = `
#version 300 es
precision mediump float;
precision highp int;
layout(std140)uniform _Global
{
uint _LinearTarget;
}_0;
uniform highp sampler2D _Colour;
layout(location=0)out highp vec4 _entryPointOutput;
void main()
{
highp vec4 _1=texelFetch(_Colour,ivec3(ivec2(gl_FragCoord.xy),0).xy,0);
highp vec4 _2;
do
{
if((_0._LinearTarget==0u)||(_1.w<=0.0))
{
_2=_1;
break;
}
highp vec3 _3=_1.xyz/vec3(_1.w);
highp vec3 _4=pow(max((_3 + vec3(0.055))*vec3(0.94786733),vec3(0.0)),vec3(2.4));
highp vec3 _5=_3*vec3(0.07739938);
_2=vec4(vec3((_3.x<=0.04045)?_5.x:_4.x,(_3.y<=0.04045)?_5.y:_4.y,(_3.z<=0.04045)?_5.z:_4.z)*_1.w,_1.w);
break;
}while(false);
_entryPointOutput=_2;
}
`;

/** Buffers are textures of so many texels a row. */
export const TEXELS_A_ROW = 2048;
