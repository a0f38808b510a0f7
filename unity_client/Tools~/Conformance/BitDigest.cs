using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>Count and SHA-256 of numbers that must be identical.</summary>
    internal static class BitDigest
    {
        /// <summary>Writes the digest of integers as little-endian int32.</summary>
        public static void Write(Utf8JsonWriter json, string name, IEnumerable<int> values)
        {
            var all = values.ToArray();
            var bytes = new byte[4 * all.Length];
            Buffer.BlockCopy(all, 0, bytes, 0, bytes.Length);
            WriteBytes(json, name, bytes);
        }

        /// <summary>Writes the digest of bytes as little-endian int32.</summary>
        public static void Write(Utf8JsonWriter json, string name, byte[] values)
        {
            Write(json, name, values.Select(value => (int)value));
        }

        /// <summary>Writes the digest of floats as little-endian float32.</summary>
        public static void Write(Utf8JsonWriter json, string name, float[] values)
        {
            var bytes = new byte[4 * values.Length];
            Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
            WriteBytes(json, name, bytes);
        }

        private static void WriteBytes(Utf8JsonWriter json, string name, byte[] bytes)
        {
            json.WriteStartObject(name);
            json.WriteNumber("count", bytes.Length / 4);
            using (var hash = SHA256.Create())
            {
                json.WriteString("sha256", Convert.ToHexString(hash.ComputeHash(bytes)).ToLowerInvariant());
            }
            json.WriteEndObject();
        }
    }
}
