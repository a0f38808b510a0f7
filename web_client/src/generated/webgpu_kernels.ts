// Generated from shaders/ by scripts/generate_web_shaders.py: change it there.
export const detailCosines = `
@binding(1) @group(0) var<storage, read> _Group_0 : array<u32>;
@binding(2)@group(0)var<storage,read>_Cosines_0:array<u32>;
@binding(3)@group(0)var<storage,read_write>_Detail_0:array<u32>;
struct GlobalParams_std140_0
{
@align(16)_FirstCosine_0:u32,
@align(4)_DetailStart_0:u32,
};
@binding(0)@group(0)var<uniform>globalParams_0:GlobalParams_std140_0;
fn Coefficient_0(row_0:u32,width_0:u32,column_0:u32)->i32
{
if(width_0==u32(0))
{
return(i32((_Group_0[row_0 +((column_0>>(u32(2))))]<<((u32(24)- u32(8)*((column_0&(u32(3))))))))>>(u32(24)));
}
if(width_0==u32(1))
{
return(i32((_Group_0[row_0 +((column_0>>(u32(1))))]<<((u32(16)- u32(16)*((column_0&(u32(1))))))))>>(u32(16)));
}
return i32(_Group_0[row_0 + column_0]);
}
@compute
@workgroup_size(256,1,1)
fn DetailCosines(@builtin(global_invocation_id)thread_0:vec3<u32>)
{
var column_1:u32=thread_0.x;
var frames_0:u32=_Group_0[i32(0)];
var rows_0:u32=u32(4)+ _Group_0[i32(2)];
if(column_1>=_Group_0[i32(1)])
{
return;
}
var entry_0:u32=_Group_0[rows_0 + u32(2)*frames_0 + column_1];
var _0:vec3<f32>=vec3<f32>(0.0f);
var f_0:u32=u32(0);
var sum_0:vec3<f32>=_0;
for(;;)
{
if(f_0<frames_0)
{
}
else
{
break;
}
var _1:u32=rows_0 + u32(2)*f_0;
var reached_0:u32=_Group_0[_1];
if(column_1>=reached_0)
{
break;
}
var place_0:u32=_Group_0[_1 + u32(1)];
var width_1:u32=(place_0>>(u32(30)));
var row_1:u32=(place_0&(u32(1073741823)));
var stride_0:u32=((((reached_0<<(width_1)))+ u32(3))>>(u32(2)));
var sum_1:vec3<f32>=sum_0 + vec3<f32>((bitcast<f32>((_Cosines_0[globalParams_0._FirstCosine_0 + f_0]))))*vec3<f32>(vec3<i32>(Coefficient_0(row_1,width_1,column_1),Coefficient_0(row_1 + stride_0,width_1,column_1),Coefficient_0(row_1 + u32(2)*stride_0,width_1,column_1)));
f_0=f_0 + u32(1);
sum_0=sum_1;
}
var sum_2:vec3<f32>=sum_0*vec3<f32>((bitcast<f32>((_Group_0[u32(4)+((entry_0>>(u32(26))))]))));
var at_0:u32=globalParams_0._DetailStart_0 + u32(3)*((entry_0&(u32(67108863))));
_Detail_0[at_0]=(bitcast<u32>((sum_2.x)));
_Detail_0[at_0 + u32(1)]=(bitcast<u32>((sum_2.y)));
_Detail_0[at_0 + u32(2)]=(bitcast<u32>((sum_2.z)));
return;
}
`;

export const detailParents = `
@binding(1) @group(0) var<storage, read> _Parents_0 : array<vec4<u32>>;
@binding(2)@group(0)var<storage,read_write>_Detail_0:array<u32>;
struct GlobalParams_std140_0
{
@align(16)_FirstParents_0:u32,
@align(4)U_StageTracks_0:u32,
@align(8)_Tracks_0:u32,
@align(4)_Channels_0:u32,
@align(16)_DetailStart_0:u32,
};
@binding(0)@group(0)var<uniform>globalParams_0:GlobalParams_std140_0;
@compute
@workgroup_size(256,1,1)
fn DetailParents(@builtin(global_invocation_id)thread_0:vec3<u32>)
{
var _0:u32=thread_0.x;
if(_0>=(globalParams_0.U_StageTracks_0))
{
return;
}
var _1:vec4<u32>=_Parents_0[u32(2)*(globalParams_0._FirstParents_0 + _0)];
var rest_0:vec4<u32>=_Parents_0[u32(2)*(globalParams_0._FirstParents_0 + _0)+ u32(1)];
var channels_0:u32=(((globalParams_0._Channels_0)&(u32(1))))+(((((globalParams_0._Channels_0)>>(u32(1))))&(u32(1))))+(((((globalParams_0._Channels_0)>>(u32(2))))&(u32(1))))+(((((globalParams_0._Channels_0)>>(u32(3))))&(u32(1))));
var is_position_0:bool;
if((((globalParams_0._Channels_0)&(u32(1))))!=u32(0))
{
var _2:u32=thread_0.y%channels_0;
is_position_0=_2==u32(0);
}
else
{
is_position_0=false;
}
var i_0:u32;
if(is_position_0)
{
i_0=rest_0.y;
}
else
{
i_0=rest_0.z;
}
var _3:i32=i32(i_0);
var _4:f32;
if(is_position_0)
{
_4=0.03125f;
}
else
{
_4=0.015625f;
}
var plane_0:u32=globalParams_0._DetailStart_0 + thread_0.y*u32(3)*globalParams_0._Tracks_0;
var at_0:u32=plane_0 + u32(3)*rest_0.x;
var _5:u32=at_0 + u32(1);
var _6:u32=at_0 + u32(2);
var _7:vec3<f32>=(bitcast<vec3<f32>>((vec3<u32>(_Detail_0[at_0],_Detail_0[_5],_Detail_0[_6]))));
i_0=u32(0);
var sum_0:vec3<f32>=_7;
for(;;)
{
if(i_0<u32(4))
{
}
else
{
break;
}
var weight_0:i32=(((_3<<((u32(24)- u32(8)*i_0))))>>(u32(24)));
if(weight_0==i32(0))
{
i_0=i_0 + u32(1);
continue;
}
var from_0:u32=plane_0 + u32(3)*_1[i_0];
sum_0=sum_0 + vec3<f32>((f32(weight_0)*_4))*(bitcast<vec3<f32>>((vec3<u32>(_Detail_0[from_0],_Detail_0[from_0 + u32(1)],_Detail_0[from_0 + u32(2)]))));
i_0=i_0 + u32(1);
}
_Detail_0[at_0]=(bitcast<u32>((sum_0.x)));
_Detail_0[_5]=(bitcast<u32>((sum_0.y)));
_Detail_0[_6]=(bitcast<u32>((sum_0.z)));
return;
}
`;

