using System.Threading.Tasks;

namespace Ani3d.ClientProgram
{
    /// <summary>ranges --avatar A | --url URL</summary>
    internal static class Ranges
    {
        public static Task RunAsync(Client client, Options options)
        {
            return Task.CompletedTask;
        }
    }
}
