using System.Linq;
using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>
    /// What the C# reader makes of a package: the fields of spec/vectors/README.md, or the code of a refusal.
    /// </summary>
    internal static class PackageReport
    {
        /// <summary>Writes the report of a package, or its refusal.</summary>
        public static void Write(byte[] bytes, Utf8JsonWriter json)
        {
            var report = new System.IO.MemoryStream();
            using (var inner = new Utf8JsonWriter(report))
            {
                try
                {
                    using (var package = Package.Open(bytes))
                    {
                        Write(package, inner);
                    }
                }
                catch (RefusalException refusal)
                {
                    json.WriteStartObject();
                    json.WriteString("refused", refusal.Code);
                    json.WriteEndObject();
                    inner.Reset();
                    return;
                }
            }
            json.WriteRawValue(report.ToArray(), true);
        }

        private static void Write(Package package, Utf8JsonWriter json)
        {
            // In the order of checks of SPEC-container.md.
            var order = package.ReadOrder();
            var splats = package.ReadSplats();
            var looks = Enumerable.Range(0, package.Manifest.LevelSizes.Count)
                .Select(level => package.ReadAppearance(level, splats)).ToArray();
            var model = package.ReadModel();
            var driver = package.ReadDriver();
            package.ReadThumbnail();
            json.WriteStartObject();
            json.WriteString("digest", package.Digest);
            ManifestReport.Write(package.Manifest, json);
            WriteSkeleton(package.Skeleton, json);
            WriteSplats(package, splats, json);
            if (Enumerable.Range(0, looks.Length).Any(package.HasAppearance))
            {
                LevelsAnswer.WriteReport(splats, looks, json);
            }
            BitDigest.Write(json, "order", order);
            WriteModel(model, json);
            if (driver != null)
            {
                DriverReport.Write(driver, json);
            }
            json.WriteStartArray("clips");
            for (var clip = 0; clip < package.Manifest.Clips.Count; clip++)
            {
                new ClipReport(package, clip, splats, package.ReadModelOf(clip, model)).Write(json);
            }
            json.WriteEndArray();
            package.CheckBytes();
            json.WriteEndObject();
        }

        private static void WriteSkeleton(Skeleton skeleton, Utf8JsonWriter json)
        {
            json.WriteStartObject("skeleton");
            json.WriteStartArray("joint_names");
            foreach (var name in skeleton.JointNames)
            {
                json.WriteStringValue(name);
            }
            json.WriteEndArray();
            json.WriteStartArray("parents");
            foreach (var parent in skeleton.Parents)
            {
                json.WriteNumberValue(parent);
            }
            json.WriteEndArray();
            FloatDigest.Write(json, "zero_joints_m", skeleton.ZeroJointsM);
            FloatDigest.Write(
                json, "rest_rotations_wxyz", skeleton.RestRotations.SelectMany(q => new[] { q.W, q.X, q.Y, q.Z }));
            FloatDigest.Write(json, "rest_translation_m", new[] { skeleton.RestTranslationM });
            json.WriteEndObject();
        }

        private static void WriteSplats(Package package, SplatCloud splats, Utf8JsonWriter json)
        {
            json.WriteStartObject("splats");
            BitDigest.Write(json, "parts", splats.Parts);
            BitDigest.Write(json, "joints", splats.Joints);
            FloatDigest.Write(json, "means_m", splats.MeansM);
            FloatDigest.Write(json, "quats_wxyz", splats.QuatsWxyz);
            FloatDigest.Write(json, "scales_m", splats.ScalesM);
            FloatDigest.Write(json, "opacities", splats.Opacities);
            FloatDigest.Write(json, "sh", splats.Sh);
            FloatDigest.Write(json, "weights", splats.Weights);
            var exact = Enumerable.Range(0, package.Manifest.LevelSizes.Count).Where(package.IsLevelExact).ToArray();
            if (exact.Length > 0)
            {
                json.WriteStartObject("exact");
                foreach (var number in exact)
                {
                    var level = package.ReadLevel(number);
                    json.WriteStartObject(number.ToString());
                    BitDigest.Write(json, "means_m", level.MeansM);
                    BitDigest.Write(json, "quats_wxyz", level.QuatsWxyz);
                    BitDigest.Write(json, "scales_m", level.ScalesM);
                    BitDigest.Write(json, "opacities", level.Opacities);
                    BitDigest.Write(json, "sh", level.Sh);
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }

        private static void WriteModel(ResidualModel model, Utf8JsonWriter json)
        {
            if (model == null)
            {
                json.WriteNull("model");
                return;
            }
            json.WriteStartObject("model");
            json.WriteNumber("node_count", model.NodeCount);
            FloatDigest.Write(json, "node_rest_m", model.NodeRestM);
            BitDigest.Write(json, "node_indices", model.NodeIndices);
            FloatDigest.Write(json, "node_weights", model.NodeWeights);
            json.WriteEndObject();
        }
    }
}