export const deform = `
@binding(1) @group(0) var<storage, read> U_Splats_0 : array<vec4<u32>>;
@binding(3)@group(0)var<storage,read>_NextLooks_0:array<vec4<u32>>;
@binding(2)@group(0)var<storage,read>_Looks_0:array<vec4<u32>>;
@binding(6)@group(0)var<storage,read>_Detail_0:array<u32>;
@binding(4)@group(0)var<storage,read>_Joints_0:array<vec4<f32>>;
@binding(7)@group(0)var<storage,read>_Correctives_0:array<vec4<f32>>;
@binding(5)@group(0)var<storage,read>_Nodes_0:array<vec4<f32>>;
@binding(8)@group(0)var<storage,read_write>_Posed_0:array<vec4<u32>>;
struct GlobalParams_std140_0
{
@align(16)_LookCount_0:u32,
@align(4)_NextLookCount_0:u32,
@align(8)_LevelShare_0:f32,
@align(4)_Gaussians_0:u32,
@align(16)_Tracks_0:u32,
@align(4)_Channels_0:u32,
@align(8)U_Sources_0:u32,
@align(16)_FrameShares_0:vec4<f32>,
@align(16)U_SourceShares_0:vec4<f32>,
@align(16)U_Shapes_0:u32,
@align(4)U_ShapeGaussians_0:u32,
@align(16)U_ShapeWeights_0:array<vec4<f32>,i32(16)>,
};
@binding(0)@group(0)var<uniform>globalParams_0:GlobalParams_std140_0;
fn Unorms_0(bits_0:u32)->vec2<f32>
{
return vec2<f32>(f32((bits_0&(u32(65535)))),f32((bits_0>>(u32(16)))))/vec2<f32>(65535.0f);
}
fn Halves_0(bits_1:u32)->vec2<f32>
{
return vec2<f32>((unpack2x16float(((bits_1&(u32(65535))))).x),(unpack2x16float(((bits_1>>(u32(16))))).x));
}
fn Snorms_0(bits_2:u32)->vec2<f32>
{
return vec2<f32>((vec2<i32>(i32((bits_2<<(u32(16)))),i32(bits_2))>>(vec2<u32>(u32(16)))))/vec2<f32>(32767.0f);
}
struct Splat_0
{
mean_0:vec3<f32>,
scale_0:vec3<f32>,
turn_0:vec4<f32>,
opacity_0:f32,
colour_0:vec3<f32>,
track_0:u32,
joints_0:u32,
weights_0:vec4<f32>,
nodes_0:vec4<u32>,
node_weights_0:vec4<u32>,
};
fn SplatOf_0(i_0:u32)->Splat_0
{
var _0:u32=u32(4)*i_0;
var a_0:vec4<u32>=U_Splats_0[_0];
var b_0:vec4<u32>=U_Splats_0[_0 + u32(1)];
var c_0:vec4<u32>=U_Splats_0[_0 + u32(2)];
var d_0:vec4<u32>=U_Splats_0[_0 + u32(3)];
var splat_0:Splat_0;
splat_0.mean_0=(bitcast<vec3<f32>>((a_0.xyz)));
splat_0.track_0=a_0.w;
splat_0.scale_0=(bitcast<vec3<f32>>((b_0.xyz)));
var _1:u32=b_0.w;
splat_0.opacity_0=Unorms_0(_1).x;
splat_0.colour_0=vec3<f32>(Halves_0(c_0.w),Halves_0(_1).y);
splat_0.turn_0=normalize(vec4<f32>(Snorms_0(c_0.x),Snorms_0(c_0.y)));
splat_0.joints_0=c_0.z;
var weights_1:vec3<f32>=vec3<f32>(Unorms_0(d_0.x),Unorms_0(d_0.y).x);
splat_0.weights_0=vec4<f32>(1.0f - weights_1.x - weights_1.y - weights_1.z,weights_1);
var _2:u32=d_0.z;
var _3:u32=d_0.w;
splat_0.nodes_0=(vec4<u32>(_2,(_2>>(u32(10))),(_2>>(u32(20))),_3)&(vec4<u32>(u32(1023))));
var others_0:vec3<u32>=(vec3<u32>((_3>>(u32(10))),(_3>>(u32(17))),(_3>>(u32(24))))&(vec3<u32>(u32(127))));
splat_0.node_weights_0=vec4<u32>(u32(127)- others_0.x - others_0.y - others_0.z,others_0)*vec4<u32>(((((_2>>(u32(30))))&(u32(1)))));
return splat_0;
}
struct Look_0
{
displacement_0:vec3<f32>,
log_scale_0:vec3<f32>,
opacity_1:f32,
colour_1:vec3<f32>,
};
fn Unpacked_0(a_1:vec4<u32>,b_1:vec4<u32>)->Look_0
{
var look_0:Look_0;
look_0.displacement_0=(bitcast<vec3<f32>>((a_1.xyz)));
look_0.log_scale_0=(bitcast<vec3<f32>>((b_1.xyz)));
var _4:u32=a_1.w;
look_0.opacity_1=Unorms_0(_4).x;
look_0.colour_1=vec3<f32>(Halves_0(b_1.w),Halves_0(_4).y);
return look_0;
}
fn LookOf_0(i_1:u32,opacity_2:f32)->Look_0
{
var next_0:Look_0;
var _5:vec3<f32>=vec3<f32>(0.0f);
next_0.displacement_0=_5;
next_0.log_scale_0=_5;
next_0.opacity_1=opacity_2;
next_0.colour_1=_5;
if(i_1<(globalParams_0._NextLookCount_0))
{
var _6:u32=u32(2)*i_1;
next_0=Unpacked_0(_NextLooks_0[_6],_NextLooks_0[_6 + u32(1)]);
}
var look_1:Look_0=next_0;
look_1.opacity_1=0.0f;
if(i_1<(globalParams_0._LookCount_0))
{
var _7:u32=u32(2)*i_1;
look_1=Unpacked_0(_Looks_0[_7],_Looks_0[_7 + u32(1)]);
}
look_1.displacement_0=mix(look_1.displacement_0,next_0.displacement_0,vec3<f32>(globalParams_0._LevelShare_0));
look_1.log_scale_0=mix(look_1.log_scale_0,next_0.log_scale_0,vec3<f32>(globalParams_0._LevelShare_0));
look_1.opacity_1=mix(look_1.opacity_1,next_0.opacity_1,globalParams_0._LevelShare_0);
look_1.colour_1=mix(look_1.colour_1,next_0.colour_1,vec3<f32>(globalParams_0._LevelShare_0));
return look_1;
}
fn FirstPlane_0(slot_0:u32)->u32
{
return slot_0*((((globalParams_0._Channels_0)&(u32(1))))+(((((globalParams_0._Channels_0)>>(u32(1))))&(u32(1))))+(((((globalParams_0._Channels_0)>>(u32(2))))&(u32(1))))+(((((globalParams_0._Channels_0)>>(u32(3))))&(u32(1)))));
}
fn Track_0(plane_0:u32,track_1:u32)->vec3<f32>
{
var at_0:u32=u32(3)*(plane_0*globalParams_0._Tracks_0 + track_1);
return(bitcast<vec3<f32>>((vec3<u32>(_Detail_0[at_0],_Detail_0[at_0 + u32(1)],_Detail_0[at_0 + u32(2)]))));
}
fn TurnOf_0(v_0:vec3<f32>)->vec4<f32>
{
var angle_0:f32=length(v_0);
var factor_0:f32;
if(angle_0>0.0001f)
{
factor_0=sin(0.5f*angle_0)/angle_0;
}
else
{
factor_0=0.5f;
}
return vec4<f32>(cos(0.5f*angle_0),vec3<f32>(factor_0)*v_0);
}
struct Change_0
{
position_0:vec3<f32>,
turn_1:vec4<f32>,
log_scale_1:vec3<f32>,
colour_2:vec3<f32>,
};
fn InSlot_0(slot_1:u32,track_2:u32)->Change_0
{
var plane_1:u32=FirstPlane_0(slot_1);
var change_0:Change_0;
var _8:vec3<f32>=vec3<f32>(0.0f);
change_0.position_0=_8;
change_0.turn_1=vec4<f32>(1.0f,0.0f,0.0f,0.0f);
change_0.log_scale_1=_8;
change_0.colour_2=_8;
if((((globalParams_0._Channels_0)&(u32(1))))!=u32(0))
{
change_0.position_0=Track_0(plane_1,track_2);
}
var plane_2:u32=plane_1 +(((globalParams_0._Channels_0)&(u32(1))));
if((((globalParams_0._Channels_0)&(u32(2))))!=u32(0))
{
change_0.turn_1=TurnOf_0(Track_0(plane_2,track_2));
}
var plane_3:u32=plane_2 +(((((globalParams_0._Channels_0)>>(u32(1))))&(u32(1))));
if((((globalParams_0._Channels_0)&(u32(4))))!=u32(0))
{
change_0.log_scale_1=Track_0(plane_3,track_2);
}
var plane_4:u32=plane_3 +(((((globalParams_0._Channels_0)>>(u32(2))))&(u32(1))));
if((((globalParams_0._Channels_0)&(u32(8))))!=u32(0))
{
change_0.colour_2=Track_0(plane_4,track_2);
}
return change_0;
}
fn MixedTurns_0(a_2:vec4<f32>,b_2:vec4<f32>,share_0:f32)->vec4<f32>
{
var _9:vec4<f32>=vec4<f32>((1.0f - share_0))*a_2;
var _a:f32;
if((dot(a_2,b_2))<0.0f)
{
_a=- share_0;
}
else
{
_a=share_0;
}
return normalize(_9 + vec4<f32>(_a)*b_2);
}
fn Mixed_0(a_3:Change_0,b_3:Change_0,share_1:f32)->Change_0
{
var _b:Change_0=a_3;
var _c:vec3<f32>=vec3<f32>(share_1);
_b.position_0=mix(_b.position_0,b_3.position_0,_c);
_b.turn_1=MixedTurns_0(_b.turn_1,b_3.turn_1,share_1);
_b.log_scale_1=mix(_b.log_scale_1,b_3.log_scale_1,_c);
_b.colour_2=mix(_b.colour_2,b_3.colour_2,_c);
return _b;
}
fn OfSource_0(source_0:u32,track_3:u32)->Change_0
{
var _d:vec4<f32>=globalParams_0._FrameShares_0;
var _e:u32=u32(2)*source_0;
var _f:i32;
if((globalParams_0._FrameShares_0[source_0])>=1.0f)
{
_f=i32(1);
}
else
{
_f=i32(0);
}
var change_1:Change_0=InSlot_0(_e + u32(_f),track_3);
var _10:bool;
if((_d[source_0])>0.0f)
{
_10=(_d[source_0])<1.0f;
}
else
{
_10=false;
}
var change_2:Change_0;
if(_10)
{
change_2=Mixed_0(change_1,InSlot_0(_e + u32(1),track_3),_d[source_0]);
}
else
{
change_2=change_1;
}
return change_2;
}
fn Covered_0(splat_1:Splat_0)->vec3<f32>
{
var _11:vec3<f32>=vec3<f32>(0.0f);
var j_0:u32=u32(0);
var covered_0:vec3<f32>=_11;
for(;;)
{
if(j_0<u32(4))
{
}
else
{
break;
}
var covered_1:vec3<f32>=covered_0 + vec3<f32>(splat_1.weights_0[j_0])*_Joints_0[u32(4)*(((((splat_1.joints_0)>>((u32(8)*j_0))))&(u32(255))))+ u32(3)].xyz;
j_0=j_0 + u32(1);
covered_0=covered_1;
}
return covered_0;
}
fn DetailOf_0(splat_2:Splat_0)->Change_0
{
var _12:Change_0=OfSource_0(u32(0),splat_2.track_0);
var change_3:Change_0;
if((globalParams_0.U_Sources_0)>u32(1))
{
var _13:vec3<f32>=Covered_0(splat_2);
change_3=_12;
var source_1:u32=u32(1);
for(;;)
{
if(source_1<(globalParams_0.U_Sources_0))
{
}
else
{
break;
}
var share_2:f32=globalParams_0.U_SourceShares_0[source_1]*_13[source_1 - u32(1)];
if(share_2>0.0f)
{
change_3=Mixed_0(change_3,OfSource_0(source_1,splat_2.track_0),share_2);
}
source_1=source_1 + u32(1);
}
}
else
{
change_3=_12;
}
return change_3;
}
fn VectorOf_0(q_0:vec4<f32>)->vec3<f32>
{
var near_0:vec4<f32>;
if((q_0.x)<0.0f)
{
near_0=(vec4<f32>(0)- q_0);
}
else
{
near_0=q_0;
}
var _14:vec3<f32>=near_0.yzw;
var size_0:f32=length(_14);
var _15:vec3<f32>;
if(size_0>1.0e-07f)
{
_15=_14*vec3<f32>((2.0f*atan2(size_0,near_0.x)/size_0));
}
else
{
_15=vec3<f32>(2.0f)*_14;
}
return _15;
}
fn AddShapes_0(i_2:u32,has_detail_0:bool,track_4:u32,change_4:ptr<function,Change_0>)
{
var _16:vec3<f32>=vec3<f32>(0.0f);
var k_0:u32=u32(0);
var turn_2:vec3<f32>=_16;
for(;;)
{
if(k_0<(globalParams_0.U_Shapes_0))
{
}
else
{
break;
}
var _17:vec4<f32>=globalParams_0.U_ShapeWeights_0[(k_0>>(u32(2)))];
var _18:u32=(k_0&(u32(3)));
if((globalParams_0.U_ShapeWeights_0[(k_0>>(u32(2)))][_18])==0.0f)
{
k_0=k_0 + u32(1);
continue;
}
var at_1:u32=u32(3)*(k_0*globalParams_0.U_ShapeGaussians_0 + i_2);
var a_4:vec4<f32>=_Correctives_0[at_1];
var b_4:vec4<f32>=_Correctives_0[at_1 + u32(1)];
var c_1:vec4<f32>=_Correctives_0[at_1 + u32(2)];
var _19:vec3<f32>=vec3<f32>(_17[_18]);
(*change_4).position_0=(*change_4).position_0 + _19*a_4.xyz;
var turn_3:vec3<f32>=turn_2 + _19*vec3<f32>(a_4.w,b_4.xy);
(*change_4).log_scale_1=(*change_4).log_scale_1 + _19*vec3<f32>(b_4.zw,c_1.x);
(*change_4).colour_2=(*change_4).colour_2 + _19*c_1.yzw;
turn_2=turn_3;
k_0=k_0 + u32(1);
}
var share_3:f32=globalParams_0._FrameShares_0.x;
var _1a:bool;
if(has_detail_0)
{
_1a=(globalParams_0.U_Sources_0)==u32(1);
}
else
{
_1a=false;
}
if(_1a)
{
if(share_3<=0.0f)
{
_1a=true;
}
else
{
_1a=share_3>=1.0f;
}
}
else
{
_1a=false;
}
if(_1a)
{
_1a=(((globalParams_0._Channels_0)&(u32(2))))!=u32(0);
}
else
{
_1a=false;
}
if(_1a)
{
var _1b:i32;
if(share_3>=1.0f)
{
_1b=i32(1);
}
else
{
_1b=i32(0);
}
(*change_4).turn_1=TurnOf_0(turn_2 + Track_0(FirstPlane_0(u32(_1b))+(((globalParams_0._Channels_0)&(u32(1)))),track_4));
}
else
{
(*change_4).turn_1=TurnOf_0(turn_2 + VectorOf_0((*change_4).turn_1));
}
return;
}
fn Turned_0(q_1:vec4<f32>,v_1:vec3<f32>)->vec3<f32>
{
var _1c:vec3<f32>=q_1.yzw;
var twice_0:vec3<f32>=vec3<f32>(2.0f)*cross(_1c,v_1);
return v_1 + vec3<f32>(q_1.x)*twice_0 + cross(_1c,twice_0);
}
fn Product_0(a_5:vec4<f32>,b_5:vec4<f32>)->vec4<f32>
{
var _1d:f32=a_5.x;
var _1e:f32=b_5.x;
var _1f:vec3<f32>=a_5.yzw;
var _20:vec3<f32>=b_5.yzw;
return vec4<f32>(_1d*_1e - dot(_1f,_20),vec3<f32>(_1d)*_20 + vec3<f32>(_1e)*_1f + cross(_1f,_20));
}
fn Carry_0(nodes_1:vec4<u32>,weights_2:vec4<u32>,mean_1:ptr<function,vec3<f32>>,turn_4:ptr<function,vec4<f32>>)
{
var _21:vec3<f32>=vec3<f32>(0.0f);
var _22:vec4<f32>=vec4<f32>(0.0f);
var n_0:u32=u32(0);
var position_1:vec3<f32>=_21;
var sum_0:vec4<f32>=_22;
for(;;)
{
if(n_0<u32(4))
{
}
else
{
break;
}
var _23:u32=n_0;
if((weights_2[n_0])==u32(0))
{
n_0=n_0 + u32(1);
continue;
}
var weight_0:f32=f32(weights_2[_23])/127.0f;
var _24:u32=u32(2)*nodes_1[n_0];
var q_2:vec4<f32>=_Nodes_0[_24];
var position_2:vec3<f32>=position_1 + vec3<f32>(weight_0)*(Turned_0(q_2,(*mean_1))+ _Nodes_0[_24 + u32(1)].xyz);
var _25:f32;
if((dot(sum_0,q_2))<0.0f)
{
_25=- weight_0;
}
else
{
_25=weight_0;
}
var sum_1:vec4<f32>=sum_0 + vec4<f32>(_25)*q_2;
position_1=position_2;
sum_0=sum_1;
n_0=n_0 + u32(1);
}
(*mean_1)=position_1;
(*turn_4)=Product_0(normalize(sum_0),(*turn_4));
return;
}
fn MatrixOf_0(q_3:vec4<f32>)->mat3x3<f32>
{
var _26:f32=q_3.z;
var _27:f32=_26*_26;
var _28:f32=q_3.w;
var _29:f32=_28*_28;
var _2a:f32=q_3.y;
var _2b:f32=_2a*_26;
var _2c:f32=q_3.x;
var _2d:f32=_2c*_28;
var _2e:f32=_2a*_28;
var _2f:f32=_2c*_26;
var _30:f32=_2a*_2a;
var _31:f32=_26*_28;
var _32:f32=_2c*_2a;
return mat3x3<f32>(1.0f - 2.0f*(_27 + _29),2.0f*(_2b - _2d),2.0f*(_2e + _2f),2.0f*(_2b + _2d),1.0f - 2.0f*(_30 + _29),2.0f*(_31 - _32),2.0f*(_2e - _2f),2.0f*(_31 + _32),1.0f - 2.0f*(_30 + _27));
}
fn Guess_0(m_0:mat3x3<f32>)->vec4<f32>
{
var _33:f32=1.0f + m_0[i32(0)][i32(0)];
var _34:f32=m_0[i32(2)][i32(1)]- m_0[i32(1)][i32(2)];
var _35:f32=m_0[i32(0)][i32(2)]- m_0[i32(2)][i32(0)];
var _36:f32=m_0[i32(1)][i32(0)]- m_0[i32(0)][i32(1)];
var _37:f32=m_0[i32(0)][i32(1)]+ m_0[i32(1)][i32(0)];
var _38:f32=m_0[i32(0)][i32(2)]+ m_0[i32(2)][i32(0)];
var _39:f32=m_0[i32(1)][i32(2)]+ m_0[i32(2)][i32(1)];
var b_6:mat4x4<f32>=mat4x4<f32>(_33 + m_0[i32(1)][i32(1)]+ m_0[i32(2)][i32(2)],_34,_35,_36,_34,_33 - m_0[i32(1)][i32(1)]- m_0[i32(2)][i32(2)],_37,_38,_35,_37,1.0f + m_0[i32(1)][i32(1)]- m_0[i32(0)][i32(0)]- m_0[i32(2)][i32(2)],_39,_36,_38,_39,1.0f + m_0[i32(2)][i32(2)]- m_0[i32(0)][i32(0)]- m_0[i32(1)][i32(1)]);
var b_7:mat4x4<f32>=(((b_6)*(b_6)));
var b_8:mat4x4<f32>=(((b_7)*(b_7)));
var b_9:mat4x4<f32>=(((b_8)*(b_8)));
var most_0:f32;
var best_0:vec4<f32>;
if((b_9[i32(1)][i32(1)])>(b_9[i32(0)][i32(0)]))
{
most_0=b_9[i32(1)][i32(1)];
best_0=b_9[i32(1)];
}
else
{
most_0=b_9[i32(0)][i32(0)];
best_0=b_9[i32(0)];
}
if((b_9[i32(2)][i32(2)])>most_0)
{
most_0=b_9[i32(2)][i32(2)];
best_0=b_9[i32(2)];
}
if((b_9[i32(3)][i32(3)])>most_0)
{
most_0=b_9[i32(3)][i32(3)];
best_0=b_9[i32(3)];
}
if(most_0>1.0e-12f)
{
best_0=normalize(best_0);
}
else
{
best_0=vec4<f32>(1.0f,0.0f,0.0f,0.0f);
}
return best_0;
}
fn PolarTurn_0(l_0:mat3x3<f32>)->vec4<f32>
{
var p_0:vec4<f32>=Guess_0(l_0);
var step_0:u32=u32(0);
for(;;)
{
if(step_0<u32(8))
{
}
else
{
break;
}
var m_1:mat3x3<f32>=(((l_0)*(transpose(MatrixOf_0(p_0)))));
var open_0:vec3<f32>=vec3<f32>(m_1[i32(2)][i32(1)]- m_1[i32(1)][i32(2)],m_1[i32(0)][i32(2)]- m_1[i32(2)][i32(0)],m_1[i32(1)][i32(0)]- m_1[i32(0)][i32(1)]);
var _3a:f32=m_1[i32(1)][i32(1)]+ m_1[i32(2)][i32(2)];
var _3b:f32=m_1[i32(0)][i32(0)]+ m_1[i32(2)][i32(2)];
var _3c:f32=m_1[i32(0)][i32(0)]+ m_1[i32(1)][i32(1)];
var beside_0:vec3<f32>=vec3<f32>(-0.5f)*vec3<f32>(m_1[i32(0)][i32(1)]+ m_1[i32(1)][i32(0)],m_1[i32(0)][i32(2)]+ m_1[i32(2)][i32(0)],m_1[i32(1)][i32(2)]+ m_1[i32(2)][i32(1)]);
var _3d:f32=beside_0.z;
var _3e:f32=beside_0.y;
var _3f:f32=beside_0.x;
var _40:f32=_3e*_3d - _3f*_3c;
var _41:f32=_3f*_3d - _3e*_3b;
var first_0:vec3<f32>=vec3<f32>(_3b*_3c - _3d*_3d,_40,_41);
var determinant_0:f32=dot(vec3<f32>(_3a,beside_0.xy),first_0);
var _42:bool;
if(determinant_0<1.0e-06f)
{
_42=true;
}
else
{
_42=(dot(open_0,open_0))<1.0e-11f;
}
if(_42)
{
break;
}
var _43:f32=_3f*_3e - _3a*_3d;
var _44:vec4<f32>=normalize(Product_0(p_0,vec4<f32>(1.0f,vec3<f32>((0.5f/determinant_0))*vec3<f32>(dot(first_0,open_0),dot(vec3<f32>(_40,_3a*_3c - _3e*_3e,_43),open_0),dot(vec3<f32>(_41,_43,_3a*_3b - _3f*_3f),open_0)))));
var _45:u32=step_0 + u32(1);
p_0=_44;
step_0=_45;
}
return p_0;
}
fn PackedTurn_0(q_4:vec4<f32>)->u32
{
var size_1:vec4<f32>=abs(q_4);
var _46:f32=size_1.x;
var _47:f32=size_1.y;
var _48:f32=size_1.z;
var _49:f32=max(max(_46,_47),max(_48,size_1.w));
var _4a:i32;
if(_46>=_49)
{
_4a=i32(0);
}
else
{
if(_47>=_49)
{
_4a=i32(1);
}
else
{
if(_48>=_49)
{
_4a=i32(2);
}
else
{
_4a=i32(3);
}
}
}
var place_0:u32=u32(_4a);
var _4b:bool=place_0==u32(0);
var three_0:vec3<f32>;
if(_4b)
{
three_0=q_4.yzw;
}
else
{
if(place_0==u32(1))
{
three_0=q_4.xzw;
}
else
{
if(place_0==u32(2))
{
three_0=q_4.xyw;
}
else
{
three_0=q_4.xyz;
}
}
}
var sign_0:f32;
if(_4b)
{
sign_0=q_4.x;
}
else
{
if(place_0==u32(1))
{
sign_0=q_4.y;
}
else
{
if(place_0==u32(2))
{
sign_0=q_4.z;
}
else
{
sign_0=q_4.w;
}
}
}
if(sign_0<0.0f)
{
sign_0=-1.0f;
}
else
{
sign_0=1.0f;
}
var _4c:vec3<u32>=vec3<u32>(clamp(three_0*vec3<f32>((sign_0*1.4142135f*511.0f))+ vec3<f32>(511.5f),vec3<f32>(0.0f),vec3<f32>(1022.0f)));
return((((((_4c.x)|((((_4c.y)<<(u32(10)))))))|((((_4c.z)<<(u32(20)))))))|(((place_0<<(u32(30))))));
}
fn PackedHalves_0(low_0:f32,high_0:f32)->u32
{
return((pack2x16float(vec2f((low_0),0.0)))|((((pack2x16float(vec2f((high_0),0.0)))<<(u32(16))))));
}
fn Write_0(i_3:u32,mean_2:vec3<f32>,spread_0:mat3x3<f32>,view_0:vec4<f32>,colour_3:vec3<f32>,opacity_3:f32)
{
var _4d:u32=u32(3)*i_3;
_Posed_0[_4d]=(bitcast<vec4<u32>>((vec4<f32>(mean_2,dot(spread_0[i32(0)],spread_0[i32(0)])))));
_Posed_0[_4d + u32(1)]=(bitcast<vec4<u32>>((vec4<f32>(dot(spread_0[i32(0)],spread_0[i32(1)]),dot(spread_0[i32(0)],spread_0[i32(2)]),dot(spread_0[i32(1)],spread_0[i32(1)]),dot(spread_0[i32(1)],spread_0[i32(2)])))));
_Posed_0[_4d + u32(2)]=vec4<u32>((bitcast<u32>((dot(spread_0[i32(2)],spread_0[i32(2)])))),PackedTurn_0(view_0),PackedHalves_0(colour_3.x,colour_3.y),((pack2x16float(vec2f((colour_3.z),0.0)))|(((u32(saturate(opacity_3)*65535.0f + 0.5f)<<(u32(16)))))));
return;
}
@compute
@workgroup_size(256,1,1)
fn Deform(@builtin(global_invocation_id)thread_0:vec3<u32>)
{
var i_4:u32=thread_0.x;
if(i_4>=(globalParams_0._Gaussians_0))
{
return;
}
var splat_3:Splat_0=SplatOf_0(i_4);
var look_2:Look_0=LookOf_0(i_4,splat_3.opacity_0);
var has_detail_1:bool;
if((splat_3.track_0)!=u32(4294967295))
{
has_detail_1=(globalParams_0.U_Sources_0)>u32(0);
}
else
{
has_detail_1=false;
}
var change_5:Change_0;
var _4e:vec3<f32>=vec3<f32>(0.0f);
change_5.position_0=_4e;
change_5.turn_1=vec4<f32>(1.0f,0.0f,0.0f,0.0f);
change_5.log_scale_1=_4e;
change_5.colour_2=_4e;
if(has_detail_1)
{
change_5=DetailOf_0(splat_3);
}
if((globalParams_0.U_Shapes_0)>u32(0))
{
AddShapes_0(i_4,has_detail_1,splat_3.track_0,&(change_5));
}
var mean_3:vec3<f32>=splat_3.mean_0 + look_2.displacement_0;
var turn_5:vec4<f32>=splat_3.turn_0;
if((any(((splat_3.node_weights_0)!=vec4<u32>(u32(0))))))
{
Carry_0(splat_3.nodes_0,splat_3.node_weights_0,&(mean_3),&(turn_5));
}
mean_3=mean_3 + change_5.position_0;
turn_5=Product_0(change_5.turn_1,turn_5);
var scale_1:vec3<f32>=splat_3.scale_0*exp(look_2.log_scale_0 + change_5.log_scale_1);
const _4f:vec4<f32>=vec4<f32>(0.0f,0.0f,0.0f,0.0f);
var rows_0:array<vec4<f32>,i32(3)>;
rows_0[i32(0)]=_4f;
rows_0[i32(1)]=_4f;
rows_0[i32(2)]=_4f;
var j_1:u32=u32(0);
for(;;)
{
if(j_1<u32(4))
{
}
else
{
break;
}
var joint_0:u32=u32(4)*(((((splat_3.joints_0)>>((u32(8)*j_1))))&(u32(255))));
var _50:vec4<f32>=vec4<f32>(splat_3.weights_0[j_1]);
rows_0[i32(0)]=rows_0[i32(0)]+ _50*_Joints_0[joint_0];
rows_0[i32(1)]=rows_0[i32(1)]+ _50*_Joints_0[joint_0 + u32(1)];
rows_0[i32(2)]=rows_0[i32(2)]+ _50*_Joints_0[joint_0 + u32(2)];
j_1=j_1 + u32(1);
}
var rest_0:vec4<f32>=vec4<f32>(mean_3,1.0f);
var l_1:mat3x3<f32>=mat3x3<f32>(rows_0[i32(0)].xyz,rows_0[i32(1)].xyz,rows_0[i32(2)].xyz);
var spread_1:mat3x3<f32>=(((MatrixOf_0(turn_5))*(l_1)));
spread_1[i32(0)]=spread_1[i32(0)]*scale_1;
spread_1[i32(1)]=spread_1[i32(1)]*scale_1;
spread_1[i32(2)]=spread_1[i32(2)]*scale_1;
Write_0(i_4,vec3<f32>(dot(rows_0[i32(0)],rest_0),dot(rows_0[i32(1)],rest_0),dot(rows_0[i32(2)],rest_0)),spread_1,PolarTurn_0(l_1),splat_3.colour_0 + look_2.colour_1 + change_5.colour_2,look_2.opacity_1);
return;
}
`;

