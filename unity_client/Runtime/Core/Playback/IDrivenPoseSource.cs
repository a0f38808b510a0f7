namespace Ani3d
{
    /// <summary>
    /// A source whose poses come with node motion, as the driver of a server makes it: <see cref="IPoseSource.TryRead"/> writes
    /// displacements and rotations of nodes, too, and no driver runs here.
    /// </summary>
    public interface IDrivenPoseSource : IPoseSource
    {
    }
}
