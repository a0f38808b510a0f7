using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>
    /// One numbering of the tracks of detail of all clips of a package: those of the model, then those that any clip
    /// adds, each Gaussian once.
    /// </summary>
    public sealed class TrackUnion
    {
        private readonly int[][] _ofClips;
        private readonly int[][] _othersOfClips;
        private readonly int[] _afterModel;

        private TrackUnion(int[] gaussians, int[][] ofClips, int[][] othersOfClips, int[] afterModel)
        {
            Gaussians = gaussians;
            _ofClips = ofClips;
            _othersOfClips = othersOfClips;
            _afterModel = afterModel;
        }

        /// <summary>T.</summary>
        public int Count => Gaussians.Length;

        /// <summary>[T] Gaussian of each track.</summary>
        public int[] Gaussians { get; }

        /// <summary>The union over all clips of a package.</summary>
        /// <param name="package">an open one.</param>
        /// <param name="model">of the package; null where there is none.</param>
        public static TrackUnion Read(Package package, ResidualModel model)
        {
            var further = new int[package.Manifest.Clips.Count][];
            for (var clip = 0; clip < further.Length; clip++)
            {
                further[clip] = package.ReadFurther(clip, model);
            }
            return Of(model?.Moving ?? Array.Empty<int>(), further);
        }

        /// <summary>The union of a model's tracks and what each clip adds.</summary>
        /// <param name="moving">Gaussians of the model's tracks.</param>
        /// <param name="further">of each clip, those that it adds; empty where it adds none.</param>
        internal static TrackUnion Of(int[] moving, int[][] further)
        {
            var gaussians = new List<int>(moving);
            var trackOf = new Dictionary<int, int>();
            var ofClips = new int[further.Length][];
            for (var clip = 0; clip < ofClips.Length; clip++)
            {
                if (further[clip].Length == 0)
                {
                    continue;
                }
                ofClips[clip] = new int[moving.Length + further[clip].Length];
                for (var track = 0; track < ofClips[clip].Length; track++)
                {
                    ofClips[clip][track] = track < moving.Length
                        ? track : TrackOf(further[clip][track - moving.Length], gaussians, trackOf);
                }
            }
            return Of(gaussians.ToArray(), moving.Length, ofClips);
        }

        /// <summary>
        /// [tracks of a clip] their numbers in the union; null where they are the same.
        /// </summary>
        internal int[] OfClip(int clip)
        {
            return _ofClips[clip];
        }

        /// <summary>The tracks of the union that a clip has not, increasing.</summary>
        internal int[] OthersOfClip(int clip)
        {
            return _othersOfClips[clip] ?? _afterModel;
        }

        private static int TrackOf(int gaussian, List<int> gaussians, Dictionary<int, int> trackOf)
        {
            if (!trackOf.TryGetValue(gaussian, out var track))
            {
                track = gaussians.Count;
                trackOf.Add(gaussian, track);
                gaussians.Add(gaussian);
            }
            return track;
        }

        private static TrackUnion Of(int[] gaussians, int modelTracks, int[][] ofClips)
        {
            var afterModel = new int[gaussians.Length - modelTracks];
            for (var i = 0; i < afterModel.Length; i++)
            {
                afterModel[i] = modelTracks + i;
            }
            var others = new int[ofClips.Length][];
            for (var clip = 0; clip < ofClips.Length; clip++)
            {
                if (ofClips[clip] != null)
                {
                    var own = new HashSet<int>(ofClips[clip]);
                    others[clip] = Array.FindAll(afterModel, track => !own.Contains(track));
                }
            }
            return new TrackUnion(gaussians, ofClips, others, afterModel);
        }
    }
}