export const view = `
@binding(1) @group(0) var<storage, read> _Posed_0 : array<vec4<u32>>;
@binding(2)@group(0)var<storage,read>_Harmonics_0:array<u32>;
@binding(3)@group(0)var<storage,read_write>_Views_0:array<vec4<u32>>;
@binding(4)@group(0)var<storage,read_write>_Keys_0:array<u32>;
@binding(5)@group(0)var<storage,read_write>_Order_0:array<u32>;
struct GlobalParams_std140_0
{
@align(16)_Gaussians_0:u32,
@align(4)_First_0:u32,
@align(8)_AllGaussians_0:u32,
@align(4)_Eyes_0:u32,
@align(16)_Degree_0:u32,
@align(4)_Orthographic_0:u32,
@align(16)_ToCamera_0:array<vec4<f32>,i32(6)>,
@align(16)_Lens_0:array<vec4<f32>,i32(2)>,
@align(16)_Picture_0:array<vec4<f32>,i32(2)>,
@align(16)_Range_0:vec4<f32>,
@align(16)_Tint_0:vec4<f32>,
};
@binding(0)@group(0)var<uniform>globalParams_0:GlobalParams_std140_0;
fn SmallestThree_0(bits_0:u32)->vec4<f32>
{
var three_0:vec3<f32>=(vec3<f32>(f32((bits_0&(u32(1023)))),f32((((bits_0>>(u32(10))))&(u32(1023)))),f32((((bits_0>>(u32(20))))&(u32(1023)))))- vec3<f32>(511.0f))*vec3<f32>(0.0013837706f);
var largest_0:f32=sqrt(max(1.0f - dot(three_0,three_0),0.0f));
var place_0:u32=(bits_0>>(u32(30)));
if(place_0==u32(0))
{
return vec4<f32>(largest_0,three_0);
}
if(place_0==u32(1))
{
return vec4<f32>(three_0.x,largest_0,three_0.yz);
}
if(place_0==u32(2))
{
return vec4<f32>(three_0.xy,largest_0,three_0.z);
}
return vec4<f32>(three_0,largest_0);
}
struct Posed_0
{
mean_0:vec3<f32>,
diagonal_0:vec3<f32>,
beside_0:vec3<f32>,
turn_0:vec4<f32>,
degree0_0:vec3<f32>,
opacity_0:f32,
};
fn Unpack_0(i_0:u32)->Posed_0
{
var _0:u32=u32(3)*i_0;
var a_0:vec4<u32>=_Posed_0[_0];
var b_0:vec4<u32>=_Posed_0[_0 + u32(1)];
var c_0:vec4<u32>=_Posed_0[_0 + u32(2)];
var posed_0:Posed_0;
posed_0.mean_0=(bitcast<vec3<f32>>((a_0.xyz)));
posed_0.diagonal_0=vec3<f32>((bitcast<f32>((a_0.w))),(bitcast<f32>((b_0.z))),(bitcast<f32>((c_0.x))));
posed_0.beside_0=vec3<f32>((bitcast<f32>((b_0.x))),(bitcast<f32>((b_0.y))),(bitcast<f32>((b_0.w))));
posed_0.turn_0=SmallestThree_0(c_0.y);
var _1:u32=c_0.z;
var _2:u32=c_0.w;
posed_0.degree0_0=vec3<f32>((unpack2x16float(((_1&(u32(65535))))).x),(unpack2x16float(((_1>>(u32(16))))).x),(unpack2x16float(((_2&(u32(65535))))).x));
posed_0.opacity_0=f32((_2>>(u32(16))))/65535.0f;
return posed_0;
}
fn TimesCovariance_0(posed_1:Posed_0,v_0:vec3<f32>)->vec3<f32>
{
var _3:f32=v_0.x;
var _4:f32=posed_1.beside_0.x;
var _5:f32=v_0.y;
var _6:f32=posed_1.beside_0.y;
var _7:f32=v_0.z;
var _8:f32=posed_1.beside_0.z;
return vec3<f32>(posed_1.diagonal_0.x*_3 + _4*_5 + _6*_7,_4*_3 + posed_1.diagonal_0.y*_5 + _8*_7,_6*_3 + _8*_5 + posed_1.diagonal_0.z*_7);
}
struct Footprint_0
{
centre_0:vec2<f32>,
depth_0:f32,
covariance_0:vec3<f32>,
seen_0:bool,
};
fn Project_0(posed_2:Posed_0,eye_0:u32,p_0:vec3<f32>)->Footprint_0
{
var size_0:vec2<f32>=globalParams_0._Picture_0[eye_0].xy;
var _9:f32=globalParams_0._Lens_0[eye_0].x;
var _a:vec3<f32>=vec3<f32>(_9,0.0f,0.0f);
var _b:f32=globalParams_0._Lens_0[eye_0].y;
var _c:vec3<f32>=vec3<f32>(0.0f,_b,0.0f);
var print_0:Footprint_0;
var _d:f32=p_0.z;
print_0.depth_0=globalParams_0._Picture_0[eye_0].z + globalParams_0._Picture_0[eye_0].w*_d;
var _e:vec2<f32>=p_0.xy;
var _f:vec2<f32>=globalParams_0._Lens_0[eye_0].xy;
var _10:vec2<f32>=globalParams_0._Lens_0[eye_0].zw;
print_0.centre_0=_e*_f + _10;
var across_0:vec3<f32>;
var along_0:vec3<f32>;
if((globalParams_0._Orthographic_0)==u32(0))
{
var margin_0:vec2<f32>=vec2<f32>(0.15f)*size_0;
var _11:vec2<f32>=vec2<f32>(_d);
var ray_0:vec2<f32>=clamp(_e/_11,(vec2<f32>(0)- _10 + margin_0)/_f,(size_0 - _10 + margin_0)/_f);
var _12:vec3<f32>=vec3<f32>(_d);
var _13:vec3<f32>=vec3<f32>(_9,0.0f,- _9*ray_0.x)/_12;
var _14:vec3<f32>=vec3<f32>(0.0f,_b,- _b*ray_0.y)/_12;
print_0.depth_0=globalParams_0._Picture_0[eye_0].z + globalParams_0._Picture_0[eye_0].w/_d;
print_0.centre_0=_e/_11*_f + _10;
across_0=_13;
along_0=_14;
}
else
{
across_0=_a;
along_0=_c;
}
var _15:u32=u32(3)*eye_0;
var forward_0:vec3<f32>=globalParams_0._ToCamera_0[_15 + u32(2)].xyz;
var across_1:vec3<f32>=vec3<f32>(across_0.x)*globalParams_0._ToCamera_0[_15].xyz + vec3<f32>(across_0.z)*forward_0;
var along_1:vec3<f32>=vec3<f32>(along_0.y)*globalParams_0._ToCamera_0[_15 + u32(1)].xyz + vec3<f32>(along_0.z)*forward_0;
var spread_0:vec3<f32>=TimesCovariance_0(posed_2,across_1);
var _16:f32=dot(across_1,spread_0)+ 0.3f;
var _17:f32=dot(along_1,spread_0);
var _18:f32=dot(along_1,TimesCovariance_0(posed_2,along_1))+ 0.3f;
print_0.covariance_0=vec3<f32>(_16,_17,_18);
var determinant_0:f32=_16*_18 - _17*_17;
var reach_0:vec2<f32>=vec2<f32>(min(3.33f,sqrt(2.0f*log(max(posed_2.opacity_0/0.003921569f,1.0f)))))*sqrt(max(vec2<f32>(_16,_18),vec2<f32>(0.0f)));
var _19:bool;
if(_d>=(globalParams_0._Range_0.x))
{
_19=_d<=(globalParams_0._Range_0.y);
}
else
{
_19=false;
}
if(_19)
{
_19=(posed_2.opacity_0)>0.003921569f;
}
else
{
_19=false;
}
if(_19)
{
_19=determinant_0>0.0f;
}
else
{
_19=false;
}
if(_19)
{
_19=(all(((print_0.centre_0 + reach_0)>vec2<f32>(0.0f))));
}
else
{
_19=false;
}
if(_19)
{
_19=(all(((print_0.centre_0 - reach_0)<size_0)));
}
else
{
_19=false;
}
print_0.seen_0=_19;
return print_0;
}
fn HarmonicWords_0(degree_0:u32)->u32
{
var _1a:u32=degree_0 + u32(1);
return(u32(3)*(_1a*_1a - u32(1))+ u32(1))/u32(2);
}
fn Direction_0(eye_1:u32,mean_1:vec3<f32>)->vec3<f32>
{
var _1b:u32=u32(3)*eye_1;
var right_0:vec4<f32>=globalParams_0._ToCamera_0[_1b];
var down_0:vec4<f32>=globalParams_0._ToCamera_0[_1b + u32(1)];
var forward_1:vec4<f32>=globalParams_0._ToCamera_0[_1b + u32(2)];
var _1c:vec3<f32>=globalParams_0._ToCamera_0[_1b].xyz;
var _1d:vec3<f32>=globalParams_0._ToCamera_0[_1b + u32(1)].xyz;
var ray_1:vec3<f32>=cross(_1c,_1d);
var _1e:vec3<f32>=globalParams_0._ToCamera_0[_1b + u32(2)].xyz;
var volume_0:f32=dot(ray_1,_1e);
if((globalParams_0._Orthographic_0)!=u32(0))
{
return normalize(ray_1/vec3<f32>(volume_0));
}
return normalize(mean_1 +(vec3<f32>(right_0.w)*cross(_1d,_1e)+ vec3<f32>(down_0.w)*cross(_1e,_1c)+ vec3<f32>(forward_1.w)*ray_1)/vec3<f32>(volume_0));
}
fn TurnedBack_0(turn_1:vec4<f32>,v_1:vec3<f32>)->vec3<f32>
{
var axis_0:vec3<f32>=(vec3<f32>(0)- turn_1.yzw);
var twice_0:vec3<f32>=vec3<f32>(2.0f)*cross(axis_0,v_1);
return v_1 + vec3<f32>(turn_1.x)*twice_0 + cross(axis_0,twice_0);
}
fn TwoTriples_0(word_0:u32,first_0:f32,second_0:f32)->vec3<f32>
{
var a_1:u32=_Harmonics_0[word_0];
var b_1:u32=_Harmonics_0[word_0 + u32(1)];
var c_1:u32=_Harmonics_0[word_0 + u32(2)];
return vec3<f32>(first_0)*vec3<f32>((unpack2x16float(((a_1&(u32(65535))))).x),(unpack2x16float(((a_1>>(u32(16))))).x),(unpack2x16float(((b_1&(u32(65535))))).x))+ vec3<f32>(second_0)*vec3<f32>((unpack2x16float(((b_1>>(u32(16))))).x),(unpack2x16float(((c_1&(u32(65535))))).x),(unpack2x16float(((c_1>>(u32(16))))).x));
}
fn LastTriple_0(word_1:u32,basis_0:f32)->vec3<f32>
{
var a_2:u32=_Harmonics_0[word_1];
return vec3<f32>(basis_0)*vec3<f32>((unpack2x16float(((a_2&(u32(65535))))).x),(unpack2x16float(((a_2>>(u32(16))))).x),(unpack2x16float(((_Harmonics_0[word_1 + u32(1)]&(u32(65535))))).x));
}
fn HarmonicColour_0(word_2:u32,degree_1:u32,d_0:vec3<f32>)->vec3<f32>
{
var _1f:f32=d_0.y;
var _20:f32=d_0.z;
var _21:f32=d_0.x;
var _22:f32=-0.48860252f*_21;
var colour_0:vec3<f32>=TwoTriples_0(word_2,-0.48860252f*_1f,0.48860252f*_20);
if(degree_1==u32(1))
{
return colour_0 + LastTriple_0(word_2 + u32(3),_22);
}
var zz_0:f32=_20*_20;
var cos2_0:f32=_21*_21 - _1f*_1f;
var sin2_0:f32=2.0f*_21*_1f;
var _23:f32=-1.0925485f*_20;
var colour_1:vec3<f32>=colour_0 + TwoTriples_0(word_2 + u32(3),_22,0.54627424f*sin2_0)+ TwoTriples_0(word_2 + u32(6),_23*_1f,0.9461747f*zz_0 - 0.31539157f)+ TwoTriples_0(word_2 + u32(9),_23*_21,0.54627424f*cos2_0);
if(degree_1==u32(2))
{
return colour_1;
}
var inner_0:f32=0.4570458f - 2.285229f*zz_0;
var _24:f32=1.4453057f*_20;
return colour_1 + TwoTriples_0(word_2 + u32(12),-0.5900436f*(_21*sin2_0 + _1f*cos2_0),_24*sin2_0)+ TwoTriples_0(word_2 + u32(15),inner_0*_1f,_20*(1.8658817f*zz_0 - 1.119529f))+ TwoTriples_0(word_2 + u32(18),inner_0*_21,_24*cos2_0)+ LastTriple_0(word_2 + u32(21),-0.5900436f*(_21*cos2_0 - _1f*sin2_0));
}
fn LinearFromDisplay_0(display_0:vec3<f32>)->vec3<f32>
{
var curve_0:vec3<f32>=pow(max((display_0 + vec3<f32>(0.055f))/vec3<f32>(1.055f),vec3<f32>(0.0f)),vec3<f32>(2.4f));
var straight_0:vec3<f32>=display_0/vec3<f32>(12.92f);
var _25:f32;
if((display_0.x)<=0.04045f)
{
_25=straight_0.x;
}
else
{
_25=curve_0.x;
}
var _26:f32;
if((display_0.y)<=0.04045f)
{
_26=straight_0.y;
}
else
{
_26=curve_0.y;
}
var _27:f32;
if((display_0.z)<=0.04045f)
{
_27=straight_0.z;
}
else
{
_27=curve_0.z;
}
return vec3<f32>(_25,_26,_27);
}
fn DisplayFromLinear_0(light_0:vec3<f32>)->vec3<f32>
{
var curve_1:vec3<f32>=vec3<f32>(1.055f)*pow(max(light_0,vec3<f32>(0.0f)),vec3<f32>(0.41666666f))- vec3<f32>(0.055f);
var straight_1:vec3<f32>=light_0*vec3<f32>(12.92f);
var _28:f32;
if((light_0.x)<=0.0031308f)
{
_28=straight_1.x;
}
else
{
_28=curve_1.x;
}
var _29:f32;
if((light_0.y)<=0.0031308f)
{
_29=straight_1.y;
}
else
{
_29=curve_1.y;
}
var _2a:f32;
if((light_0.z)<=0.0031308f)
{
_2a=straight_1.z;
}
else
{
_2a=curve_1.z;
}
return vec3<f32>(_28,_29,_2a);
}
fn Colour_0(posed_3:Posed_0,eye_2:u32,i_1:u32)->vec3<f32>
{
var colour_2:vec3<f32>=vec3<f32>(0.5f)+ vec3<f32>(0.2820948f)*posed_3.degree0_0;
var colour_3:vec3<f32>;
if((globalParams_0._Degree_0)>u32(0))
{
colour_3=colour_2 + HarmonicColour_0(i_1*HarmonicWords_0(globalParams_0._Degree_0),globalParams_0._Degree_0,TurnedBack_0(posed_3.turn_0,Direction_0(eye_2,posed_3.mean_0)));
}
else
{
colour_3=colour_2;
}
var colour_4:vec3<f32>=max(colour_3,vec3<f32>(0.0f));
if((any(((globalParams_0._Tint_0.xyz)!=vec3<f32>(1.0f)))))
{
colour_3=DisplayFromLinear_0(LinearFromDisplay_0(colour_4)*globalParams_0._Tint_0.xyz);
}
else
{
colour_3=colour_4;
}
return colour_3;
}
fn Halves_0(low_0:f32,high_0:f32)->u32
{
return((pack2x16float(vec2f((low_0),0.0)))|((((pack2x16float(vec2f((high_0),0.0)))<<(u32(16))))));
}
@compute
@workgroup_size(256,1,1)
fn View(@builtin(global_invocation_id)thread_0:vec3<u32>)
{
var i_2:u32=thread_0.x;
if(i_2>=(globalParams_0._Gaussians_0))
{
return;
}
var _2b:Posed_0=Unpack_0(i_2);
var at_0:u32=globalParams_0._First_0 + i_2;
var seen_1:bool=false;
var eye_3:u32=u32(0);
var depth_1:f32=0.0f;
for(;;)
{
if(eye_3<(globalParams_0._Eyes_0))
{
}
else
{
break;
}
var mean_2:vec4<f32>=vec4<f32>(_2b.mean_0,1.0f);
var _2c:u32=u32(3)*eye_3;
var _2d:f32=dot(globalParams_0._ToCamera_0[_2c + u32(2)],mean_2);
var print_1:Footprint_0=Project_0(_2b,eye_3,vec3<f32>(dot(globalParams_0._ToCamera_0[_2c],mean_2),dot(globalParams_0._ToCamera_0[_2c + u32(1)],mean_2),_2d));
var _2e:vec4<f32>=vec4<f32>(0.0f);
var colour_5:vec4<f32>;
if(print_1.seen_0)
{
colour_5=vec4<f32>(Colour_0(_2b,eye_3,i_2),_2b.opacity_0);
}
else
{
colour_5=_2e;
}
var slot_0:u32=u32(2)*(eye_3*globalParams_0._AllGaussians_0 + at_0);
_Views_0[slot_0]=(bitcast<vec4<u32>>((vec4<f32>(print_1.centre_0,print_1.depth_0,print_1.covariance_0.x))));
_Views_0[slot_0 + u32(1)]=vec4<u32>((bitcast<u32>((print_1.covariance_0.y))),(bitcast<u32>((print_1.covariance_0.z))),Halves_0(colour_5.x,colour_5.y),Halves_0(colour_5.z,colour_5.w));
var depth_2:f32=depth_1 + _2d/f32(globalParams_0._Eyes_0);
if(seen_1)
{
seen_1=true;
}
else
{
seen_1=print_1.seen_0;
}
eye_3=eye_3 + u32(1);
depth_1=depth_2;
}
var nearness_0:f32=saturate((globalParams_0._Range_0.w - depth_1)/max(globalParams_0._Range_0.w - globalParams_0._Range_0.z,1.0e-06f));
if(seen_1)
{
eye_3=u32(65534.0f*nearness_0 + 0.5f);
}
else
{
eye_3=u32(65535);
}
_Keys_0[at_0]=eye_3;
_Order_0[at_0]=at_0;
return;
}
`;

