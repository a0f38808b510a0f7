using System;
using System.Linq;
using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>How nodes hang, what they are linked to and kept out of, and what was learned.</summary>
    internal static class DriverReport
    {
        /// <summary>Writes the driver as a field.</summary>
        public static void Write(DriverModel driver, Utf8JsonWriter json)
        {
            json.WriteStartObject("driver");
            FloatDigest.WriteNumber(json, "reach_m", driver.ReachM);
            var fields = new Func<DriverMaterial, double>[]
            {
                each => each.DampingHz, each => each.Drag, each => each.ThicknessM, each => each.Friction, each => each.Share,
            };
            FloatDigest.Write(json, "materials", fields.SelectMany(field => driver.Materials.Select(field)));
            BitDigest.Write(json, "kinds", driver.Kinds);
            BitDigest.Write(json, "joints", driver.Joints);
            FloatDigest.Write(json, "weights", driver.Weights);
            FloatDigest.Write(json, "normals", driver.Normals);
            FloatDigest.Write(json, "follow", driver.Follow);
            FloatDigest.Write(json, "mean_m", driver.HangM);
            BitDigest.Write(json, "links", driver.Links.SelectMany(link => new[] { link.First, link.Second }));
            FloatDigest.Write(json, "compliances", driver.Links.Select(link => link.Compliance));
            BitDigest.Write(json, "capsule_joints", driver.Capsules.Select(capsule => capsule.Joint));
            FloatDigest.Write(
                json, "capsule_ends_m", driver.Capsules.SelectMany(capsule => new[] { capsule.A, capsule.B }));
            FloatDigest.Write(
                json, "capsule_radii_m",
                driver.Capsules.SelectMany(capsule => new[] { capsule.RadiusA, capsule.RadiusB }));
            BitDigest.Write(json, "tracked", driver.Learned.Tracked);
            FloatDigest.Write(json, "poles", driver.Learned.Poles);
            FloatDigest.Write(json, "means", driver.Learned.Means);
            FloatDigest.Write(json, "scales", driver.Learned.Scales);
            FloatDigest.Write(json, "learned", driver.Learned.Weights);
            FloatDigest.Write(json, "basis_m", driver.Learned.BasisM);
            json.WriteEndObject();
        }
    }
}
