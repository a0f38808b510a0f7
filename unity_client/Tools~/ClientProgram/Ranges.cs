using System;
using System.Threading.Tasks;

namespace Ani3d.ClientProgram
{
    /// <summary>ranges (--avatar A | --url URL [--bearer TOKEN]): opens a package by byte ranges, and reads all of it.</summary>
    internal static class Ranges
    {
        public static async Task RunAsync(Client client, Options options)
        {
            using var handler = options.Handler();
            using var source = await OpenAsync(client, handler, options).ConfigureAwait(false);
            using var package = await Package.OpenAsync(source).ConfigureAwait(false);
            Console.WriteLine($"opened {package.Digest} {source.RequestCount} requests {source.ReceivedBytes} bytes");
            await package.FetchAvatarAsync(package.Manifest.LevelSizes.Count).ConfigureAwait(false);
            await package.FetchGroupsAsync(0, 0, int.MaxValue / 2).ConfigureAwait(false);
            var requests = source.RequestCount;
            var splats = package.ReadSplats();
            var model = package.ReadModelOf(0, package.ReadModel());
            package.ReadGroup(0, 0, model);
            Console.WriteLine($"read {splats.Count} {source.RequestCount} requests, {source.RequestCount - requests} while reading");
            await package.FetchAsync(_ => true).ConfigureAwait(false);
            package.CheckBytes();
            Console.WriteLine($"whole {source.RequestCount} requests {source.ReceivedBytes} of {source.Length} bytes");
        }

        private static async Task<RangeSource> OpenAsync(Client client, System.Net.Http.HttpMessageHandler handler, Options options)
        {
            var ranges = new RangeOptions();
            if (!options.Has("url"))
            {
                return await client.OpenRangesAsync(options.Text("avatar"), ranges).ConfigureAwait(false);
            }
            if (options.Has("bearer"))
            {
                ranges.TokenSource = _ => Task.FromResult(options.Text("bearer"));
            }
            return await HttpRangeSource.OpenAsync(new Uri(options.Text("url")), handler, ranges).ConfigureAwait(false);
        }
    }
}