export const sortCount = `
@binding(1) @group(0) var<storage, read> _KeysIn_0 : array<u32>;
@binding(5)@group(0)var<storage,read_write>_Counts_0:array<u32>;
struct GlobalParams_std140_0
{
@align(16)_AllGaussians_0:u32,
@align(4)_Groups_0:u32,
@align(8)U_Shift_0:u32,
};
@binding(0)@group(0)var<uniform>globalParams_0:GlobalParams_std140_0;
var<workgroup>g_counts_0:array<u32,i32(2056)>;
fn CounterOf_0(digit_0:u32,thread_0:u32)->u32
{
return((digit_0>>(u32(1))))*u32(257)+ thread_0;
}
fn HalfOf_0(digit_1:u32)->u32
{
return u32(16)*((digit_1&(u32(1))));
}
fn CountDigits_0(thread_1:u32,first_0:u32)
{
var word_0:u32=u32(0);
for(;;)
{
if(word_0<u32(8))
{
}
else
{
break;
}
g_counts_0[word_0*u32(257)+ thread_1]=u32(0);
word_0=word_0 + u32(1);
}
var k_0:u32=u32(0);
for(;;)
{
if(k_0<u32(4))
{
}
else
{
break;
}
var at_0:u32=first_0 + thread_1*u32(4)+ k_0;
if(at_0<(globalParams_0._AllGaussians_0))
{
var digit_2:u32=(((_KeysIn_0[at_0]>>((globalParams_0.U_Shift_0))))&(u32(15)));
g_counts_0[CounterOf_0(digit_2,thread_1)]=g_counts_0[CounterOf_0(digit_2,thread_1)]+((u32(1)<<((HalfOf_0(digit_2)))));
}
k_0=k_0 + u32(1);
}
return;
}
var<workgroup>g_before_0:array<u32,i32(256)>;
fn SumRows_0(thread_2:u32)->u32
{
workgroupBarrier();
var _0:u32=((thread_2&(u32(7))))*u32(257)+((thread_2&(u32(4294967288))));
var k_1:u32=u32(0);
var sum_0:u32=u32(0);
for(;;)
{
if(k_1<u32(8))
{
}
else
{
break;
}
var count_0:u32=g_counts_0[_0 + k_1];
g_counts_0[_0 + k_1]=sum_0;
var sum_1:u32=sum_0 + count_0;
k_1=k_1 + u32(1);
sum_0=sum_1;
}
g_before_0[thread_2]=sum_0;
workgroupBarrier();
var back_0:u32=u32(8);
var upTo_0:u32=sum_0;
for(;;)
{
if(back_0<u32(256))
{
}
else
{
break;
}
var earlier_0:u32;
if(thread_2>=back_0)
{
earlier_0=g_before_0[thread_2 - back_0];
}
else
{
earlier_0=u32(0);
}
workgroupBarrier();
var upTo_1:u32=upTo_0 + earlier_0;
g_before_0[thread_2]=upTo_1;
workgroupBarrier();
back_0=(back_0<<(u32(1)));
upTo_0=upTo_1;
}
g_before_0[thread_2]=upTo_0 - sum_0;
return upTo_0;
}
@compute
@workgroup_size(256,1,1)
fn SortCount(@builtin(local_invocation_id)place_0:vec3<u32>,@builtin(workgroup_id)group_0:vec3<u32>)
{
var thread_3:u32=place_0.x;
var _1:u32=group_0.x;
CountDigits_0(thread_3,_1*u32(1024));
var upTo_2:u32=SumRows_0(thread_3);
if(thread_3>=u32(248))
{
var digit_3:u32=u32(2)*(thread_3 - u32(248));
_Counts_0[digit_3*globalParams_0._Groups_0 + _1]=(upTo_2&(u32(65535)));
_Counts_0[(digit_3 + u32(1))*globalParams_0._Groups_0 + _1]=(upTo_2>>(u32(16)));
}
return;
}
`;

