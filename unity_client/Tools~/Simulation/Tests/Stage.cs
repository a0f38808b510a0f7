using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading;
using NUnit.Framework;
using UnityEngine;
using UnityEngine.Rendering;
using Debug = UnityEngine.Debug;

namespace Ani3d.Tests
{
    /// <summary>A simulated program with a camera, and avatars of one package of spec/vectors.</summary>
    internal sealed class Stage : IDisposable
    {
        /// <summary>Its package: 700 Gaussians in five levels, harmonics of degree 2, 9 nodes, the clips walk and start.</summary>
        public const string PackageName = "nodes-sh2-two-clips";

        /// <summary>Where the package's shaders are.</summary>
        public const string ShadersVariable = "ANI3D_SHADERS";

        // A machine may be busy with other things.
        private const double PatienceS = 60;
        private readonly byte[] _bytes;

        /// <summary>Creates a stage, from a clean slate.</summary>
        public Stage(string package = PackageName)
            : this(Vectors.Package("valid", package))
        {
        }

        /// <summary>Creates a stage for a package.</summary>
        public Stage(byte[] package)
        {
            _bytes = package;
            Debug.Logged.Clear();
            CommandBuffer.Executed.Clear();
            CommandBuffer.Keeps = false;
            Application.isPlaying = true;
            QualitySettings.activeColorSpace = ColorSpace.Linear;
            AvatarDrawing.Settings.Budget = 1_000_000;
            AvatarDrawing.Settings.Quality = 1;
            AvatarDrawing.Settings.MixAsDisplayed = true;
            Shaders = LoadedShaders();
            Camera = NewCamera();
        }

        /// <summary>The shaders of the package, which the simulation reads for what they declare.</summary>
        public ShaderSet Shaders { get; }

        /// <summary>Three metres in front of the first avatar, at the height of its chest.</summary>
        public Camera Camera { get; }

        /// <summary>What was executed since it was last asked for: kernels and draws.</summary>
        public string[] Executed()
        {
            var names = CommandBuffer.Executed
                .Where(command => command.Kind != CommandKind.Target && command.Kind != CommandKind.Clear)
                .Select(command => command.Name).ToArray();
            CommandBuffer.Executed.Clear();
            return names;
        }

        /// <summary>A camera of the scene.</summary>
        public static Camera NewCamera()
        {
            // Looks along -z of the engine's view space at what stands at the origin.
            return new Camera
            {
                worldToCameraMatrix = new Matrix4x4
                {
                    m00 = -1, m11 = 1, m13 = -1, m22 = -1, m23 = -3, m33 = 1,
                },
                projectionMatrix = new Matrix4x4 { m00 = 1.8f, m11 = 2.4f, m22 = -1.006f, m23 = -0.6018f, m32 = -1 },
            };
        }

        /// <summary>An avatar that plays, loaded.</summary>
        public GaussianAvatar Avatar(string name = "avatar")
        {
            var avatar = new GameObject(name).AddComponent<GaussianAvatar>();
            avatar.Load(_bytes);
            Wait(() => avatar.State != AvatarState.Loading);
            return avatar;
        }

        /// <summary>Shows frames until something holds; decoding goes on in the background.</summary>
        public void Wait(Func<bool> holds)
        {
            for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < PatienceS && !holds();)
            {
                Program.Frame(0, Camera);
                Thread.Sleep(1);
            }
            Assert.That(holds(), Is.True, $"it does not come about within {PatienceS} s");
        }

        /// <summary>Shows frames of a sixtieth of a second, none of them before it is decoded.</summary>
        public void Run(int frames, GaussianAvatar avatar)
        {
            for (var frame = 0; frame < frames; frame++)
            {
                Program.Frame(1f / 60, Camera);
                for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < PatienceS && avatar.Player != null
                    && avatar.Player.IsWaiting;)
                {
                    Thread.Sleep(1);
                    Program.Frame(0, Camera);
                }
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Program.DestroyAll();
            CommandBuffer.Keeps = false;
            CommandBuffer.Executed.Clear();
        }

        private static ShaderSet LoadedShaders()
        {
            var folder = Environment.GetEnvironmentVariable(ShadersVariable);
            if (folder == null)
            {
                Assert.Ignore($"{ShadersVariable} does not say where the package's shaders are");
            }
            var set = ScriptableObject.CreateInstance<ShaderSet>();
            foreach (var field in typeof(ShaderSet).GetFields(BindingFlags.Instance | BindingFlags.NonPublic))
            {
                if (field.FieldType == typeof(ComputeShader))
                {
                    var file = char.ToUpperInvariant(field.Name[0]) + field.Name.Substring(1) + ".compute";
                    field.SetValue(set, new ComputeShader(Path.Combine(folder, file)));
                }
                else if (field.FieldType == typeof(Shader))
                {
                    field.SetValue(set, new Shader());
                }
            }
            return set;
        }
    }
}
