// Buffers and compute shaders, strict: what Unity or a driver would refuse or leave undefined throws.
using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;

namespace UnityEngine
{
    public sealed class GraphicsBuffer : IDisposable
    {
        [Flags]
        public enum Target
        {
            Structured = 16, IndirectArguments = 256,
        }

        private static readonly HashSet<GraphicsBuffer> s_alive = new HashSet<GraphicsBuffer>();
        private static int s_made;
        private bool _isLost;

        public GraphicsBuffer(Target target, int count, int stride)
        {
            if (count <= 0 || stride <= 0 || stride % 4 != 0)
            {
                throw new ArgumentException($"a buffer of {count} elements of {stride} bytes");
            }
            (this.count, this.stride) = (count, stride);
            Content = new byte[(long)count * stride];
            Number = ++s_made;
            s_alive.Add(this);
        }

        /// <summary>Buffers that were made and not released.</summary>
        public static IReadOnlyCollection<GraphicsBuffer> Alive => s_alive;

        /// <summary>Bytes that went to the GPU.</summary>
        public static long UploadedBytes { get; set; }

        /// <summary>Bytes on the GPU.</summary>
        public static long AliveBytes
        {
            get
            {
                long sum = 0;
                foreach (var buffer in s_alive)
                {
                    sum += buffer.Content.Length;
                }
                return sum;
            }
        }

        /// <summary>Called when bytes have gone to the GPU: which buffer, from where in it, and how many.</summary>
        public static Action<GraphicsBuffer, int, int> Uploading { get; set; }

        public int count { get; }

        public int stride { get; }

        public string name { get; set; }

        /// <summary>What is in it; kernels do not run, so it is what was uploaded.</summary>
        public byte[] Content { get; }

        /// <summary>Which one it is, in order of making.</summary>
        public int Number { get; }

        /// <summary>Whether anything was uploaded or a kernel wrote into it.</summary>
        public bool IsWritten { get; set; }

        /// <summary>What a lost device does to every buffer.</summary>
        public static void LoseAll()
        {
            foreach (var buffer in s_alive)
            {
                buffer._isLost = true;
            }
        }

        public bool IsValid()
        {
            return !_isLost && s_alive.Contains(this);
        }

        public void SetData(Array data, int managedBufferStartIndex, int graphicsBufferStartIndex, int count)
        {
            if (!IsValid())
            {
                throw new ObjectDisposedException(name);
            }
            var size = Buffer.ByteLength(data) / data.Length;
            if (managedBufferStartIndex < 0 || count < 0 || managedBufferStartIndex + count > data.Length)
            {
                throw new ArgumentOutOfRangeException(nameof(count), count, $"{name}: of {data.Length}");
            }
            // A start counts elements of the data.
            var to = (long)graphicsBufferStartIndex * size;
            if (to < 0 || to + (long)count * size > Content.Length)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(count), count, $"{name}: {count} elements from {graphicsBufferStartIndex} in {Content.Length} bytes");
            }
            Buffer.BlockCopy(data, managedBufferStartIndex * size, Content, (int)to, count * size);
            UploadedBytes += (long)count * size;
            Uploading?.Invoke(this, (int)to, count * size);
            IsWritten = true;
        }

        public void Dispose()
        {
            s_alive.Remove(this);
        }
    }

    /// <summary>One buffer that a kernel declares.</summary>
    public readonly struct DeclaredBuffer
    {
        public DeclaredBuffer(int id, string name, int stride, bool isWritten)
        {
            (Id, Name, Stride, IsWritten) = (id, name, stride, isWritten);
        }

        public int Id { get; }

        public string Name { get; }

        public int Stride { get; }

        public bool IsWritten { get; }
    }

    /// <summary>A compute shader that knows what the real one declares: it reads the .compute file.</summary>
    public sealed class ComputeShader : Object
    {
        private static readonly Regex s_kernel = new Regex(@"^#pragma kernel (\w+)", RegexOptions.Multiline);
        private static readonly Regex s_include = new Regex("^#include \"([^\"]+)\"", RegexOptions.Multiline);
        private static readonly Regex s_buffer = new Regex(
            @"^(RW)?StructuredBuffer<(\w+)> (_\w+);", RegexOptions.Multiline);

        private static readonly Regex s_uniform = new Regex(
            @"^(?:uint|int|float|float4) (_\w+(?:\[\w+\])?(?:, _\w+)*);", RegexOptions.Multiline);

        private readonly List<string> _kernels = new List<string>();

        public ComputeShader(string path)
        {
            name = Path.GetFileNameWithoutExtension(path);
            foreach (Match match in s_kernel.Matches(File.ReadAllText(path)))
            {
                _kernels.Add(match.Groups[1].Value);
            }
            var text = Whole(path, new HashSet<string>());
            foreach (Match match in s_buffer.Matches(text))
            {
                var id = Shader.PropertyToID(match.Groups[3].Value);
                var stride = match.Groups[2].Value.EndsWith("4", StringComparison.Ordinal) ? 16 : 4;
                Buffers.Add(new DeclaredBuffer(id, match.Groups[3].Value, stride, match.Groups[1].Length > 0));
            }
            foreach (Match match in s_uniform.Matches(text))
            {
                foreach (Match each in Regex.Matches(match.Groups[1].Value, @"_\w+"))
                {
                    Uniforms.Add(Shader.PropertyToID(each.Value));
                }
            }
        }

        /// <summary>Whether this device runs it.</summary>
        public bool IsSupportedHere { get; set; } = true;

        /// <summary>Buffers of its text; a kernel of a file with several may use some of them.</summary>
        public List<DeclaredBuffer> Buffers { get; } = new List<DeclaredBuffer>();

        /// <summary>Uniforms of its text.</summary>
        public List<int> Uniforms { get; } = new List<int>();

        public bool HasKernel(string kernel)
        {
            return _kernels.Contains(kernel);
        }

        public int FindKernel(string kernel)
        {
            return _kernels.IndexOf(kernel);
        }

        public bool IsSupported(int kernelIndex)
        {
            return IsSupportedHere;
        }

        /// <summary>The name of a kernel.</summary>
        public string KernelName(int kernelIndex)
        {
            return _kernels[kernelIndex];
        }

        private static string Whole(string path, HashSet<string> seen)
        {
            if (!seen.Add(Path.GetFullPath(path)))
            {
                return string.Empty;
            }
            return s_include.Replace(
                File.ReadAllText(path),
                match => Whole(Path.Combine(Path.GetDirectoryName(path), match.Groups[1].Value), seen));
        }
    }
}
