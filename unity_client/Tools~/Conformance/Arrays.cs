using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>Nested lists of numbers of a vector, as the client's types.</summary>
    internal static class Arrays
    {
        /// <summary>All numbers, in order.</summary>
        public static IEnumerable<double> Doubles(this JsonElement element)
        {
            return element.ValueKind == JsonValueKind.Array
                ? element.EnumerateArray().SelectMany(Doubles) : new[] { element.GetDouble() };
        }

        /// <summary>All numbers as float32.</summary>
        public static float[] Floats(this JsonElement element)
        {
            return element.Doubles().Select(value => (float)value).ToArray();
        }

        /// <summary>All numbers as integers.</summary>
        public static int[] Integers(this JsonElement element)
        {
            return element.Doubles().Select(value => (int)value).ToArray();
        }

        /// <summary>All numbers, three by three.</summary>
        public static Vec3[] Vectors(this JsonElement element)
        {
            var values = element.Doubles().ToArray();
            return Enumerable.Range(0, values.Length / 3)
                .Select(i => new Vec3(values[3 * i], values[3 * i + 1], values[3 * i + 2])).ToArray();
        }

        /// <summary>All numbers, four by four, as unit quaternions.</summary>
        public static Quat[] Quaternions(this JsonElement element)
        {
            var values = element.Doubles().ToArray();
            return Enumerable.Range(0, values.Length / 4)
                .Select(i => new Quat(values[4 * i], values[4 * i + 1], values[4 * i + 2], values[4 * i + 3]))
                .Select(quat => quat.Normalised()).ToArray();
        }

        /// <summary>A field of an object.</summary>
        public static JsonElement Get(this JsonElement element, string name)
        {
            return element.GetProperty(name);
        }

        /// <summary>A number of an object.</summary>
        public static double Number(this JsonElement element, string name)
        {
            return element.GetProperty(name).GetDouble();
        }

        /// <summary>The skeleton of a vector.</summary>
        public static Skeleton Skeleton(this JsonElement element)
        {
            var parents = element.Get("parents").Integers();
            return new Skeleton(
                Enumerable.Range(0, parents.Length).Select(j => $"joint{j}").ToArray(), parents,
                element.Get("zero_joints_m").Vectors(), element.Get("rest_rotations_wxyz").Quaternions(),
                element.Get("rest_translation_m").Vectors()[0]);
        }

        /// <summary>Writes numbers as a list.</summary>
        public static void WriteNumbers(this Utf8JsonWriter json, string name, IEnumerable<double> values)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
            {
                json.WriteNumberValue(value);
            }
            json.WriteEndArray();
        }

        /// <summary>Writes vectors as a list of lists.</summary>
        public static void WriteVectors(this Utf8JsonWriter json, string name, IEnumerable<Vec3> values)
        {
            json.WriteRows(name, values.Select(v => new[] { v.X, v.Y, v.Z }));
        }

        /// <summary>Writes quaternions as a list of lists.</summary>
        public static void WriteQuaternions(this Utf8JsonWriter json, string name, IEnumerable<Quat> values)
        {
            json.WriteRows(name, values.Select(q => new[] { q.W, q.X, q.Y, q.Z }));
        }

        /// <summary>Writes rows as a list of lists.</summary>
        public static void WriteRows(this Utf8JsonWriter json, string name, IEnumerable<double[]> rows)
        {
            json.WriteStartArray(name);
            foreach (var row in rows)
            {
                json.WriteStartArray();
                foreach (var value in row)
                {
                    json.WriteNumberValue(value);
                }
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
    }
}
