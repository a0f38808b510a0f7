using System;
using System.Linq;
using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>A stream of light frames: what each payload holds, or why it is refused.</summary>
    internal static class LightAnswer
    {
        /// <summary>Writes one answer for each payload.</summary>
        public static void Write(JsonElement vector, Utf8JsonWriter json)
        {
            var joints = vector.Get("joint_count").GetInt32();
            var parents = vector.Get("node_parents").EnumerateArray().Select(row => row.Integers()).ToArray();
            // The first nodes have none: their rows are empty, and nobody reads them.
            var rows = parents.SelectMany(row => row.Concat(new int[3]).Take(3)).ToArray();
            var decoder = new LightDecoder(joints, parents.Length, rows);
            var frame = new AvatarFrame(joints, parents.Length);
            json.WriteStartObject();
            json.WriteStartArray("frames");
            foreach (var payload in vector.Get("payloads").EnumerateArray())
            {
                json.WriteStartObject();
                try
                {
                    decoder.Decode(new ArraySegment<byte>(payload.GetBytesFromBase64()), frame);
                    Write(frame, json);
                }
                catch (RefusalException refusal)
                {
                    json.WriteString("refused", refusal.Code);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }

        private static void Write(AvatarFrame frame, Utf8JsonWriter json)
        {
            json.WriteNumbers("root_translation_m", Flat(frame.RootTranslationM));
            json.WriteNumbers("joint_rotations_wxyz", frame.JointRotations.SelectMany(Flat));
            json.WriteNumbers("node_displacements_m", frame.NodeDisplacementsM.SelectMany(Flat));
            json.WriteNumbers("node_rotations_wxyz", frame.NodeRotations.SelectMany(Flat));
        }

        private static double[] Flat(Vec3 v)
        {
            return new[] { v.X, v.Y, v.Z };
        }

        private static double[] Flat(Quat q)
        {
            return new[] { q.W, q.X, q.Y, q.Z };
        }
    }
}
