using System;
using System.Linq;
using System.Threading.Tasks;

namespace Ani3d.ClientProgram
{
    /// <summary>download --avatar A (--out FILE | --cache FOLDER) [--stop-at SHARE]: there it waits for a line</summary>
    internal static class Downloads
    {
        public static async Task RunAsync(Client client, Options options)
        {
            var progress = new Stop(options.Number("stop-at", 2));
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

        private sealed class Stop : IProgress<double>
        {
            private double _at;

            public Stop(double at)
            {
                _at = at;
            }

            public void Report(double value)
            {
                if (value >= _at)
                {
                    _at = double.MaxValue;
                    Console.WriteLine($"stopped {value}");
                    Console.ReadLine();
                }
            }
        }
    }
}
