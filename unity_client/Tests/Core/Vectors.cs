using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>
    /// The vectors of the repository that the package lies in: spec/vectors. Tests that need them are skipped
    /// elsewhere.
    /// </summary>
    internal static class Vectors
    {
        /// <summary>Name of the variable that says where spec/vectors is.</summary>
        public const string Variable = "ANI3D_VECTORS";

        /// <summary>Names of packages of a kind, "valid" or "invalid".</summary>
        public static IEnumerable<string> Packages(string kind)
        {
            var folder = Folder == null ? null : Path.Combine(Folder, "packages", kind);
            return folder == null
                ? new string[] { null }
                : Directory.GetFiles(folder, "*.a3d").Select(Path.GetFileNameWithoutExtension).OrderBy(name => name);
        }

        /// <summary>The bytes of a package.</summary>
        public static byte[] Package(string kind, string name)
        {
            return File.ReadAllBytes(Path.Combine(Needed, "packages", kind, name + ".a3d"));
        }

        /// <summary>The text of the answer to a package.</summary>
        public static string Answer(string kind, string name)
        {
            return File.ReadAllText(Path.Combine(Needed, "packages", kind, name + ".json"));
        }

        /// <summary>The text of a vector of another kind.</summary>
        public static string Text(string kind, string name)
        {
            return File.ReadAllText(Path.Combine(Needed, kind, name + ".json"));
        }

        /// <summary>The code of an answer that is a refusal.</summary>
        public static string RefusedAs(string answer)
        {
            return Regex.Match(answer, "\"refused\":\\s*\"([a-z0-9-]+)\"").Groups[1].Value;
        }

        /// <summary>The sum of the sizes of numbers of the first field of a name.</summary>
        public static double SizeOf(string answer, string field)
        {
            var match = Regex.Match(answer, $"\"{field}\":\\s*{{[^}}]*\"size\":\\s*([-+.0-9eE]+)");
            Assert.That(match.Success, Is.True, $"no field {field}");
            return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        }

        private static string Folder => Environment.GetEnvironmentVariable(Variable);

        private static string Needed
        {
            get
            {
                if (Folder == null)
                {
                    Assert.Ignore($"{Variable} does not say where spec/vectors is");
                }
                return Folder;
            }
        }
    }
}
