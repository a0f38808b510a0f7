using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d
{
    /// <content>What cameras ask an avatar for.</content>
    public sealed partial class GaussianAvatar : IDrawnAvatar
    {
        /// <inheritdoc/>
        DrawnAvatar IDrawnAvatar.Drawn => _show?.Drawn ?? AvatarBounds.NothingDrawn;

        /// <inheritdoc/>
        bool IDrawnAvatar.Exists => this != null;

        /// <inheritdoc/>
        bool IDrawnAvatar.WantsLevel(ref LevelWish wish)
        {
            if (_show == null || level >= 0 || !Application.isPlaying)
            {
                return false;
            }
            wish.LevelEnds = _show.Shared.LevelEnds;
            wish.Quality = quality;
            wish.Current = _show.Level;
            return true;
        }

        /// <inheritdoc/>
        void IDrawnAvatar.ShowLevel(int wanted, bool isSeen)
        {
            _show.ShowLevel(wanted, isSeen);
        }

        /// <inheritdoc/>
        bool IDrawnAvatar.Prepare(CommandBuffer commands, DrawingKernels kernels)
        {
            return _show != null && _show.Prepare(commands, kernels);
        }
    }
}
