using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>Which bones of a skeleton are which joints of an avatar, by what the bones are called.</summary>
    public sealed class JointNaming
    {
        private static readonly Dictionary<string, string>[] Tables = Array.ConvertAll(JointNameTables.Tables, TableOf);

        private JointNaming(string style, string[] joints)
        {
            Style = style;
            Joints = joints;
        }

        /// <summary>What the naming is called, such as "Mixamo" or "Unity".</summary>
        public string Style { get; }

        /// <summary>[K] joint of the avatar that each bone is; null of bones that are none.</summary>
        public IReadOnlyList<string> Joints { get; }

        /// <summary>
        /// Recognises the names of CMU, Mixamo, plain anatomy (LeftKnee), SMPL, Unity, VRM and Unreal. Of two bones that
        /// would be one joint, the first is it.
        /// </summary>
        /// <param name="bones">K names; what stands before a colon or bar, and "mixamorig", does not count.</param>
        /// <param name="mapping">their bone to our joint, over what is recognised; null for none.</param>
        /// <exception cref="RefusalException">
        /// <c>retarget-unknown-joints</c>: pelvis, hips, knees, ankles, shoulders or elbows are not recognised;
        /// <c>mapping-unknown-joint</c>: the mapping names a bone that is not there.
        /// </exception>
        public static JointNaming Recognise(
            IReadOnlyList<string> bones, IReadOnlyDictionary<string, string> mapping = null)
        {
            var best = new string[bones.Count];
            var style = 0;
            var most = -1;
            for (var each = 0; each < Tables.Length; each++)
            {
                var joints = Matched(bones, Tables[each], out var count);
                if (count > most)
                {
                    (best, style, most) = (joints, each, count);
                }
            }
            Map(bones, mapping, best);
            var missing = Missing(best);
            if (missing.Length > 0)
            {
                throw new RefusalException(
                    RefusalCodes.RetargetUnknownJoints, "skeleton", $"bones {Some(bones)}",
                    $"the names of {string.Join(", ", JointNameTables.Styles)}; nothing stands for {missing}",
                    "Map the bones that are not recognised to joints of the avatar.");
            }
            return new JointNaming(mapping == null || mapping.Count == 0 ? JointNameTables.Styles[style] : "mapped", best);
        }

        /// <summary>The joint of an avatar that one of Unity's human bones is; null where an avatar has none.</summary>
        /// <param name="bone">name of HumanBodyBones, such as LeftUpperLeg.</param>
        public static string OfHumanBone(string bone)
        {
            return Tables[Array.IndexOf(JointNameTables.Styles, "Unity")].TryGetValue(bone, out var joint) ? joint : null;
        }

        internal static string Missing(IReadOnlyList<string> joints)
        {
            var missing = new List<string>(JointNameTables.Required.Split(' '));
            foreach (var joint in joints)
            {
                missing.Remove(joint);
            }
            return string.Join(", ", missing);
        }

        private static Dictionary<string, string> TableOf(string text)
        {
            var table = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var pair in text.Split(' '))
            {
                var names = pair.Split('=');
                table.Add(names[0], names[1]);
            }
            return table;
        }

        private static string[] Matched(IReadOnlyList<string> bones, Dictionary<string, string> table, out int count)
        {
            var joints = new string[bones.Count];
            count = 0;
            for (var bone = 0; bone < joints.Length; bone++)
            {
                if (table.TryGetValue(Plain(bones[bone]), out var joint) && Array.IndexOf(joints, joint) < 0)
                {
                    joints[bone] = joint;
                    count++;
                }
            }
            return joints;
        }

        private static void Map(IReadOnlyList<string> bones, IReadOnlyDictionary<string, string> mapping, string[] joints)
        {
            foreach (var pair in mapping ?? new Dictionary<string, string>())
            {
                var place = -1;
                for (var bone = 0; bone < joints.Length; bone++)
                {
                    place = bones[bone] == pair.Key ? bone : place;
                    joints[bone] = joints[bone] == pair.Value ? null : joints[bone];
                }
                if (place < 0)
                {
                    throw new RefusalException(
                        RefusalCodes.MappingUnknownJoint, "mapping", $"the bone {pair.Key}, which the skeleton does not have",
                        $"bones such as {Some(bones)}", "Correct the name; names are case-sensitive.");
                }
                joints[place] = pair.Value;
            }
        }

        // Without namespace: "mixamorig:Hips", "Armature|Hips", "mixamorig1_Hips".
        private static string Plain(string name)
        {
            var start = Math.Max(name.LastIndexOf(':'), name.LastIndexOf('|')) + 1;
            if (start > 0 || !name.StartsWith("mixamorig", StringComparison.Ordinal))
            {
                return name.Substring(start);
            }
            start = "mixamorig".Length;
            while (start < name.Length && name[start] >= '0' && name[start] <= '9')
            {
                start++;
            }
            return name.Substring(start < name.Length && name[start] == '_' ? start + 1 : start);
        }

        private static string Some(IReadOnlyList<string> bones)
        {
            const int Shown = 40;
            var names = new List<string>();
            for (var bone = 0; bone < bones.Count && bone < Shown; bone++)
            {
                names.Add(bones[bone]);
            }
            return string.Join(", ", names) + (bones.Count > Shown ? " …" : string.Empty);
        }
    }
}
