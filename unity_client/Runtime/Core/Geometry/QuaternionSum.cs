namespace Ani3d
{
    /// <summary>A weighted sum of quaternions, each with the sign on the side of the one before.</summary>
    internal struct QuaternionSum
    {
        private Quat _last;
        private Quat _sum;

        /// <summary>Adds a quaternion with a weight.</summary>
        public void Add(Quat quaternion, double weight)
        {
            _last = quaternion.OnTheSideOf(_last);
            _sum += _last.Times(weight);
        }

        /// <summary>The sum divided by its length.</summary>
        public Quat Normalised()
        {
            return _sum.Normalised();
        }
    }
}
