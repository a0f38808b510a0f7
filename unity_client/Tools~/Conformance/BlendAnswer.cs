using System.Linq;
using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>A vector of a blend: clips, when they are shown, and layers.</summary>
    internal static class BlendAnswer
    {
        /// <summary>Writes frames, steps, and the shares of layers.</summary>
        public static void Write(JsonElement vector, Utf8JsonWriter json)
        {
            var rootJoint = vector.Get("root_joint_m").Vectors()[0];
            var clips = vector.Get("clips").EnumerateObject()
                .ToDictionary(clip => clip.Name, clip => PlaybackAnswer.ClipOf(clip.Value, rootJoint));
            var blend = new Blend(rootJoint);
            foreach (var play in vector.Get("plays").EnumerateArray())
            {
                blend.Add(
                    clips[play.Get("clip").GetString()], play.Number("at_s"), play.Number("start_s"), play.Number("rate"),
                    play.Number("fade_s"));
            }
            var layers = vector.Get("overlays").EnumerateArray()
                .Select(overlay => LayerOf(overlay, vector, clips[overlay.Get("clip").GetString()])).ToArray();
            foreach (var layer in layers)
            {
                blend.Add(layer);
            }
            json.WriteStartObject();
            PlaybackAnswer.WriteFrames(json, vector, blend.FrameAt);
            PlaybackAnswer.WriteSteps(json, vector, blend.StepBetween);
            json.WriteStartArray("shares");
            foreach (var layer in layers)
            {
                json.WriteStartObject();
                json.WriteNumbers("nodes", layer.Mask.Nodes);
                json.WriteNumbers("gaussians", layer.Mask.Gaussians);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }

        private static Layer LayerOf(JsonElement overlay, JsonElement vector, ClipTimeline clip)
        {
            var layer = new Layer(
                clip, MaskOf(overlay.Get("mask"), vector), overlay.Number("at_s"), overlay.Number("start_s"), overlay.Number("rate"),
                overlay.Number("fade_s"));
            layer.Weight = overlay.Number("weight");
            layer.EndS = overlay.Get("end_s").ValueKind == JsonValueKind.Null ? (double?)null : overlay.Number("end_s");
            layer.FadeOutS = overlay.Number("fade_out_s");
            return layer;
        }

        private static JointMask MaskOf(JsonElement mask, JsonElement vector)
        {
            var joints = vector.Get("joint_names").EnumerateArray()
                .Select(name => mask.TryGetProperty(name.GetString(), out var weight) ? weight.GetDouble() : 0)
                .ToArray();
            JsonElement binding = vector.Get("binding"), nodes = vector.Get("nodes");
            var sizes = vector.Get("level_sizes").Integers();
            var ends = sizes.Select((_, k) => sizes.Take(k + 1).Sum()).ToArray();
            return new JointMask(
                joints, binding.Get("joints").Integers().Select(joint => (byte)joint).ToArray(), binding.Get("weights").Floats(),
                nodes.Get("count").GetInt32(), nodes.Get("indices").Integers(), nodes.Get("weights").Floats(), ends);
        }
    }
}
