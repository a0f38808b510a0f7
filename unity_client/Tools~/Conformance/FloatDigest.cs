using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>The first numbers of many, and three sums that all of them enter.</summary>
    internal sealed class FloatDigest
    {
        private const int Shown = 8;
        private const int Weave = 97;
        private readonly List<double> _first = new List<double>();
        private long _count;
        private double _size;
        private double _sum;
        private double _weave;

        /// <summary>Whether every number was zero.</summary>
        public bool IsZero => _size == 0;

        /// <summary>Adds a number.</summary>
        public void Add(double value)
        {
            if (_count < Shown)
            {
                _first.Add(value);
            }
            _size += Math.Abs(value);
            _sum += value;
            _weave += value * (_count % Weave);
            _count++;
        }

        /// <summary>Adds zeros.</summary>
        public void AddZeros(long count)
        {
            for (; count > 0 && _count < Shown; count--)
            {
                Add(0);
            }
            _count += count;
        }

        /// <summary>Adds three numbers.</summary>
        public void Add(Vec3 value)
        {
            Add(value.X);
            Add(value.Y);
            Add(value.Z);
        }

        /// <summary>Adds four numbers.</summary>
        public void Add(Quat value)
        {
            Add(value.W);
            Add(value.X);
            Add(value.Y);
            Add(value.Z);
        }

        /// <summary>Writes the digest as a field.</summary>
        public void Write(Utf8JsonWriter json, string name)
        {
            json.WriteStartObject(name);
            json.WriteNumber("count", _count);
            json.WriteStartArray("first");
            foreach (var value in _first)
            {
                json.WriteRawValue(Digits(value));
            }
            json.WriteEndArray();
            WriteNumber(json, "size", _size);
            WriteNumber(json, "sum", _sum);
            WriteNumber(json, "weave", _weave);
            json.WriteEndObject();
        }

        /// <summary>Writes the digest of all numbers of a row.</summary>
        public static void Write(Utf8JsonWriter json, string name, IEnumerable<float> values)
        {
            var digest = new FloatDigest();
            foreach (var value in values)
            {
                digest.Add(value);
            }
            digest.Write(json, name);
        }

        /// <summary>Writes the digest of all numbers of a row.</summary>
        public static void Write(Utf8JsonWriter json, string name, IEnumerable<double> values)
        {
            var digest = new FloatDigest();
            foreach (var value in values)
            {
                digest.Add(value);
            }
            digest.Write(json, name);
        }

        /// <summary>Writes the digest of all numbers of vectors.</summary>
        public static void Write(Utf8JsonWriter json, string name, IEnumerable<Vec3> values)
        {
            var digest = new FloatDigest();
            foreach (var value in values)
            {
                digest.Add(value);
            }
            digest.Write(json, name);
        }

        /// <summary>Writes a number of nine significant digits.</summary>
        public static void WriteNumber(Utf8JsonWriter json, string name, double value)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(Digits(value));
        }

        private static string Digits(double value)
        {
            return value.ToString("G9", CultureInfo.InvariantCulture);
        }
    }
}
