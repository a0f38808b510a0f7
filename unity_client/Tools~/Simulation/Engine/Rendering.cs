// Cameras, textures, materials: what is asked of them.
using System;
using System.Collections.Generic;
using UnityEngine.Experimental.Rendering;
using UnityEngine.Rendering;

namespace UnityEngine
{
    public enum FilterMode
    {
        Point,
    }

    public enum TextureWrapMode
    {
        Clamp,
    }

    public enum ColorSpace
    {
        Gamma = 0, Linear = 1,
    }

    public enum MeshTopology
    {
        Triangles = 0,
    }

    [Flags]
    public enum CameraType
    {
        Game = 1, SceneView = 2, Preview = 4, VR = 8, Reflection = 16,
    }

    [Flags]
    public enum DepthTextureMode
    {
        None = 0, Depth = 1,
    }

    public static class QualitySettings
    {
        public static ColorSpace activeColorSpace { get; set; } = ColorSpace.Linear;
    }

    public static class SystemInfo
    {
        public static string graphicsDeviceName => "simulated";

        public static GraphicsDeviceType graphicsDeviceType => GraphicsDeviceType.Vulkan;

        public static bool supportsComputeShaders { get; set; } = true;

        public static bool supportsMultiview { get; set; }

        public static bool usesReversedZBuffer { get; set; } = true;

        public static bool graphicsUVStartsAtTop { get; set; } = true;

        public static int maxComputeBufferInputsVertex { get; set; } = 8;

        public static int maxComputeBufferInputsCompute { get; set; } = 8;
    }

    public class Texture : Object
    {
        public int width { get; protected set; }

        public int height { get; protected set; }

        public TextureDimension dimension { get; protected set; }

        public FilterMode filterMode { get; set; }

        public TextureWrapMode wrapMode { get; set; }
    }

    public struct RenderTextureDescriptor
    {
        public RenderTextureDescriptor(int width, int height)
            : this()
        {
            (this.width, this.height) = (width, height);
        }

        public int width { get; set; }

        public int height { get; set; }

        public int msaaSamples { get; set; }

        public int volumeDepth { get; set; }

        public int depthBufferBits { get; set; }

        public TextureDimension dimension { get; set; }

        public GraphicsFormat graphicsFormat { get; set; }
    }

    public class RenderTexture : Texture
    {
        public RenderTexture(RenderTextureDescriptor desc)
        {
            (width, height, dimension) = (desc.width, desc.height, desc.dimension);
            volumeDepth = desc.volumeDepth;
            DepthBits = desc.depthBufferBits;
            AliveCount++;
        }

        /// <summary>Textures that were made and not destroyed.</summary>
        public static int AliveCount { get; private set; }

        public int volumeDepth { get; }

        /// <summary>Of its depth buffer.</summary>
        public int DepthBits { get; }

        public void Release()
        {
        }

        protected override void BeforeDestroyed()
        {
            AliveCount--;
        }
    }

    public sealed class Shader : Object
    {
        private static readonly Dictionary<string, int> s_ids = new Dictionary<string, int>();
        private static readonly List<string> s_names = new List<string>();

        public bool isSupported { get; set; } = true;

        public static int PropertyToID(string name)
        {
            if (!s_ids.TryGetValue(name, out var id))
            {
                id = s_names.Count;
                s_ids.Add(name, id);
                s_names.Add(name);
            }
            return id;
        }

        /// <summary>The name of an id.</summary>
        public static string NameOf(int id)
        {
            return s_names[id];
        }
    }

    public class Material : Object
    {
        public Material(Shader shader)
        {
            AliveCount++;
        }

        // The engine's own.
        internal Material()
        {
        }

        /// <summary>Materials that were made and not destroyed.</summary>
        public static int AliveCount { get; private set; }

        /// <summary>Keywords that are on.</summary>
        public HashSet<string> Keywords { get; } = new HashSet<string>();

        public void EnableKeyword(string keyword)
        {
            Keywords.Add(keyword);
        }

        protected override void BeforeDestroyed()
        {
            AliveCount--;
        }
    }

    public sealed class MaterialPropertyBlock
    {
        /// <summary>Whole numbers by id.</summary>
        public Dictionary<int, int> Integers { get; } = new Dictionary<int, int>();

        /// <summary>Arrays by id, copied.</summary>
        public Dictionary<int, Vector4[]> Vectors { get; } = new Dictionary<int, Vector4[]>();

        /// <summary>Buffers by id.</summary>
        public Dictionary<int, GraphicsBuffer> Buffers { get; } = new Dictionary<int, GraphicsBuffer>();

        /// <summary>Textures by id.</summary>
        public Dictionary<int, Texture> Textures { get; } = new Dictionary<int, Texture>();

        public void SetInteger(int nameID, int value)
        {
            Integers[nameID] = value;
        }

        public void SetVectorArray(int nameID, Vector4[] values)
        {
            if (!Vectors.TryGetValue(nameID, out var held))
            {
                Vectors[nameID] = held = new Vector4[values.Length];
            }
            values.CopyTo(held, 0);
        }

        public void SetBuffer(int nameID, GraphicsBuffer value)
        {
            Buffers[nameID] = value;
        }

