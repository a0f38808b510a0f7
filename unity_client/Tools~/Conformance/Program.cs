// A runner of spec/vectors: conformance KIND FILE… prints one line of JSON for each file; README.md there has the protocol.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Ani3d.Conformance
{
    internal static class Program
    {
        private static readonly string[] Always = { "residual", "further", "exact", "driver-section", "lz4", "stdin" };
        private static readonly Dictionary<string, Action<byte[], Utf8JsonWriter>> Kinds =
            new Dictionary<string, Action<byte[], Utf8JsonWriter>>
            {
                { "packages", PackageReport.Write },
                { "golden", (bytes, json) => GoldenAnswer.Write(Parsed(bytes), json) },
                { "light", (bytes, json) => LightAnswer.Write(Parsed(bytes), json) },
                { "driver", (bytes, json) => DriverAnswer.Write(Parsed(bytes), json) },
                { "levels", (bytes, json) => LevelsAnswer.Write(Parsed(bytes), json) },
                { "playback", (bytes, json) => PlaybackAnswer.Write(Parsed(bytes), json) },
                { "blend", (bytes, json) => BlendAnswer.Write(Parsed(bytes), json) },
            };

        private static int Main(string[] arguments)
        {
            using (var output = Console.OpenStandardOutput())
            {
                if (arguments.Length == 1 && arguments[0] == "--features")
                {
                    Show(output, WriteFeatures);
                    return 0;
                }
                if (arguments.Length == 0 || !Kinds.TryGetValue(arguments[0], out var answer))
                {
                    Console.Error.WriteLine(
                        $"usage: conformance --features | {string.Join("|", Kinds.Keys)} FILE… | KIND -");
                    return 2;
                }
                var names = arguments.Skip(1);
                foreach (var name in names.SequenceEqual(new[] { "-" }) ? Lines() : names)
                {
                    var bytes = File.ReadAllBytes(name);
                    Show(output, json => answer(bytes, json));
                }
            }
            return 0;
        }

        private static void WriteFeatures(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("name", "unity");
            json.WriteString("version", typeof(Package).Assembly.GetName().Version.ToString(3));
            json.WriteStartArray("features");
            foreach (var feature in Kinds.Keys.Concat(Always))
            {
                json.WriteStringValue(feature);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }

        private static IEnumerable<string> Lines()
        {
            using (var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false)))
            {
                for (var line = input.ReadLine(); line != null; line = input.ReadLine())
                {
                    yield return line;
                }
            }
        }

        private static JsonElement Parsed(byte[] bytes)
        {
            return JsonDocument.Parse(bytes).RootElement;
        }

        private static void Show(Stream output, Action<Utf8JsonWriter> write)
        {
            var line = new MemoryStream();
            using (var json = new Utf8JsonWriter(line))
            {
                write(json);
            }
            line.WriteByte((byte)'\n');
            line.WriteTo(output);
            output.Flush();
        }
    }
}