export const sortScan = `
@binding(5) @group(0) var<storage, read_write> _Counts_0 : array<u32>;
struct GlobalParams_std140_0
{
@align(16)_AllGaussians_0:u32,
@align(4)_Groups_0:u32,
@align(8)U_Shift_0:u32,
};
@binding(0)@group(0)var<uniform>globalParams_0:GlobalParams_std140_0;
var<workgroup>g_before_0:array<u32,i32(256)>;
@compute
@workgroup_size(256,1,1)
fn SortScan(@builtin(local_invocation_id)place_0:vec3<u32>,@builtin(workgroup_id)group_0:vec3<u32>)
{
var back_0:u32;
var earlier_0:u32;
var thread_0:u32=place_0.x;
var _0:u32=group_0.x;
var _1:u32=_0*globalParams_0._Groups_0;
var first_0:u32=u32(0);
var carried_0:u32=u32(0);
for(;;)
{
if(first_0<(globalParams_0._Groups_0))
{
}
else
{
break;
}
var counts_0:array<u32,i32(4)>;
var k_0:u32=u32(0);
var sum_0:u32=u32(0);
for(;;)
{
if(k_0<u32(4))
{
}
else
{
break;
}
var at_0:u32=first_0 + thread_0*u32(4)+ k_0;
if(at_0<(globalParams_0._Groups_0))
{
back_0=_Counts_0[_1 + at_0];
}
else
{
back_0=u32(0);
}
counts_0[k_0]=back_0;
var sum_1:u32=sum_0 + back_0;
k_0=k_0 + u32(1);
sum_0=sum_1;
}
g_before_0[thread_0]=sum_0;
workgroupBarrier();
back_0=u32(1);
var upTo_0:u32=sum_0;
for(;;)
{
if(back_0<u32(256))
{
}
else
{
break;
}
if(thread_0>=back_0)
{
earlier_0=g_before_0[thread_0 - back_0];
}
else
{
earlier_0=u32(0);
}
workgroupBarrier();
var upTo_1:u32=upTo_0 + earlier_0;
g_before_0[thread_0]=upTo_1;
workgroupBarrier();
back_0=(back_0<<(u32(1)));
upTo_0=upTo_1;
}
var _2:u32=carried_0 + upTo_0 - sum_0;
earlier_0=u32(0);
var before_0:u32=_2;
for(;;)
{
if(earlier_0<u32(4))
{
}
else
{
break;
}
var at_1:u32=first_0 + thread_0*u32(4)+ earlier_0;
if(at_1<(globalParams_0._Groups_0))
{
_Counts_0[_1 + at_1]=before_0;
}
var before_1:u32=before_0 + counts_0[earlier_0];
earlier_0=earlier_0 + u32(1);
before_0=before_1;
}
var carried_1:u32=carried_0 + g_before_0[i32(255)];
workgroupBarrier();
first_0=first_0 + u32(1024);
carried_0=carried_1;
}
if(thread_0==u32(0))
{
_Counts_0[u32(16)*globalParams_0._Groups_0 + _0]=carried_0;
}
return;
}
`;

