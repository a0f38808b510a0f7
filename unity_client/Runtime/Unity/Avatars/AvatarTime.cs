namespace Ani3d
{
    /// <summary>Which clock an avatar follows.</summary>
    public enum AvatarTime
    {
        /// <summary>The game's, with its scale and pauses.</summary>
        Game,

        /// <summary>The game's without scale.</summary>
        Unscaled,

        /// <summary>None: somebody calls <c>Tick</c>, such as Timeline.</summary>
        Manual,
    }
}
