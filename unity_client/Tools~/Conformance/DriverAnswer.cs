using System;
using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>A vector of the driver: a section, a pose to begin with, and poses to follow.</summary>
    internal static class DriverAnswer
    {
        /// <summary>Writes displacements and rotations of all nodes after each step.</summary>
        public static void Write(JsonElement vector, Utf8JsonWriter json)
        {
            var skeleton = vector.Get("skeleton").Skeleton();
            var rest = vector.Get("node_rest_m").Vectors();
            var nodes = rest.Length;
            var section = new ArraySegment<byte>(vector.Get("section").GetBytesFromBase64());
            var driver = new NodeDriver(DriverReader.Read(section, nodes, skeleton.JointCount), skeleton, rest);
            driver.Reset(PoseOf(vector.Get("reset"), nodes));
            json.WriteStartObject();
            json.WriteStartArray("steps");
            foreach (var step in vector.Get("steps").EnumerateArray())
            {
                var frame = PoseOf(step, nodes);
                driver.Step(frame, step.Number("dt_s"));
                json.WriteStartObject();
                json.WriteVectors("displacements", frame.NodeDisplacementsM);
                json.WriteQuaternions("rotations", frame.NodeRotations);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }

        private static AvatarFrame PoseOf(JsonElement given, int nodes)
        {
            var rotations = given.Get("joint_rotations_wxyz").Quaternions();
            var frame = new AvatarFrame(rotations.Length, nodes);
            frame.RootTranslationM = given.Get("root_translation_m").Vectors()[0];
            rotations.CopyTo(frame.JointRotations, 0);
            return frame;
        }
    }
}
