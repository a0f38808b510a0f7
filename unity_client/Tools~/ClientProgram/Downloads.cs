using System.Threading.Tasks;

namespace Ani3d.ClientProgram
{
    /// <summary>download --avatar A --out FILE [--cache FOLDER]</summary>
    internal static class Downloads
    {
        public static Task RunAsync(Client client, Options options)
        {
            return Task.CompletedTask;
        }
    }
}
