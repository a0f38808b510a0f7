using UnityEngine;
using UnityEngine.Playables;
using UnityEngine.Timeline;

namespace Ani3d
{
    /// <summary>Clips of a package one after the other, with crossfades where they overlap, on one avatar.</summary>
    [TrackColor(0.35f, 0.62f, 0.85f)]
    [TrackClipType(typeof(GaussianAvatarClip))]
    [TrackBindingType(typeof(GaussianAvatar))]
    public sealed class GaussianAvatarTrack : TrackAsset
    {
        /// <summary>The mixer of the track.</summary>
        public override Playable CreateTrackMixer(PlayableGraph graph, GameObject go, int inputCount)
        {
            var director = go ? go.GetComponent<PlayableDirector>() : null;
            var avatar = director ? director.GetGenericBinding(this) as GaussianAvatar : null;
            foreach (var clip in GetClips())
            {
                var asset = clip.asset as GaussianAvatarClip;
                if (asset != null && avatar && avatar.Package != null)
                {
                    asset.Measure(avatar.Package);
                }
                if (asset != null && asset.Template.Clip.Length > 0)
                {
                    clip.displayName = asset.Template.Clip;
                }
            }
            return ScriptPlayable<AvatarMixerBehaviour>.Create(graph, inputCount);
        }
    }
}
