using System;

namespace Ani3d
{
    /// <summary>A box along the axes: what an avatar may fill.</summary>
    public readonly struct Box
    {
        /// <summary>Creates a box.</summary>
        /// <param name="least">corner with the smallest numbers, metres.</param>
        /// <param name="most">corner with the largest numbers, metres.</param>
        public Box(Vec3 least, Vec3 most)
        {
            Least = least;
            Most = most;
        }

        /// <summary>Holds nothing, and grows with what is added.</summary>
        public static Box Empty => new Box(
            new Vec3(double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity),
            new Vec3(double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity));

        /// <summary>Corner with the smallest numbers, metres.</summary>
        public Vec3 Least { get; }

        /// <summary>Corner with the largest numbers, metres.</summary>
        public Vec3 Most { get; }

        /// <summary>Whether nothing was added.</summary>
        public bool IsEmpty => !(Least.X <= Most.X);

        /// <summary>Its middle, metres.</summary>
        public Vec3 Centre => 0.5 * (Least + Most);

        /// <summary>From the middle to a corner, metres.</summary>
        public Vec3 HalfSize => 0.5 * (Most - Least);

        /// <summary>The box that holds a ball besides.</summary>
        public Box With(Vec3 centre, double radius)
        {
            return new Box(
                new Vec3(
                    Math.Min(Least.X, centre.X - radius), Math.Min(Least.Y, centre.Y - radius),
                    Math.Min(Least.Z, centre.Z - radius)),
                new Vec3(
                    Math.Max(Most.X, centre.X + radius), Math.Max(Most.Y, centre.Y + radius),
                    Math.Max(Most.Z, centre.Z + radius)));
        }

        /// <summary>
        /// Whether a camera may see any of it: false only where all corners lie behind the camera or beyond one side of
        /// the picture.
        /// </summary>
        public bool IsInSight(EyeView eye)
        {
            bool left = true, right = true, above = true, below = true, behind = true;
            for (var corner = 0; corner < 8; corner++)
            {
                var point = eye.ToCamera.Apply(Corner(corner));
                // Multiplied with the distance, so that corners behind the camera are told rightly, too.
                var w = eye.Lens.IsOrthographic ? 1 : point.Z;
                var x = eye.Lens.FocalX * point.X + eye.Lens.CentreX * w;
                var y = eye.Lens.FocalY * point.Y + eye.Lens.CentreY * w;
                left &= x < 0;
                right &= x > eye.Lens.WidthPx * w;
                above &= y < 0;
                below &= y > eye.Lens.HeightPx * w;
                behind &= point.Z <= 0;
            }
            return !(left || right || above || below || behind);
        }

        /// <summary>The nearest and the farthest corner along the camera's axis, metres.</summary>
        public (double Near, double Far) DepthsOf(EyeView eye)
        {
            double near = double.PositiveInfinity, far = double.NegativeInfinity;
            for (var corner = 0; corner < 8; corner++)
            {
                var z = eye.ToCamera.Apply(Corner(corner)).Z;
                near = Math.Min(near, z);
                far = Math.Max(far, z);
            }
            return (near, far);
        }

        /// <summary>Height of the ball around it in the picture, pixels; the picture's height where the camera is inside.</summary>
        public double HeightInPicture(EyeView eye)
        {
            var scale = Math.Pow(Math.Abs(eye.ToCamera.Rotation.Determinant), 1.0 / 3);
            var radius = HalfSize.Length * scale;
            var centre = eye.ToCamera.Apply(Centre);
            if (eye.Lens.IsOrthographic)
            {
                return 2 * radius * eye.Lens.FocalY;
            }
            var distance = centre.Length;
            return distance <= radius ? eye.Lens.HeightPx : 2 * radius * eye.Lens.FocalY / distance;
        }

        private Vec3 Corner(int number)
        {
            return new Vec3(
                (number & 1) == 0 ? Least.X : Most.X, (number & 2) == 0 ? Least.Y : Most.Y,
                (number & 4) == 0 ? Least.Z : Most.Z);
        }
    }
}
