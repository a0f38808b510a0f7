// UnityEngine: textures, meshes, materials, text. ALL unless said.
using System;
using Unity.Collections;
using UnityEngine.Rendering;

namespace UnityEngine
{
    public class Texture : Object
    {
        public extern int width { get; set; }
        public extern int height { get; set; }
        public extern TextureDimension dimension { get; set; }
        public extern FilterMode filterMode { get; set; }
        public extern TextureWrapMode wrapMode { get; set; }
    }

    public enum FilterMode
    {
        Point, Bilinear, Trilinear,
    }

    public enum TextureWrapMode
    {
        Repeat, Clamp, Mirror, MirrorOnce,
    }

    public enum TextureFormat
    {
        Alpha8 = 1, RGB24 = 3, RGBA32 = 4, ARGB32 = 5, RGBAHalf = 17, RGBAFloat = 20,
    }

    public enum ColorSpace
    {
        Uninitialized = -1, Gamma = 0, Linear = 1,
    }

    public sealed class Texture2D : Texture
    {
        public extern Texture2D(int width, int height);
        public extern Texture2D(int width, int height, TextureFormat textureFormat, bool mipChain);
        public extern Texture2D(int width, int height, TextureFormat textureFormat, bool mipChain, bool linear);
        public static extern Texture2D whiteTexture { get; }
        public static extern Texture2D blackTexture { get; }
        public extern void SetPixels32(Color32[] colors);
        public extern void Apply();
        public extern void Apply(bool updateMipmaps, bool makeNoLongerReadable);
    }

    // In com.unity.modules.imageconversion.
    public static class ImageConversion
    {
        public static extern bool LoadImage(this Texture2D tex, byte[] data);
        public static extern bool LoadImage(this Texture2D tex, byte[] data, bool markNonReadable);
    }

    public enum RenderTextureFormat
    {
        ARGB32 = 0, Depth = 1, ARGBHalf = 2, ARGBFloat = 11,
    }

    public enum RenderTextureReadWrite
    {
        Default, Linear, sRGB,
    }

    public enum VRTextureUsage
    {
        None, OneEye, TwoEyes, DeviceSpecific,
    }

    public struct RenderTextureDescriptor
    {
        public extern RenderTextureDescriptor(int width, int height);
        public extern int width { get; set; }
        public extern int height { get; set; }
        public extern int msaaSamples { get; set; }
        public extern int volumeDepth { get; set; }
        public extern int depthBufferBits { get; set; }
        public extern TextureDimension dimension { get; set; }
        public extern UnityEngine.Experimental.Rendering.GraphicsFormat graphicsFormat { get; set; }
        public extern RenderTextureFormat colorFormat { get; set; }
        public extern VRTextureUsage vrUsage { get; set; }
        public extern bool useDynamicScale { get; set; }
        public extern bool sRGB { get; set; }
        public extern bool enableRandomWrite { get; set; }
    }

    public class RenderTexture : Texture
    {
        public extern RenderTexture(RenderTextureDescriptor desc);
        public extern RenderTexture(int width, int height, int depth, RenderTextureFormat format);
        public extern RenderTextureDescriptor descriptor { get; set; }
        public extern int antiAliasing { get; set; }
        public extern int volumeDepth { get; set; }
        public extern bool Create();
        public extern void Release();
        public extern bool IsCreated();
        public static extern RenderTexture GetTemporary(RenderTextureDescriptor desc);
        public static extern void ReleaseTemporary(RenderTexture temp);
    }

    public sealed class Shader : Object
    {
        public extern bool isSupported { get; }
        public static extern Shader Find(string name);
        public static extern int PropertyToID(string name);
        public static extern void SetGlobalTexture(int nameID, Texture value);
    }

    public class Material : Object
    {
        public extern Material(Shader shader);
        public extern Material(Material source);
        public extern Shader shader { get; set; }
        public extern int passCount { get; }
        public extern int renderQueue { get; set; }
        public extern bool enableInstancing { get; set; }
        public extern bool HasProperty(int nameID);
        public extern int FindPass(string passName);
        public extern void SetInt(int nameID, int value);
        public extern void SetInteger(int nameID, int value);
        public extern void SetFloat(int nameID, float value);
        public extern void SetVector(int nameID, Vector4 value);
        public extern void SetColor(int nameID, Color value);
        public extern void SetTexture(int nameID, Texture value);
        public extern void SetBuffer(int nameID, GraphicsBuffer value);
        public extern void SetBuffer(int nameID, ComputeBuffer value);
        public extern void EnableKeyword(string keyword);
        public extern void DisableKeyword(string keyword);
    }

    public sealed class MaterialPropertyBlock
    {
        public extern MaterialPropertyBlock();
        public extern void Clear();
        public extern void SetInteger(int nameID, int value);
        public extern void SetFloat(int nameID, float value);
        public extern void SetVector(int nameID, Vector4 value);
        public extern void SetVectorArray(int nameID, Vector4[] values);
        public extern void SetColor(int nameID, Color value);
        public extern void SetTexture(int nameID, Texture value);
        public extern void SetBuffer(int nameID, GraphicsBuffer value);
        public extern void SetBuffer(int nameID, ComputeBuffer value);
    }

    public enum MeshTopology
    {
        Triangles = 0, Quads = 2, Lines = 3, LineStrip = 4, Points = 5,
    }

    public sealed class Mesh : Object
    {
        public extern Mesh();
        public extern Vector3[] vertices { get; set; }
        public extern Vector3[] normals { get; set; }
        public extern int[] triangles { get; set; }
        public extern Bounds bounds { get; set; }
        public extern void MarkDynamic();
        public extern void RecalculateBounds();
        public extern void RecalculateNormals();
        public extern void SetVertices(Vector3[] inVertices);
        public extern void SetTriangles(int[] triangles, int submesh);
    }

    public class TextAsset : Object
    {
        public extern TextAsset();
        public extern TextAsset(string text);
#if UNITY_6000_0_OR_NEWER
        public extern TextAsset(ReadOnlySpan<byte> bytes);
#endif
        public extern byte[] bytes { get; }
        public extern string text { get; }
        public extern long dataSize { get; }
        public extern NativeArray<T> GetData<T>() where T : struct;
    }
}