export const sortScatter = `
@binding(1) @group(0) var<storage, read> _KeysIn_0 : array<u32>;
@binding(5)@group(0)var<storage,read_write>_Counts_0:array<u32>;
@binding(3)@group(0)var<storage,read_write>_KeysOut_0:array<u32>;
@binding(4)@group(0)var<storage,read_write>_OrderOut_0:array<u32>;
@binding(2)@group(0)var<storage,read>_OrderIn_0:array<u32>;
struct GlobalParams_std140_0
{
@align(16)_AllGaussians_0:u32,
@align(4)_Groups_0:u32,
@align(8)U_Shift_0:u32,
};
@binding(0)@group(0)var<uniform>globalParams_0:GlobalParams_std140_0;
var<workgroup>g_counts_0:array<u32,i32(2056)>;
fn CounterOf_0(digit_0:u32,thread_0:u32)->u32
{
return((digit_0>>(u32(1))))*u32(257)+ thread_0;
}
fn HalfOf_0(digit_1:u32)->u32
{
return u32(16)*((digit_1&(u32(1))));
}
fn CountDigits_0(thread_1:u32,first_0:u32)
{
var word_0:u32=u32(0);
for(;;)
{
if(word_0<u32(8))
{
}
else
{
break;
}
g_counts_0[word_0*u32(257)+ thread_1]=u32(0);
word_0=word_0 + u32(1);
}
var k_0:u32=u32(0);
for(;;)
{
if(k_0<u32(4))
{
}
else
{
break;
}
var at_0:u32=first_0 + thread_1*u32(4)+ k_0;
if(at_0<(globalParams_0._AllGaussians_0))
{
var digit_2:u32=(((_KeysIn_0[at_0]>>((globalParams_0.U_Shift_0))))&(u32(15)));
g_counts_0[CounterOf_0(digit_2,thread_1)]=g_counts_0[CounterOf_0(digit_2,thread_1)]+((u32(1)<<((HalfOf_0(digit_2)))));
}
k_0=k_0 + u32(1);
}
return;
}
var<workgroup>g_starts_0:array<u32,i32(16)>;
var<workgroup>g_before_0:array<u32,i32(256)>;
fn SumRows_0(thread_2:u32)->u32
{
workgroupBarrier();
var _0:u32=((thread_2&(u32(7))))*u32(257)+((thread_2&(u32(4294967288))));
var k_1:u32=u32(0);
var sum_0:u32=u32(0);
for(;;)
{
if(k_1<u32(8))
{
}
else
{
break;
}
var count_0:u32=g_counts_0[_0 + k_1];
g_counts_0[_0 + k_1]=sum_0;
var sum_1:u32=sum_0 + count_0;
k_1=k_1 + u32(1);
sum_0=sum_1;
}
g_before_0[thread_2]=sum_0;
workgroupBarrier();
var back_0:u32=u32(8);
var upTo_0:u32=sum_0;
for(;;)
{
if(back_0<u32(256))
{
}
else
{
break;
}
var earlier_0:u32;
if(thread_2>=back_0)
{
earlier_0=g_before_0[thread_2 - back_0];
}
else
{
earlier_0=u32(0);
}
workgroupBarrier();
var upTo_1:u32=upTo_0 + earlier_0;
g_before_0[thread_2]=upTo_1;
workgroupBarrier();
back_0=(back_0<<(u32(1)));
upTo_0=upTo_1;
}
g_before_0[thread_2]=upTo_0 - sum_0;
return upTo_0;
}
@compute
@workgroup_size(256,1,1)
fn SortScatter(@builtin(local_invocation_id)place_0:vec3<u32>,@builtin(workgroup_id)group_0:vec3<u32>)
{
var thread_3:u32=place_0.x;
var _1:u32=group_0.x;
var first_1:u32=_1*u32(1024);
CountDigits_0(thread_3,first_1);
var k_2:u32;
if(thread_3<u32(16))
{
k_2=u32(0);
var start_0:u32=_Counts_0[thread_3*globalParams_0._Groups_0 + _1];
for(;;)
{
if(k_2<thread_3)
{
}
else
{
break;
}
var start_1:u32=start_0 + _Counts_0[u32(16)*globalParams_0._Groups_0 + k_2];
k_2=k_2 + u32(1);
start_0=start_1;
}
g_starts_0[thread_3]=start_0;
}
var _2:u32=SumRows_0(thread_3);
workgroupBarrier();
k_2=u32(0);
for(;;)
{
if(k_2<u32(4))
{
}
else
{
break;
}
var at_1:u32=first_1 + thread_3*u32(4)+ k_2;
if(at_1<(globalParams_0._AllGaussians_0))
{
var key_0:u32=_KeysIn_0[at_1];
var digit_3:u32=(((key_0>>((globalParams_0.U_Shift_0))))&(u32(15)));
var _3:u32=HalfOf_0(digit_3);
var rank_0:u32=((((g_counts_0[CounterOf_0(digit_3,thread_3)]+ g_before_0[((thread_3&(u32(4294967288))))+((digit_3>>(u32(1))))])>>(_3)))&(u32(65535)));
g_counts_0[CounterOf_0(digit_3,thread_3)]=g_counts_0[CounterOf_0(digit_3,thread_3)]+((u32(1)<<(_3)));
var to_0:u32=g_starts_0[digit_3]+ rank_0;
_KeysOut_0[to_0]=key_0;
_OrderOut_0[to_0]=_OrderIn_0[at_1];
}
k_2=k_2 + u32(1);
}
return;
}
`;

