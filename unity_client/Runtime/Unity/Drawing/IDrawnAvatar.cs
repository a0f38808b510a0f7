using UnityEngine.Rendering;

namespace Ani3d
{
    /// <summary>Who keeps an avatar ready to be drawn: the component.</summary>
    internal interface IDrawnAvatar
    {
        /// <summary>What is drawn.</summary>
        DrawnAvatar Drawn { get; }

        /// <summary>Whether its object still exists.</summary>
        bool Exists { get; }

        /// <summary>What level it wants; false where it takes no part in the choice.</summary>
        /// <param name="wish">all but the height and the quality of all.</param>
        bool WantsLevel(ref LevelWish wish);

        /// <summary>The level that it may have.</summary>
        /// <param name="level">0 to the last.</param>
        /// <param name="isSeen">whether a camera saw it when the level was chosen.</param>
        void ShowLevel(int level, bool isSeen);

        /// <summary>Records what brings its posed Gaussians up to date, before a camera that may see it.</summary>
        /// <returns>Whether anything was recorded.</returns>
        bool Prepare(CommandBuffer commands, DrawingKernels kernels);
    }
}
