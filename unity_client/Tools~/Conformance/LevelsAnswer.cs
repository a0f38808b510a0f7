using System.Linq;
using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>Gaussians as they are drawn at levels of detail.</summary>
    internal static class LevelsAnswer
    {
        private const double Quarter = 0.25;

        /// <summary>Writes what a vector asks for.</summary>
        public static void Write(JsonElement vector, Utf8JsonWriter json)
        {
            var cloud = CloudOf(vector.Get("stored"));
            var sizes = vector.Get("level_sizes").Integers();
            var given = vector.Get("appearances").EnumerateArray().ToArray();
            var looks = sizes.Select((_, k) => k < given.Length && given[k].ValueKind == JsonValueKind.Object
                ? LookOf(given[k]) : LevelAppearance.Unfitted(cloud, sizes.Take(k + 1).Sum(), cloud.Count)).ToArray();
            json.WriteStartObject();
            json.WriteStartArray("shown");
            foreach (var shown in vector.Get("shown").EnumerateArray())
            {
                var level = shown.Get("level").GetInt32();
                var look = shown.TryGetProperty("share", out var share)
                    ? LevelAppearance.Between(looks[level], looks[level + 1], share.GetDouble()) : looks[level];
                var drawn = look.Applied(cloud);
                json.WriteStartObject();
                json.WriteVectors("means_m", Vec3.Rows(drawn.MeansM));
                json.WriteVectors("scales_m", Vec3.Rows(drawn.ScalesM));
                json.WriteNumbers("opacities", drawn.Opacities.Select(value => (double)value));
                json.WriteVectors("base_colours", BaseColours(drawn));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }

        /// <summary>
        /// Writes all levels of a package but the last, and a quarter of the way from each to the next.
        /// </summary>
        public static void WriteReport(SplatCloud splats, LevelAppearance[] looks, Utf8JsonWriter json)
        {
            json.WriteStartArray("levels");
            for (var level = 0; level + 1 < looks.Length; level++)
            {
                json.WriteStartObject();
                WriteDrawn(json, "shown", looks[level].Applied(splats));
                WriteDrawn(
                    json, "quarter", LevelAppearance.Between(looks[level], looks[level + 1], Quarter).Applied(splats));
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }

        private static void WriteDrawn(Utf8JsonWriter json, string name, SplatCloud drawn)
        {
            json.WriteStartObject(name);
            FloatDigest.Write(json, "means_m", drawn.MeansM);
            FloatDigest.Write(json, "scales_m", drawn.ScalesM);
            FloatDigest.Write(json, "opacities", drawn.Opacities);
            FloatDigest.Write(json, "base_colours", BaseColours(drawn));
            json.WriteEndObject();
        }

        private static Vec3[] BaseColours(SplatCloud cloud)
        {
            return Enumerable.Range(0, cloud.Count).Select(i => Vec3.Row(cloud.Sh, i * cloud.HarmonicCount)).ToArray();
        }

        private static SplatCloud CloudOf(JsonElement stored)
        {
            var means = stored.Get("means_m").Floats();
            var cloud = new SplatCloud(means.Length / 3, 0);
            means.CopyTo(cloud.MeansM, 0);
            stored.Get("scales_m").Floats().CopyTo(cloud.ScalesM, 0);
            stored.Get("opacities").Floats().CopyTo(cloud.Opacities, 0);
            stored.Get("base_colours").Floats().CopyTo(cloud.Sh, 0);
            return cloud;
        }

        private static LevelAppearance LookOf(JsonElement given)
        {
            return LevelAppearance.Of(
                given.Get("displacements_m").Floats(), given.Get("log_scale_changes").Floats(), given.Get("opacities").Floats(),
                given.Get("colour_changes").Floats());
        }
    }
}
