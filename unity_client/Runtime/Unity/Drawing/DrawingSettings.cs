using UnityEngine;

namespace Ani3d
{
    /// <summary>What holds for all avatars of a program.</summary>
    public sealed class DrawingSettings
    {
        /// <summary>Gaussians that may be drawn in all; 0 for no limit.</summary>
        public long Budget { get; set; } = 1_000_000;

        /// <summary>Multiplies the number of Gaussians that a size in the picture asks for.</summary>
        public float Quality { get; set; } = 1;

        /// <summary>
        /// In projects of linear colour: whether half-covered pixels are mixed with the scene as displayed, which is what the
        /// reference shows; it reads the scene's colour once. Otherwise they are blended in linear light.
        /// </summary>
        public bool MixAsDisplayed { get; set; } = true;

        /// <summary>Whether targets hold linear light.</summary>
        public bool IsLinear => QualitySettings.activeColorSpace == ColorSpace.Linear;
    }
}