export const drawArguments = `
@binding(1) @group(0) var<storage, read> _Keys_0 : array<u32>;
@binding(2)@group(0)var<storage,read_write>_Arguments_0:array<u32>;
struct GlobalParams_std140_0
{
@align(16)_AllGaussians_0:u32,
@align(4)_Instances_0:u32,
};
@binding(0)@group(0)var<uniform>globalParams_0:GlobalParams_std140_0;
var<workgroup>g_least_0:u32;
fn IsSeen_0(at_0:u32)->bool
{
var _0:bool;
if(at_0<(globalParams_0._AllGaussians_0))
{
_0=_Keys_0[min(at_0,globalParams_0._AllGaussians_0 - u32(1))]!=u32(65535);
}
else
{
_0=false;
}
return _0;
}
@compute
@workgroup_size(256,1,1)
fn DrawArguments(@builtin(local_invocation_id)place_0:vec3<u32>)
{
var _1:u32=place_0.x;
var _2:bool=_1==u32(0);
if(_2)
{
g_least_0=u32(0);
}
workgroupBarrier();
var span_0:u32=globalParams_0._AllGaussians_0;
for(;;)
{
if(span_0>u32(0))
{
}
else
{
break;
}
var stride_0:u32=(span_0 + u32(256)- u32(1))/u32(256);
var at_1:u32=g_least_0 + _1*stride_0;
var last_0:bool;
if(IsSeen_0(at_1))
{
last_0=!IsSeen_0(at_1 + stride_0);
}
else
{
last_0=false;
}
workgroupBarrier();
if(last_0)
{
g_least_0=at_1 + u32(1);
}
workgroupBarrier();
span_0=stride_0 - u32(1);
}
if(_2)
{
_Arguments_0[i32(0)]=u32(6)*g_least_0;
_Arguments_0[i32(1)]=globalParams_0._Instances_0;
_Arguments_0[i32(2)]=u32(0);
_Arguments_0[i32(3)]=u32(0);
}
return;
}
`;

