// What is drawn of avatars, in every render pipeline: passes carry no LightMode, and are called by their number (SplatPass.cs).
// Nothing of Unity's include files is used. Each eye of a headset is drawn by itself into its own slice, so that no pass depends
// on how the pipeline renders two eyes.
Shader "Hidden/ani3d/Splats"
{
    SubShader
    {
        Cull Off

        HLSLINCLUDE
        #pragma target 4.5
        #pragma multi_compile_local _ ANI3D_ARRAY
        #define ANI3D_OWN_STAGES

        uint _Ani3dEye;
        // -1, or the number of the last row where the target lies the other way up than our picture.
        int _Ani3dLastRow;

        #ifdef ANI3D_ARRAY
        #define ANI3D_TEXTURE(kind, name) Texture2DArray<kind> name;
        #define ANI3D_LOAD(name, pixel) name.Load(int4(pixel, _Ani3dEye, 0))
        #else
        #define ANI3D_TEXTURE(kind, name) Texture2D<kind> name;
        #define ANI3D_LOAD(name, pixel) name.Load(int3(pixel, 0))
        #endif

        int2 OtherWayUp(float4 position)
        {
            int2 pixel = int2(position.xy);
            return int2(pixel.x, _Ani3dLastRow < 0 ? pixel.y : _Ani3dLastRow - pixel.y);
        }

        float4 WholePicture(uint vertex : SV_VertexID) : SV_Position
        {
            return float4(vertex == 1 ? 3.0 : -1.0, vertex == 2 ? 3.0 : -1.0, 0.5, 1.0);
        }
        ENDHLSL

        Pass
        {
            Name "SceneDepth"
            ZTest Always
            ZWrite On
            ColorMask 0

            HLSLPROGRAM
            #pragma vertex WholePicture
            #pragma fragment SceneDepth

            ANI3D_TEXTURE(float, _CameraDepthTexture)

            float SceneDepth(float4 position : SV_Position) : SV_Depth
            {
                return ANI3D_LOAD(_CameraDepthTexture, int2(position.xy));
            }
            ENDHLSL
        }

        Pass
        {
            Name "Gaussians"
            ZTest LEqual
            ZWrite Off
            Blend One OneMinusSrcAlpha

            HLSLPROGRAM
            #pragma vertex GaussianCorner
            #pragma fragment GaussianPixel

            #include "Kernels/Draw.hlsl"

            SplatCorner GaussianCorner(uint vertex : SV_VertexID)
            {
                return Corner(vertex, _Ani3dEye);
            }

            float4 GaussianPixel(SplatCorner corner) : SV_Target
            {
                return Covered(corner.sigmas, corner.colour);
            }
            ENDHLSL
        }

        Pass
        {
            Name "SceneColour"
            ZTest Always
            ZWrite Off

            HLSLPROGRAM
            #pragma vertex WholePicture
            #pragma fragment SceneColour

            ANI3D_TEXTURE(float4, _Ani3dSource)

            float4 SceneColour(float4 position : SV_Position) : SV_Target
            {
                return ANI3D_LOAD(_Ani3dSource, OtherWayUp(position));
            }
            ENDHLSL
        }

        Pass
        {
            Name "Composite"
            ZTest Always
            ZWrite Off
            Blend One OneMinusSrcAlpha

            HLSLPROGRAM
            #pragma vertex WholePicture
            #pragma fragment Composite

            ANI3D_TEXTURE(float4, _Ani3dDrawn)
            #include "Kernels/Composite.hlsl"

            float4 Composite(float4 position : SV_Position) : SV_Target
            {
                return Composited(ANI3D_LOAD(_Ani3dDrawn, OtherWayUp(position)));
            }
            ENDHLSL
        }

        Pass
        {
            Name "CompositeOverScene"
            ZTest Always
            ZWrite Off

            HLSLPROGRAM
            #pragma vertex WholePicture
            #pragma fragment CompositeScene

            ANI3D_TEXTURE(float4, _Ani3dDrawn)
            ANI3D_TEXTURE(float4, _Ani3dScene)
            #include "Kernels/Composite.hlsl"

            float4 CompositeScene(float4 position : SV_Position) : SV_Target
            {
                int2 pixel = OtherWayUp(position);
                return CompositedOver(ANI3D_LOAD(_Ani3dDrawn, pixel), ANI3D_LOAD(_Ani3dScene, pixel));
            }
            ENDHLSL
        }
    }
}
