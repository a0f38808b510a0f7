using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>Detail of S Gaussians in one frame; the others have none.</summary>
    public sealed class DetailFrame
    {
        /// <summary>Creates detail that is zero.</summary>
        /// <param name="gaussians">[S] numbers, increasing or in the order of tracks.</param>
        public DetailFrame(int[] gaussians)
        {
            Gaussians = gaussians;
            PositionM = new Vec3[gaussians.Length];
            Rotation = new Quat[gaussians.Length];
            LogScale = new Vec3[gaussians.Length];
            Colour = new Vec3[gaussians.Length];
            for (var row = 0; row < gaussians.Length; row++)
            {
                Rotation[row] = Quat.Identity;
            }
        }

        /// <summary>[S] numbers of the Gaussians.</summary>
        public int[] Gaussians { get; }

        /// <summary>[S] what is added to positions, metres.</summary>
        public Vec3[] PositionM { get; }

        /// <summary>[S] exp of the rotation vectors.</summary>
        public Quat[] Rotation { get; }

        /// <summary>[S] what is added to the logarithms of scales.</summary>
        public Vec3[] LogScale { get; }

        /// <summary>[S] what is added to degree-0 harmonics.</summary>
        public Vec3[] Colour { get; }

        /// <summary>
        /// Detail on the way from one to another; a Gaussian that has none in one of them has zeros there.
        /// </summary>
        /// <param name="a">where it begins; null for none.</param>
        /// <param name="b">where it ends; null for none.</param>
        /// <param name="share">of b, 0 to 1.</param>
        /// <param name="shares">[N] by which the share is multiplied for each Gaussian; null for 1.</param>
        /// <param name="room">written and returned where its Gaussians are those; null for none.</param>
        internal static DetailFrame Mixed(
            DetailFrame a, DetailFrame b, double share, double[] shares, DetailFrame room)
        {
            if (a == null && b == null)
            {
                return null;
            }
            if (a == null || b == null || !ReferenceEquals(a.Gaussians, b.Gaussians))
            {
                var all = GaussiansOf(a, b);
                a = a == null ? new DetailFrame(all) : a.Over(all);
                b = b == null ? new DetailFrame(all) : b.Over(all);
            }
            var fits = room != null && ReferenceEquals(room.Gaussians, a.Gaussians);
            var mixed = fits ? room : new DetailFrame(a.Gaussians);
            for (var row = 0; row < mixed.Gaussians.Length; row++)
            {
                var own = shares == null ? share : share * shares[mixed.Gaussians[row]];
                mixed.PositionM[row] = Vec3.Mix(a.PositionM[row], b.PositionM[row], own);
                mixed.LogScale[row] = Vec3.Mix(a.LogScale[row], b.LogScale[row], own);
                mixed.Colour[row] = Vec3.Mix(a.Colour[row], b.Colour[row], own);
                mixed.Rotation[row] = FrameMix.Rotation(a.Rotation[row], b.Rotation[row], own);
            }
            return mixed;
        }

        /// <summary>A copy.</summary>
        /// <param name="detail">to be copied; null for none.</param>
        /// <param name="room">written and returned where its Gaussians are those; null for none.</param>
        internal static DetailFrame Copied(DetailFrame detail, DetailFrame room)
        {
            if (detail == null)
            {
                return null;
            }
            var fits = room != null && ReferenceEquals(room.Gaussians, detail.Gaussians);
            var copy = fits ? room : new DetailFrame(detail.Gaussians);
            detail.PositionM.CopyTo(copy.PositionM, 0);
            detail.Rotation.CopyTo(copy.Rotation, 0);
            detail.LogScale.CopyTo(copy.LogScale, 0);
            detail.Colour.CopyTo(copy.Colour, 0);
            return copy;
        }

        private static int[] GaussiansOf(DetailFrame a, DetailFrame b)
        {
            var all = new SortedSet<int>(a?.Gaussians ?? Array.Empty<int>());
            all.UnionWith(b?.Gaussians ?? Array.Empty<int>());
            var gaussians = new int[all.Count];
            all.CopyTo(gaussians);
            return gaussians;
        }

        // The same detail over more Gaussians.
        private DetailFrame Over(int[] gaussians)
        {
            var wider = new DetailFrame(gaussians);
            for (var row = 0; row < Gaussians.Length; row++)
            {
                var place = Array.BinarySearch(gaussians, Gaussians[row]);
                wider.PositionM[place] = PositionM[row];
                wider.Rotation[place] = Rotation[row];
                wider.LogScale[place] = LogScale[row];
                wider.Colour[place] = Colour[row];
            }
            return wider;
        }
    }
}
