using System;

namespace Ani3d
{
    /// <summary>Real spherical harmonics up to degree 3 with the signs of 3DGS.</summary>
    public static class Harmonics
    {
        private const double C0 = 0.28209479177387814;
        private const double C1 = 0.4886025119029199;
        private static readonly double[] C2 =
        {
            1.0925484305920792, -1.0925484305920792, 0.31539156525252005, -1.0925484305920792, 0.5462742152960396,
        };

        private static readonly double[] C3 =
        {
            -0.5900435899266435, 2.890611442640554, -0.4570457994644658, 0.3731763325901154, -0.4570457994644658,
            1.445305721320277, -0.5900435899266435,
        };

        /// <summary>max(0, 0.5 + Σ Y sh) along a direction.</summary>
        /// <param name="sh">[harmonics, 3].</param>
        /// <param name="direction">unit, from the camera to the mean, taken back to rest-pose space.</param>
        public static Vec3 Colour(double[] sh, Vec3 direction)
        {
            var basis = Basis(direction);
            var colour = new[] { 0.5, 0.5, 0.5 };
            for (var k = 0; k < sh.Length; k++)
            {
                colour[k % 3] += basis[k / 3] * sh[k];
            }
            return new Vec3(Math.Max(0, colour[0]), Math.Max(0, colour[1]), Math.Max(0, colour[2]));
        }

        private static double[] Basis(Vec3 d)
        {
            double x = d.X, y = d.Y, z = d.Z, xx = x * x, yy = y * y, zz = z * z;
            return new[]
            {
                C0,
                -C1 * y, C1 * z, -C1 * x,
                C2[0] * x * y, C2[1] * y * z, C2[2] * (2 * zz - xx - yy), C2[3] * x * z, C2[4] * (xx - yy),
                C3[0] * y * (3 * xx - yy), C3[1] * x * y * z, C3[2] * y * (4 * zz - xx - yy),
                C3[3] * z * (2 * zz - 3 * xx - 3 * yy), C3[4] * x * (4 * zz - xx - yy), C3[5] * z * (xx - yy),
                C3[6] * x * (xx - 3 * yy),
            };
        }
    }
}
