using System;
using System.Linq;
using System.Threading.Tasks;

namespace Ani3d.ClientProgram
{
    /// <summary>download --avatar A (--out FILE | --cache FOLDER)</summary>
    internal static class Downloads
    {
        public static async Task RunAsync(Client client, Options options)
        {
            var progress = new Shares();
            if (options.Has("cache"))
            {
                var listed = await client.ListAvatarsAsync().ConfigureAwait(false);
                var avatar = listed.Single(one => one.AvatarId == options.Text("avatar"));
                var cached = await new PackageCache(options.Text("cache")).FetchAsync(client, avatar, progress).ConfigureAwait(false);
                Console.WriteLine($"cached {cached.ReceivedBytes} {cached.Path}");
                return;
            }
            var report = await client.DownloadAsync(options.Text("avatar"), options.Text("out"), progress).ConfigureAwait(false);
            Console.WriteLine(
                $"downloaded {report.Digest} {report.SizeBytes} resumed {report.ResumedFromBytes} received {report.ReceivedBytes}");
        }

        private sealed class Shares : IProgress<double>
        {
            private double _told;

            public void Report(double value)
            {
                if (value >= _told)
                {
                    Console.WriteLine($"share {value:F2}");
                    _told = value + 0.05;
                }
            }
        }
    }
}
