namespace Ani3d
{
    /// <summary>Axes that poses of a source are given in.</summary>
    public enum SourceAxes
    {
        /// <summary>Found by the legs of the rest pose, among the right-handed ones.</summary>
        Found = 0,

        /// <summary>Right-handed, Y up, facing +Z: glTF, VRM 1, and this library.</summary>
        Yup = 1,

        /// <summary>Right-handed, Z up: AMASS, Blender.</summary>
        Zup = 2,

        /// <summary>Right-handed, X right, Y down, Z forward.</summary>
        Rdf = 3,

        /// <summary>Left-handed, Y up, facing +Z: Unity, VMC.</summary>
        Unity = 4,

        /// <summary>Left-handed, Z up, facing +X: Unreal's world.</summary>
        Unreal = 5,
    }
}
