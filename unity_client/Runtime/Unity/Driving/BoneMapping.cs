using System;
using System.Collections.Generic;
using UnityEngine;

namespace Ani3d
{
    /// <summary>A bone that is named as no tool names it, and the avatar's joint that it leads.</summary>
    [Serializable]
    public struct BoneMapping
    {
        [SerializeField, Tooltip("Name of the bone's object.")]
        private string bone;

        [SerializeField, Tooltip("Joint of the avatar, such as left_knee.")]
        private string joint;

        /// <summary>Creates a pair.</summary>
        public BoneMapping(string bone, string joint)
        {
            this.bone = bone;
            this.joint = joint;
        }

        /// <summary>Name of the bone's object.</summary>
        public string Bone => bone;

        /// <summary>Joint of the avatar.</summary>
        public string Joint => joint;

        internal static Dictionary<string, string> Table(IEnumerable<BoneMapping> pairs)
        {
            var table = new Dictionary<string, string>();
            foreach (var pair in pairs)
            {
                table[pair.bone] = pair.joint;
            }
            return table;
        }
    }
}
