using System;

namespace Ani3d
{
    /// <summary>The stretch of depths that keys are spread over: from the nearest to the farthest avatar that is seen.</summary>
    public struct KeyRange
    {
        // Keeps keys apart where an avatar is flat along the camera's axis.
        private const double LeastLengthM = 1e-3;
        private const double NearestM = 0.01;
        private bool _isUsed;

        /// <summary>Metres along the camera's axis; less than far.</summary>
        public double NearM { get; private set; }

        /// <summary>Metres along the camera's axis.</summary>
        public double FarM { get; private set; }

        /// <summary>Takes in what lies between two depths.</summary>
        /// <param name="near">metres.</param>
        /// <param name="far">metres.</param>
        /// <param name="isOrthographic">whether depths behind the camera's place are seen, too.</param>
        public void Add(double near, double far, bool isOrthographic)
        {
            if (!isOrthographic)
            {
                near = Math.Max(near, NearestM);
            }
            far = Math.Max(far, near + LeastLengthM);
            NearM = _isUsed ? Math.Min(NearM, near) : near;
            FarM = _isUsed ? Math.Max(FarM, far) : far;
            _isUsed = true;
        }
    }
}
