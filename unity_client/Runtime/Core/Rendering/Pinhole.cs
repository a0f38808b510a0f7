namespace Ani3d
{
    /// <summary>Focal lengths, centre and size of a picture; pixel centres lie at + 0.5 from its upper left corner.</summary>
    public readonly struct Pinhole
    {
        private Pinhole(double focalX, double focalY, double centreX, double centreY, int width, int height, bool flat)
        {
            FocalX = focalX;
            FocalY = focalY;
            CentreX = centreX;
            CentreY = centreY;
            WidthPx = width;
            HeightPx = height;
            IsOrthographic = flat;
        }

        /// <summary>Pixels; of an orthographic camera pixels a metre.</summary>
        public double FocalX { get; }

        /// <summary>Pixels; of an orthographic camera pixels a metre.</summary>
        public double FocalY { get; }

        /// <summary>Pixels.</summary>
        public double CentreX { get; }

        /// <summary>Pixels.</summary>
        public double CentreY { get; }

        /// <summary>Of the picture.</summary>
        public int WidthPx { get; }

        /// <summary>Of the picture.</summary>
        public int HeightPx { get; }

        /// <summary>Whether distance makes nothing smaller.</summary>
        public bool IsOrthographic { get; }

        /// <summary>The lens of a projection as OpenGL has it; a lens shifted off centre is kept.</summary>
        public static Pinhole Of(EngineMatrix projection, int widthPx, int heightPx)
        {
            double halfWidth = widthPx / 2.0, halfHeight = heightPx / 2.0;
            var flat = projection.Last.Z == 0;
            // Seen along -z, so entries of column 2 have the opposite sign in z forward; y turns down.
            var shiftX = flat ? projection.Offset.X : -projection.Linear.M02;
            var shiftY = flat ? -projection.Offset.Y : projection.Linear.M12;
            return new Pinhole(
                halfWidth * projection.Linear.M00, halfHeight * projection.Linear.M11, halfWidth * (1 + shiftX),
                halfHeight * (1 + shiftY), widthPx, heightPx, flat);
        }

        /// <summary>Where a point of the camera's space is seen, pixels; z is kept.</summary>
        public Vec3 Seen(Vec3 point)
        {
            var divisor = IsOrthographic ? 1 : point.Z;
            return new Vec3(
                FocalX * point.X / divisor + CentreX, FocalY * point.Y / divisor + CentreY, point.Z);
        }
    }
}
