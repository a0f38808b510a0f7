// Plays a package in the simulated engine, and writes down all that went to the GPU: shaders/checks/unity_replay.py runs it.
using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading;
using UnityEngine;
using Debug = UnityEngine.Debug;

namespace Ani3d.Simulation
{
    internal static class Program
    {
        // A machine may be busy with other things.
        private const double PatienceS = 120;

        // PACKAGE OUTPUT SHADERS WIDTH HEIGHT CLIP SECONDS, then 16 numbers of the view matrix and 16 of the projection, and
        // where each avatar stands: x y z, degrees about the up axis, scale.
        private static int Main(string[] arguments)
        {
            var package = File.ReadAllBytes(arguments[0]);
            int width = int.Parse(arguments[3]), height = int.Parse(arguments[4]);
            var numbers = arguments.Skip(6).Select(text => float.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            QualitySettings.activeColorSpace = ColorSpace.Gamma;
            AvatarDrawing.Settings.Budget = 0;
            LoadShaders(arguments[2]);
            var camera = new Camera
            {
                pixelWidth = width,
                pixelHeight = height,
                nearClipPlane = 0.01f,
                farClipPlane = 1000,
                worldToCameraMatrix = MatrixOf(numbers, 1),
                projectionMatrix = MatrixOf(numbers, 17),
            };
            using (var trace = new TraceFile(arguments[1]))
            {
                for (var at = 33; at < numbers.Length; at += 5)
                {
                    var avatar = new GameObject("avatar " + at).AddComponent<GaussianAvatar>();
                    avatar.transform.localPosition = new Vector3(numbers[at], numbers[at + 1], numbers[at + 2]);
                    avatar.transform.localRotation = Quaternion.AngleAxis(numbers[at + 3], Vector3.up);
                    avatar.transform.localScale = new Vector3(numbers[at + 4], numbers[at + 4], numbers[at + 4]);
                    Play(avatar, package, arguments[5], numbers[0], camera);
                }
            }
            TellCosts(camera);
            return 0;
        }

        // Memory by buffers, and what frames of a moving avatar cost; the stand-ins' own work is counted too.
        private static void TellCosts(Camera camera)
        {
            foreach (var kind in GraphicsBuffer.Alive.GroupBy(buffer => buffer.name ?? "arguments").OrderBy(kind => kind.Key))
            {
                Console.WriteLine($"{kind.Key}: {kind.Sum(buffer => (long)buffer.Content.Length):N0} bytes in {kind.Count()}");
            }
            foreach (var avatar in UnityEngine.Program.All<GaussianAvatar>())
            {
                avatar.Time = 0;
                avatar.Speed = 1;
                avatar.Loop = AvatarLoop.Always;
            }
            const int frames = 600;
            var times = new double[frames];
            for (var frame = -frames; frame < frames; frame++)
            {
                if (frame == 0)
                {
                    GraphicsBuffer.UploadedBytes = 0;
                }
                var clock = Stopwatch.StartNew();
                UnityEngine.Program.Frame(1f / 60, camera);
                times[Math.Max(frame, 0)] = clock.Elapsed.TotalMilliseconds;
                // Decoding is on a thread of its own.
                Thread.Sleep(1);
            }
            Array.Sort(times);
            Console.WriteLine(
                $"{times[frames / 2]:F3} ms of CPU a frame, median of {frames}; "
                + $"{GraphicsBuffer.UploadedBytes / (frames / 60.0) / 1e6:F2} MB/s to the GPU at 60 frames a second");
        }

        private static void Play(GaussianAvatar avatar, byte[] package, string clip, double seconds, Camera camera)
        {
            avatar.Level = int.MaxValue;
            avatar.Root = AvatarRoot.World;
            avatar.Load(package, "package");
            avatar.Play(clip, 0);
            Wait(camera, () => avatar.State == AvatarState.Ready);
            avatar.Speed = 0;
            // By way of another time, so that slots of detail are used again.
            foreach (var time in new[] { seconds / 2, seconds })
            {
                avatar.Time = time;
                UnityEngine.Program.Frame(0, camera);
                Wait(camera, () => !avatar.Player.IsWaiting && Math.Abs(avatar.Player.TimeS - time) < 1e-6);
            }
        }

        private static void Wait(Camera camera, Func<bool> holds)
        {
            for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < PatienceS;)
            {
                UnityEngine.Program.Frame(0, camera);
                if (Debug.Logged.Count > 0)
                {
                    throw new InvalidOperationException(Debug.Logged[0]);
                }
                if (holds())
                {
                    return;
                }
                Thread.Sleep(1);
            }
            throw new TimeoutException("the package does not get ready");
        }

        private static Matrix4x4 MatrixOf(float[] numbers, int from)
        {
            var matrix = default(Matrix4x4);
            for (var k = 0; k < 16; k++)
            {
                matrix[k / 4, k % 4] = numbers[from + k];
            }
            return matrix;
        }

        private static void LoadShaders(string folder)
        {
            var set = ScriptableObject.CreateInstance<ShaderSet>();
            foreach (var field in typeof(ShaderSet).GetFields(BindingFlags.Instance | BindingFlags.NonPublic))
            {
                if (field.FieldType == typeof(Shader))
                {
                    field.SetValue(set, new Shader());
                }
                else if (field.FieldType == typeof(ComputeShader))
                {
                    var file = char.ToUpperInvariant(field.Name[0]) + field.Name.Substring(1) + ".compute";
                    field.SetValue(set, new ComputeShader(Path.Combine(folder, file)));
                }
            }
        }
    }
}
