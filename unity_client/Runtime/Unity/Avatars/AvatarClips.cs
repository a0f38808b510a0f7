using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>Clips by their names, and what the component's settings say of them.</summary>
    internal static class AvatarClips
    {
        /// <summary>The number of a clip.</summary>
        /// <param name="show">of a package.</param>
        /// <param name="name">of the clip.</param>
        /// <param name="avatar">named in the error.</param>
        /// <exception cref="RefusalException"><c>clip-not-found</c>; the message names those that there are.</exception>
        public static int Find(AvatarShow show, string name, string avatar)
        {
            var manifest = show.Shared.Playable.Package.Manifest;
            var number = manifest.FindClip(name);
            if (number >= 0)
            {
                return number;
            }
            var names = new List<string>();
            foreach (var each in manifest.Clips)
            {
                names.Add(each.Name);
            }
            throw new RefusalException(
                RefusalCodes.ClipNotFound, avatar, $"clip \"{name}\"",
                names.Count == 0 ? "none: the package has no clips" : "one of " + string.Join(", ", names),
                "Name a clip that the package has.");
        }

        /// <summary>Plays the clip to begin with: the first one where none is named, or there is none of the name.</summary>
        /// <exception cref="RefusalException"><c>clip-not-found</c>; the first clip is played then.</exception>
        public static void Begin(AvatarShow show, string name, double startS, string avatar)
        {
            if (show.Shared.Playable.Package.Manifest.Clips.Count == 0)
            {
                return;
            }
            if (!string.IsNullOrEmpty(name) && show.Shared.Playable.Package.Manifest.FindClip(name) < 0)
            {
                show.Clips.Play(0, 0, startS);
                Find(show, name, avatar);
            }
            show.Clips.Play(string.IsNullOrEmpty(name) ? 0 : Find(show, name, avatar), 0, startS);
        }

        /// <summary>Tells a player what the settings say.</summary>
        public static void Apply(ClipPlayer clips, float speed, AvatarLoop loop, AvatarRoot root)
        {
            if (clips.Rate != speed)
            {
                clips.Rate = speed;
            }
            var loops = loop == AvatarLoop.AsClip ? (bool?)null : loop == AvatarLoop.Always;
            if (clips.Loop != loops)
            {
                clips.Loop = loops;
            }
            clips.Root = RootOf(root);
        }

        private static RootMotion? RootOf(AvatarRoot root)
        {
            switch (root)
            {
                case AvatarRoot.AsClip: return null;
                case AvatarRoot.World: return RootMotion.World;
                case AvatarRoot.InPlace: return RootMotion.InPlace;
                default: return RootMotion.Delta;
            }
        }
    }
}
