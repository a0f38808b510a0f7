using System;
using UnityEngine;
using UnityEngine.Playables;

namespace Ani3d
{
    /// <summary>A clip of a package in a graph of Playables: an input of an <see cref="AvatarMixerBehaviour"/>.</summary>
    [Serializable]
    public sealed class AvatarClipBehaviour : PlayableBehaviour
    {
        [SerializeField, Tooltip("Name of the clip in the package; the first one where it is empty.")]
        private string clip = string.Empty;

        [SerializeField, Tooltip("What becomes of the root's way over the ground.")]
        private AvatarRoot root = AvatarRoot.AsClip;

        private Package _package;
        private int _number;

        /// <summary>Name of the clip in the package; the first one where it is empty.</summary>
        public string Clip
        {
            get => clip;
            set
            {
                clip = value;
                _package = null;
            }
        }

        /// <summary>What becomes of the root's way. Steps are a matter of the game's own clock: they count as World.</summary>
        public AvatarRoot Root
        {
            get => root;
            set => root = value;
        }

        internal RootMotion? Motion => root == AvatarRoot.AsClip ? (RootMotion?)null
            : root == AvatarRoot.InPlace ? RootMotion.InPlace : RootMotion.World;

        /// <summary>Number of the clip; -1 where the package has none of the name, which is told once.</summary>
        internal int NumberIn(GaussianAvatar avatar)
        {
            if (!ReferenceEquals(_package, avatar.Package))
            {
                _package = avatar.Package;
                _number = string.IsNullOrEmpty(clip) ? 0 : _package.Manifest.FindClip(clip);
                _number = _number < _package.Manifest.Clips.Count ? _number : -1;
                if (_number < 0)
                {
                    Debug.LogError($"{avatar.name}: a Timeline or Playable asks for clip \"{clip}\", which the package has not", avatar);
                }
            }
            return _number;
        }
    }
}
