namespace Ani3d
{
    /// <summary>Passes of Splats.shader, in their order there.</summary>
    internal static class SplatPass
    {
        /// <summary>The scene's depth into the picture's own depth buffer, one sample a pixel.</summary>
        public const int SceneDepth = 0;

        /// <summary>A quad for each Gaussian.</summary>
        public const int Gaussians = 1;

        /// <summary>The scene's colour, one sample a pixel.</summary>
        public const int SceneColour = 2;

        /// <summary>The picture over the scene by blending.</summary>
        public const int Composite = 3;

        /// <summary>The picture over the scene, mixed as displayed.</summary>
        public const int CompositeOverScene = 4;
    }
}
