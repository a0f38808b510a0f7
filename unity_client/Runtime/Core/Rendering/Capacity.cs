using System;

namespace Ani3d
{
    /// <summary>Sizes of buffers that grow: a half more than is needed, so that a crowd does not make them anew each frame.</summary>
    public static class Capacity
    {
        private const int Step = 4096;

        /// <summary>The size that a buffer is to have.</summary>
        /// <param name="current">that it has; 0 for none.</param>
        /// <param name="needed">elements.</param>
        public static int For(int current, int needed)
        {
            if (needed <= current)
            {
                return current;
            }
            var generous = current == 0 ? needed : needed + needed / 2L;
            return (int)Math.Min((generous + Step - 1) / Step * Step, int.MaxValue / 2);
        }
    }
}
