namespace Ani3d
{
    /// <summary>What a player does with the root's way over the ground.</summary>
    public enum RootMotion
    {
        /// <summary>It shows it.</summary>
        World,

        /// <summary>It leaves it out; the avatar turns and bobs.</summary>
        InPlace,

        /// <summary>It stands above the origin and faces +Z; steps are told besides.</summary>
        Delta,
    }
}
