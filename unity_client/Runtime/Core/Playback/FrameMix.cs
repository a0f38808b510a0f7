using System;

namespace Ani3d
{
    /// <summary>Frames between two others (CONVENTIONS.md, "Mixed frames").</summary>
    internal static class FrameMix
    {
        // Below this angle the arc and the chord are one, and sines are too small to divide by.
        private const double SmallAngle = 1e-6;

        /// <summary>Goes a share of the way from one frame to another.</summary>
        /// <param name="a">where it begins, which is written.</param>
        /// <param name="b">where it ends.</param>
        /// <param name="share">of b, 0 to 1.</param>
        /// <param name="mask">by which the share is multiplied for joints, nodes and Gaussians; null for all of them.</param>
        /// <param name="detail">mixes detail.</param>
        public static void Mix(AvatarFrame a, AvatarFrame b, double share, JointMask mask, DetailMix detail)
        {
            a.RootTranslationM = Vec3.Mix(
                a.RootTranslationM, b.RootTranslationM, mask == null ? share : share * mask.Joints[0]);
            for (var joint = 0; joint < a.JointRotations.Length; joint++)
            {
                var own = mask == null ? share : share * mask.Joints[joint];
                a.JointRotations[joint] = Arc(a.JointRotations[joint], b.JointRotations[joint], own);
            }
            for (var node = 0; node < a.NodeRotations.Length; node++)
            {
                var own = mask == null ? share : share * mask.Nodes[node];
                a.NodeDisplacementsM[node] = Vec3.Mix(a.NodeDisplacementsM[node], b.NodeDisplacementsM[node], own);
                a.NodeRotations[node] = Rotation(a.NodeRotations[node], b.NodeRotations[node], own);
            }
            a.Detail = detail.Mixed(a.Detail, b.Detail, share, mask?.Gaussians);
        }

        /// <summary>normalised((1 - share) a ± share b), on the side of a.</summary>
        public static Quat Rotation(Quat a, Quat b, double share)
        {
            return (a.Times(1 - share) + b.OnTheSideOf(a).Times(share)).Normalised();
        }

        // Slerp: the shorter arc, at constant speed.
        private static Quat Arc(Quat a, Quat b, double share)
        {
            var near = b.OnTheSideOf(a);
            var angle = Math.Acos(Math.Min(Quat.Dot(a, near), 1));
            if (angle < SmallAngle)
            {
                return Rotation(a, near, share);
            }
            return (a.Times(Math.Sin((1 - share) * angle)) + near.Times(Math.Sin(share * angle))).Normalised();
        }
    }
}
