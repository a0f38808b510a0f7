using System;

namespace Ani3d
{
    /// <summary>Decoded values that no person has.</summary>
    internal static class AbsurdValues
    {
        /// <summary>Refuses values of 10⁵ and more, and what is not finite.</summary>
        public static void Refuse(float[] values, string subject)
        {
            foreach (var value in values)
            {
                if (!(Math.Abs(value) < FormatConstants.Package.ValuesBelow))
                {
                    throw new RefusalException(RefusalCodes.PackageNotFinite, subject, $"a value of {value}");
                }
            }
        }
    }
}
