using UnityEngine;
using UnityEngine.Playables;
using UnityEngine.Timeline;

namespace Ani3d
{
    /// <summary>A clip of a package on a <see cref="GaussianAvatarTrack"/>.</summary>
    public sealed class GaussianAvatarClip : PlayableAsset, ITimelineClipAsset
    {
        private const double UnknownS = 5;

        [SerializeField]
        private AvatarClipBehaviour template = new AvatarClipBehaviour();

        [SerializeField, HideInInspector]
        private double lengthS = UnknownS;

        /// <summary>Which clip, and what becomes of its root's way.</summary>
        public AvatarClipBehaviour Template => template;

        /// <summary>What Timeline may do with it.</summary>
        public ClipCaps clipCaps =>
            ClipCaps.Looping | ClipCaps.Extrapolation | ClipCaps.ClipIn | ClipCaps.SpeedMultiplier | ClipCaps.Blending;

        /// <summary>Length of the clip, seconds; 5 until its track was bound to an avatar that is loaded.</summary>
        public override double duration => lengthS;

        /// <summary>Its Playable.</summary>
        public override Playable CreatePlayable(PlayableGraph graph, GameObject owner)
        {
            return ScriptPlayable<AvatarClipBehaviour>.Create(graph, template);
        }

        /// <summary>Takes the length from the package, where it is known.</summary>
        internal void Measure(Package package)
        {
            var number = string.IsNullOrEmpty(template.Clip) ? 0 : package.Manifest.FindClip(template.Clip);
            if (number >= 0 && number < package.Manifest.Clips.Count)
            {
                lengthS = package.Manifest.Clips[number].DurationS;
            }
        }
    }
}
