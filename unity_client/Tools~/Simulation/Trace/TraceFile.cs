using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d.Simulation
{
    /// <summary>
    /// What went to the GPU, in order: trace.jsonl, an operation a line, and trace.bin, the bytes that were uploaded.
    /// </summary>
    internal sealed class TraceFile : IDisposable
    {
        private readonly StreamWriter _lines;
        private readonly FileStream _bytes;
        private readonly HashSet<int> _known = new HashSet<int>();

        /// <summary>Begins to write, into a folder.</summary>
        public TraceFile(string folder)
        {
            Directory.CreateDirectory(folder);
            _lines = new StreamWriter(Path.Combine(folder, "trace.jsonl"));
            _bytes = File.Create(Path.Combine(folder, "trace.bin"));
            GraphicsBuffer.Uploading = Upload;
            CommandBuffer.Executing = Execute;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            GraphicsBuffer.Uploading = null;
            CommandBuffer.Executing = null;
            _lines.Dispose();
            _bytes.Dispose();
        }

        private void Upload(GraphicsBuffer buffer, int to, int count)
        {
            Know(buffer);
            _lines.WriteLine($"{{\"op\": \"upload\", \"buffer\": {buffer.Number}, \"to\": {to}, \"at\": {_bytes.Position}, \"bytes\": {count}}}");
            _bytes.Write(buffer.Content, to, count);
        }

        private void Execute(Command command)
        {
            if (command.Kind == CommandKind.Target || command.Kind == CommandKind.Clear)
            {
                return;
            }
            foreach (var buffer in command.Buffers.Values)
            {
                Know(buffer);
            }
            var line = new StringBuilder("{");
            if (command.Kind == CommandKind.Dispatch)
            {
                line.Append($"\"op\": \"dispatch\", \"file\": \"{command.Shader.name}\", \"kernel\": \"{command.Name}\", ");
                line.Append($"\"groups\": [{command.X}, {command.Y}, 1]");
            }
            else
            {
                line.Append($"\"op\": \"draw\", \"pass\": {command.Pass}");
                if (command.Arguments != null)
                {
                    Know(command.Arguments);
                    line.Append($", \"arguments\": {command.Arguments.Number}");
                }
            }
            line.Append(", \"buffers\": {").Append(Joined(command.Buffers, buffer => buffer.Number.ToString()));
            line.Append("}, \"uniforms\": {");
            var uniforms = new[]
            {
                Joined(command.Numbers, number => number.ToString("R", CultureInfo.InvariantCulture)),
                Joined(command.Vectors, TextOf), Joined(command.Arrays, vectors => $"[{string.Join(", ", vectors.Select(TextOf))}]"),
            };
            line.Append(string.Join(", ", uniforms.Where(text => text.Length > 0))).Append("}}");
            _lines.WriteLine(line);
        }

        private void Know(GraphicsBuffer buffer)
        {
            if (_known.Add(buffer.Number))
            {
                _lines.WriteLine(
                    $"{{\"op\": \"buffer\", \"buffer\": {buffer.Number}, \"bytes\": {buffer.Content.Length}, \"name\": \"{buffer.name}\"}}");
            }
        }

        private static string Joined<T>(Dictionary<int, T> values, Func<T, string> text)
        {
            return string.Join(", ", values.Select(pair => $"\"{Shader.NameOf(pair.Key)}\": {text(pair.Value)}"));
        }

        private static string TextOf(Vector4 v)
        {
            var numbers = new[] { v.x, v.y, v.z, v.w }.Select(number => number.ToString("R", CultureInfo.InvariantCulture));
            return $"[{string.Join(", ", numbers)}]";
        }
    }
}