export const drawVertex = `
@binding(2) @group(0) var<storage, read> _Order_0 : array<u32>;
@binding(1)@group(0)var<storage,read>_Views_0:array<vec4<u32>>;
struct GlobalParams_std140_0
{
@align(16)_AllGaussians_0:u32,
@align(16)_ToTarget_0:array<vec4<f32>,i32(2)>,
};
@binding(0)@group(0)var<uniform>globalParams_0:GlobalParams_std140_0;
struct SplatCorner_0
{
@builtin(position)position_0:vec4<f32>,
@location(0)sigmas_0:vec2<f32>,
@interpolate(flat)@location(1)colour_0:vec4<f32>,
};
fn Corner_0(vertex_0:u32,eye_0:u32)->SplatCorner_0
{
var at_0:u32=u32(2)*(eye_0*globalParams_0._AllGaussians_0 + _Order_0[vertex_0/u32(6)]);
var a_0:vec4<u32>=_Views_0[at_0];
var b_0:vec4<u32>=_Views_0[at_0 + u32(1)];
var corner_0:SplatCorner_0;
var _0:u32=b_0.z;
var _1:u32=b_0.w;
var _2:f32=(unpack2x16float(((_1>>(u32(16))))).x);
corner_0.colour_0=vec4<f32>((unpack2x16float(((_0&(u32(65535))))).x),(unpack2x16float(((_0>>(u32(16))))).x),(unpack2x16float(((_1&(u32(65535))))).x),_2);
var _3:f32=min(3.33f,sqrt(2.0f*log(max(_2/0.003921569f,1.0f))));
var xx_0:f32=(bitcast<f32>((a_0.w)));
var xy_0:f32=(bitcast<f32>((b_0.x)));
var yy_0:f32=(bitcast<f32>((b_0.y)));
var half_difference_0:f32=0.5f*(xx_0 - yy_0);
var _4:f32=xy_0*xy_0;
var radius_0:f32=sqrt(half_difference_0*half_difference_0 + _4);
var _5:f32=max(0.5f*(xx_0 + yy_0)+ radius_0,0.3f);
var _6:f32=max((xx_0*yy_0 - _4)/_5,0.3f);
var axis_0:vec2<f32>;
if(half_difference_0>=0.0f)
{
axis_0=vec2<f32>(half_difference_0 + radius_0,xy_0);
}
else
{
axis_0=vec2<f32>(xy_0,radius_0 - half_difference_0);
}
if(radius_0>(1.0e-06f*_5))
{
axis_0=normalize(axis_0);
}
else
{
axis_0=vec2<f32>(1.0f,0.0f);
}
var c_0:u32=vertex_0%u32(6);
var number_0:u32;
if(c_0<u32(3))
{
number_0=c_0;
}
else
{
var _7:i32;
if(c_0==u32(3))
{
_7=i32(2);
}
else
{
if(c_0==u32(4))
{
_7=i32(1);
}
else
{
_7=i32(3);
}
}
number_0=u32(_7);
}
var _8:f32;
if(((number_0&(u32(1))))!=u32(0))
{
_8=1.0f;
}
else
{
_8=-1.0f;
}
var _9:f32;
if(((number_0&(u32(2))))!=u32(0))
{
_9=1.0f;
}
else
{
_9=-1.0f;
}
var _a:vec2<f32>=vec2<f32>(_3)*vec2<f32>(_8,_9);
corner_0.sigmas_0=_a;
corner_0.position_0=vec4<f32>(((bitcast<vec2<f32>>((a_0.xy)))+ vec2<f32>((_a.x*sqrt(_5)))*axis_0 + vec2<f32>((_a.y*sqrt(_6)))*vec2<f32>(- axis_0.y,axis_0.x))*globalParams_0._ToTarget_0[eye_0].xy + globalParams_0._ToTarget_0[eye_0].zw,(bitcast<f32>((a_0.z))),1.0f);
if((corner_0.colour_0.w)<=0.003921569f)
{
corner_0.position_0=vec4<f32>(2.0f,2.0f,2.0f,1.0f);
}
return corner_0;
}
@vertex
fn DrawVertex(@builtin(vertex_index)vertex_1:u32,@builtin(instance_index)eye_1:u32)->SplatCorner_0
{
return Corner_0(vertex_1,eye_1);
}
`;

export const drawFragment = `
fn Covered_0( sigmas_0 : vec2<f32>,  colour_0 : vec4<f32>) -> vec4<f32>
{
var squared_0:f32=dot(sigmas_0,sigmas_0);
var alpha_0:f32=colour_0.w*exp(-0.5f*squared_0);
var _0:bool;
if(alpha_0<0.003921569f)
{
_0=true;
}
else
{
_0=squared_0>11.0889f;
}
if(_0)
{
discard;
}
var _1:f32=min(alpha_0,0.999f);
return vec4<f32>(colour_0.xyz*vec3<f32>(_1),_1);
}
struct pixelOutput_0
{
@location(0)output_0:vec4<f32>,
};
struct pixelInput_0
{
@location(0)sigmas_1:vec2<f32>,
@interpolate(flat)@location(1)colour_1:vec4<f32>,
};
@fragment
fn DrawFragment(_2:pixelInput_0,@builtin(position)position_0:vec4<f32>)->pixelOutput_0
{
var _3:vec4<f32>=Covered_0(_2.sigmas_1,_2.colour_1);
var _4:pixelOutput_0=pixelOutput_0(_3);
return _4;
}
`;

export const compositeVertex = `
struct vertexOutput_0
{
@builtin(position)output_0:vec4<f32>,
};
@vertex
fn CompositeVertex(@builtin(vertex_index)vertex_0:u32)->vertexOutput_0
{
var _0:f32;
if(vertex_0==u32(1))
{
_0=3.0f;
}
else
{
_0=-1.0f;
}
var _1:f32;
if(vertex_0==u32(2))
{
_1=3.0f;
}
else
{
_1=-1.0f;
}
var _2:vertexOutput_0=vertexOutput_0(vec4<f32>(_0,_1,0.5f,1.0f));
return _2;
}
`;

export const compositeFragment = `
@binding(1) @group(0) var _Colour_0 : texture_2d<f32>;
struct GlobalParams_std140_0
{
@align(16)_LinearTarget_0:u32,
};
@binding(0)@group(0)var<uniform>globalParams_0:GlobalParams_std140_0;
fn LinearFromDisplay_0(display_0:vec3<f32>)->vec3<f32>
{
var curve_0:vec3<f32>=pow(max((display_0 + vec3<f32>(0.055f))/vec3<f32>(1.055f),vec3<f32>(0.0f)),vec3<f32>(2.4f));
var straight_0:vec3<f32>=display_0/vec3<f32>(12.92f);
var _0:f32;
if((display_0.x)<=0.04045f)
{
_0=straight_0.x;
}
else
{
_0=curve_0.x;
}
var _1:f32;
if((display_0.y)<=0.04045f)
{
_1=straight_0.y;
}
else
{
_1=curve_0.y;
}
var _2:f32;
if((display_0.z)<=0.04045f)
{
_2=straight_0.z;
}
else
{
_2=curve_0.z;
}
return vec3<f32>(_0,_1,_2);
}
fn Composited_0(premultiplied_0:vec4<f32>)->vec4<f32>
{
var _3:bool;
if((globalParams_0._LinearTarget_0)==u32(0))
{
_3=true;
}
else
{
_3=(premultiplied_0.w)<=0.0f;
}
if(_3)
{
return premultiplied_0;
}
var _4:f32=premultiplied_0.w;
var _5:vec3<f32>=vec3<f32>(_4);
return vec4<f32>(LinearFromDisplay_0(premultiplied_0.xyz/_5)*_5,_4);
}
struct pixelOutput_0
{
@location(0)output_0:vec4<f32>,
};
@fragment
fn CompositeFragment(@builtin(position)position_0:vec4<f32>)->pixelOutput_0
{
var _6:vec3<i32>=vec3<i32>(vec2<i32>(position_0.xy),i32(0));
var _7:pixelOutput_0=pixelOutput_0(Composited_0((textureLoad((_Colour_0),((_6)).xy,((_6)).z))));
return _7;
}
`;

export const LAYOUTS = {
  detailCosines: {"entry": "DetailCosines", "bindings": {"_Group": 1, "_Cosines": 2, "_Detail": 3, "globalParams": 0}, "uniforms": {"_FirstCosine": 0, "_DetailStart": 4}, "uniformBytes": 16},
  detailParents: {"entry": "DetailParents", "bindings": {"_Parents": 1, "_Detail": 2, "globalParams": 0}, "uniforms": {"_FirstParents": 0, "_StageTracks": 4, "_Tracks": 8, "_Channels": 12, "_DetailStart": 16}, "uniformBytes": 32},
  deform: {"entry": "Deform", "bindings": {"_Splats": 1, "_NextLooks": 3, "_Looks": 2, "_Detail": 6, "_Joints": 4, "_Correctives": 7, "_Nodes": 5, "_Posed": 8, "globalParams": 0}, "uniforms": {"_LookCount": 0, "_NextLookCount": 4, "_LevelShare": 8, "_Gaussians": 12, "_Tracks": 16, "_Channels": 20, "_Sources": 24, "_FrameShares": 32, "_SourceShares": 48, "_Shapes": 64, "_ShapeGaussians": 68, "_ShapeWeights": 80}, "uniformBytes": 336},
  view: {"entry": "View", "bindings": {"_Posed": 1, "_Harmonics": 2, "_Views": 3, "_Keys": 4, "_Order": 5, "globalParams": 0}, "uniforms": {"_Gaussians": 0, "_First": 4, "_AllGaussians": 8, "_Eyes": 12, "_Degree": 16, "_Orthographic": 20, "_ToCamera": 32, "_Lens": 128, "_Picture": 160, "_Range": 192, "_Tint": 208}, "uniformBytes": 224},
  sortCount: {"entry": "SortCount", "bindings": {"_KeysIn": 1, "_Counts": 5, "globalParams": 0}, "uniforms": {"_AllGaussians": 0, "_Groups": 4, "_Shift": 8}, "uniformBytes": 16},
  sortScan: {"entry": "SortScan", "bindings": {"_Counts": 5, "globalParams": 0}, "uniforms": {"_AllGaussians": 0, "_Groups": 4, "_Shift": 8}, "uniformBytes": 16},
  sortScatter: {"entry": "SortScatter", "bindings": {"_KeysIn": 1, "_Counts": 5, "_KeysOut": 3, "_OrderOut": 4, "_OrderIn": 2, "globalParams": 0}, "uniforms": {"_AllGaussians": 0, "_Groups": 4, "_Shift": 8}, "uniformBytes": 16},
  drawArguments: {"entry": "DrawArguments", "bindings": {"_Keys": 1, "_Arguments": 2, "globalParams": 0}, "uniforms": {"_AllGaussians": 0, "_Instances": 4}, "uniformBytes": 16},
  drawVertex: {"entry": "DrawVertex", "bindings": {"_Order": 2, "_Views": 1, "globalParams": 0}, "uniforms": {"_AllGaussians": 0, "_ToTarget": 16}, "uniformBytes": 48},
  drawFragment: {"entry": "DrawFragment", "bindings": {}, "uniforms": {}, "uniformBytes": 0},
  compositeVertex: {"entry": "CompositeVertex", "bindings": {}, "uniforms": {}, "uniformBytes": 0},
  compositeFragment: {"entry": "CompositeFragment", "bindings": {"_Colour": 1, "globalParams": 0}, "uniforms": {"_LinearTarget": 0}, "uniformBytes": 16},
} as const;
