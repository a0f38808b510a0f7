using System;
using System.Linq;
using System.Text;

namespace Ani3d.Tests
{
    /// <summary>A small package whose first clip is made longer by its first group, again and again.</summary>
    internal static class LongPackage
    {
        /// <summary>The bytes of a package of spec/vectors with so many groups of equal frames in its first clip.</summary>
        /// <param name="name">of a package whose first clip has three frames, two in a group.</param>
        /// <param name="groups">at most 60.</param>
        public static byte[] Of(string name, int groups)
        {
            var package = new PackageBytes(Vectors.Package("valid", name));
            for (var number = 0; number < package.Count; number++)
            {
                if (package.KeyOf(number).Name == FormatConstants.Section.Manifest)
                {
                    package.Replace(number, WithFrames(package.Section(number), (byte)(2 * groups)));
                }
            }
            package.RepeatFirstGroup(groups);
            return package.Written();
        }

        // 3 to the number, which takes one byte in both.
        private static byte[] WithFrames(byte[] manifest, byte frames)
        {
            var field = Encoding.UTF8.GetBytes("frame_count");
            var changed = (byte[])manifest.Clone();
            for (var at = 0; at + field.Length < changed.Length; at++)
            {
                if (changed.Skip(at).Take(field.Length).SequenceEqual(field))
                {
                    if (changed[at + field.Length] != 3)
                    {
                        throw new InvalidOperationException("the first clip has not three frames");
                    }
                    changed[at + field.Length] = frames;
                    return changed;
                }
            }
            throw new InvalidOperationException("no clip");
        }
    }
}
