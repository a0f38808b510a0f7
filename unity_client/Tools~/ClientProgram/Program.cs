// The client against a real server, for e2e tests: what it is told on the command line, it does, and says what came of it.
using System;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Ani3d;

namespace Ani3d.ClientProgram
{
    internal static class Program
    {
        private static int Main(string[] arguments)
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            try
            {
                RunAsync(new Options(arguments)).GetAwaiter().GetResult();
                return 0;
            }
            catch (RefusalException refusal)
            {
                Console.WriteLine($"refused {refusal.Code}");
                Console.Error.WriteLine(refusal);
                return 3;
            }
        }

        private static async Task RunAsync(Options options)
        {
            var client = options.Client();
            switch (options.Command)
            {
                case "list":
                    await ListAsync(client).ConfigureAwait(false);
                    break;
                case "download":
                    await Downloads.RunAsync(client, options).ConfigureAwait(false);
                    break;
                case "play":
                    await Plays.RunAsync(client, options).ConfigureAwait(false);
                    break;
                case "publish":
                    await Lives.PublishAsync(client, options).ConfigureAwait(false);
                    break;
                case "watch":
                    await Lives.WatchAsync(client, options).ConfigureAwait(false);
                    break;
                case "ranges":
                    await Ranges.RunAsync(client, options).ConfigureAwait(false);
                    break;
                default:
                    throw new ArgumentException($"no command '{options.Command}'");
            }
            client.Dispose();
        }

        private static async Task ListAsync(Client client)
        {
            var info = await client.ServerInfoAsync().ConfigureAwait(false);
            Console.WriteLine($"principal {info.Principal} {string.Join(",", info.Scopes)}");
            foreach (var avatar in await client.ListAvatarsAsync().ConfigureAwait(false))
            {
                var clips = string.Join(",", avatar.Clips.Select(clip => $"{clip.Name}:{clip.FrameCount}"));
                Console.WriteLine(
                    $"avatar {avatar.AvatarId} {avatar.Digest} {avatar.SizeBytes} {avatar.GaussianCount} {clips}");
                var manifest = await client.ManifestAsync(avatar.AvatarId).ConfigureAwait(false);
                Console.WriteLine($"manifest {manifest.Json}");
            }
        }
    }
}