        public void SetTexture(int nameID, Texture value)
        {
            Textures[nameID] = value;
        }
    }

    public sealed class Camera : Behaviour
    {
        public delegate void CameraCallback(Camera cam);

        public enum StereoscopicEye
        {
            Left, Right,
        }

        public enum MonoOrStereoscopicEye
        {
            Left, Right, Mono,
        }

        private readonly List<CommandBuffer> _commands = new List<CommandBuffer>();

        public static CameraCallback onPreCull;

        public CameraType cameraType { get; set; } = CameraType.Game;

        public int cullingMask { get; set; } = -1;

        public float nearClipPlane { get; set; } = 0.3f;

        public float farClipPlane { get; set; } = 100;

        public int pixelWidth { get; set; } = 640;

        public int pixelHeight { get; set; } = 480;

        public int scaledPixelWidth => pixelWidth;

        public int scaledPixelHeight => pixelHeight;

        public bool stereoEnabled { get; set; }

        public MonoOrStereoscopicEye stereoActiveEye { get; set; } = MonoOrStereoscopicEye.Mono;

        public bool forceIntoRenderTexture { get; set; }

        public DepthTextureMode depthTextureMode { get; set; }

        public RenderTexture targetTexture { get; set; }

        public Matrix4x4 worldToCameraMatrix { get; set; } = Matrix4x4.identity;

        public Matrix4x4 projectionMatrix { get; set; } = Matrix4x4.identity;

        /// <summary>By how much the eyes of a headset are apart, metres.</summary>
        public float EyesApart { get; set; } = 0.064f;

        /// <summary>Command buffers of others that it executes.</summary>
        public IReadOnlyList<CommandBuffer> Commands => _commands;

        public Matrix4x4 GetStereoViewMatrix(StereoscopicEye eye)
        {
            var view = worldToCameraMatrix;
            view.m03 += (eye == StereoscopicEye.Left ? 0.5f : -0.5f) * EyesApart;
            return view;
        }

        public Matrix4x4 GetStereoProjectionMatrix(StereoscopicEye eye)
        {
            return projectionMatrix;
        }

        public void AddCommandBuffer(CameraEvent evt, CommandBuffer buffer)
        {
            _commands.Add(buffer);
        }

        public void RemoveCommandBuffer(CameraEvent evt, CommandBuffer buffer)
        {
            _commands.Remove(buffer);
        }

        /// <summary>Renders: what the built-in pipeline does with command buffers.</summary>
        public void Render()
        {
            onPreCull?.Invoke(this);
            foreach (var commands in _commands)
            {
                commands.Execute();
            }
        }
    }

    public static class Graphics
    {
        public static void ExecuteCommandBuffer(CommandBuffer buffer)
        {
            buffer.Execute();
        }
    }

    public static class LightProbes
    {
        /// <summary>The light of every place.</summary>
        public static Color Light { get; set; } = new Color(1, 1, 1, 1);

        public static void GetInterpolatedProbe(Vector3 position, Object renderer, out SphericalHarmonicsL2 probe)
        {
            probe = new SphericalHarmonicsL2 { Light = Light };
        }
    }
}

namespace UnityEngine.Experimental.Rendering
{
    public enum GraphicsFormat
    {
        R16G16B16A16_SFloat = 48,
    }
}

namespace UnityEngine.XR
{
    public static class XRSettings
    {
        public static RenderTextureDescriptor eyeTextureDesc { get; set; }
    }
}

namespace UnityEngine.Rendering
{
    public enum TextureDimension
    {
        Tex2D = 2, Tex2DArray = 5,
    }

    public enum GraphicsDeviceType
    {
        Vulkan = 21,
    }

    public enum CameraEvent
    {
        BeforeForwardAlpha = 27,
    }

    public enum BuiltinRenderTextureType
    {
        CameraTarget = 2,
    }

    public enum CubemapFace
    {
        Unknown = -1,
    }

    [Flags]
    public enum RTClearFlags
    {
        ColorDepth = 3,
    }

    public abstract class RenderPipelineAsset : ScriptableObject
    {
    }

    public static class GraphicsSettings
    {
        public static RenderPipelineAsset currentRenderPipeline { get; set; }
    }

    public struct SphericalHarmonicsL2
    {
        internal Color Light;

        public void Evaluate(Vector3[] directions, Color[] results)
        {
            for (var i = 0; i < results.Length; i++)
            {
                results[i] = Light;
            }
        }
    }

    public struct RenderTargetIdentifier
    {
        public RenderTargetIdentifier(
            RenderTargetIdentifier renderTargetIdentifier, int mipLevel, CubemapFace cubeFace, int depthSlice)
        {
            Texture = renderTargetIdentifier.Texture;
            Slice = depthSlice;
        }

        /// <summary>Null for the camera's own.</summary>
        public Texture Texture { get; private set; }

        /// <summary>-1 for all slices.</summary>
        public int Slice { get; private set; }

        public static implicit operator RenderTargetIdentifier(BuiltinRenderTextureType type)
        {
            return default;
        }

        public static implicit operator RenderTargetIdentifier(Texture tex)
        {
            return new RenderTargetIdentifier { Texture = tex };
        }
    }
}
