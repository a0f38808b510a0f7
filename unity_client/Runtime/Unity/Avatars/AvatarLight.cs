using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d
{
    /// <summary>The factors that an avatar's light is multiplied with.</summary>
    internal sealed class AvatarLight
    {
        // Probes change with the place; the factors of every other frame do.
        private const float FarEnoughM = 0.05f;
        private static readonly Vector3[] s_sides =
        {
            new Vector3(1, 0, 0), new Vector3(-1, 0, 0), new Vector3(0, 1, 0), new Vector3(0, -1, 0), new Vector3(0, 0, 1),
            new Vector3(0, 0, -1),
        };

        private readonly Color[] _seen = new Color[6];
        private Vector3 _place;
        private Vec3 _light = new Vec3(1, 1, 1);
        private bool _isLit;

        /// <summary>Works the factors out.</summary>
        /// <param name="drawn">to be written.</param>
        /// <param name="tint">a colour as displayed.</param>
        /// <param name="exposure">stops.</param>
        /// <param name="usesProbes">whether light probes light it.</param>
        /// <param name="place">where it stands.</param>
        /// <returns>Whether they are others than before.</returns>
        public bool Update(DrawnAvatar drawn, Color tint, float exposure, bool usesProbes, Vector3 place)
        {
            if (!usesProbes)
            {
                _light = new Vec3(1, 1, 1);
            }
            else if (!_isLit || IsFar(place, _place))
            {
                _light = LightAt(place);
                _place = place;
            }
            _isLit = usesProbes;
            var f = Ani3d.Tint.Factors(new Vec3(tint.r, tint.g, tint.b), exposure, _light);
            var factors = new Vector4((float)f.X, (float)f.Y, (float)f.Z, 1);
            var old = drawn.Tint;
            drawn.Tint = factors;
            return factors.x != old.x || factors.y != old.y || factors.z != old.z;
        }

        private static bool IsFar(Vector3 a, Vector3 b)
        {
            float x = a.x - b.x, y = a.y - b.y, z = a.z - b.z;
            return x * x + y * y + z * z > FarEnoughM * FarEnoughM;
        }

        // The mean of all sides: captured avatars have their shading in their colours.
        private Vec3 LightAt(Vector3 place)
        {
            LightProbes.GetInterpolatedProbe(place, null, out var probe);
            probe.Evaluate(s_sides, _seen);
            var sum = default(Vec3);
            foreach (var colour in _seen)
            {
                sum += new Vec3(colour.r, colour.g, colour.b);
            }
            return (1.0 / s_sides.Length) * sum;
        }
    }
}
