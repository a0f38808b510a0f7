using System;
using System.Globalization;
using System.Threading.Tasks;

namespace Ani3d.ClientProgram
{
    /// <summary>
    /// play --avatar A --clip C --frames N --out FILE [--steps PACKAGE] [--form full] [--loop 1] [--rate R]
    /// [--seeks FRAME:TIME,…] [--begin S] [--end S] [--realtime 1] [--wait-at FRAMES]: there it waits for a line
    /// </summary>
    internal static class Plays
    {
        public static async Task RunAsync(Client client, Options options)
        {
            using var package = options.Has("steps") ? Package.OpenFile(options.Text("steps")) : null;
            var play = new PlayOptions
            {
                Form = options.Text("form") == "full" ? FrameForm.Full : FrameForm.Light,
                Pacing = options.Has("realtime") ? Pacing.RealTime : Pacing.EveryFrame,
                Loop = options.Has("loop"),
                Rate = options.Number("rate", 1),
                WithDetail = !options.Has("steps"),
                Package = package == null ? null : new HeldPackage(package),
                BeginTimeS = options.Has("begin") ? options.Number("begin", 0) : (double?)null,
                EndTimeS = options.Has("end") ? options.Number("end", 0) : (double?)null,
                Credits = options.Has("credits") ? (int)options.Number("credits", 0) : (int?)null,
            };
            using var playback = await client.PlayAsync(options.Text("avatar"), options.Text("clip"), play).ConfigureAwait(false);
            playback.ConnectionChanged += (state, why) => Console.WriteLine($"connection {state} {why?.Code}");
            Console.WriteLine(
                $"header {playback.Header.FrameCount} {playback.Header.JointNames.Count} {playback.Header.NodeCount} "
                + $"{playback.Header.IsInSteps}");
            using var file = new FrameFile(options.Text("out"));
            var wanted = (int)options.Number("frames", int.MaxValue);
            var seeks = (options.Text("seeks") ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries);
            var sought = 0;
            var frame = new StreamedFrame();
            var waitAt = (int)options.Number("wait-at", -1);
            while (file.Count < wanted)
            {
                if (sought < seeks.Length && int.Parse(seeks[sought].Split(':')[0]) == file.Count)
                {
                    playback.Seek(double.Parse(seeks[sought++].Split(':')[1], CultureInfo.InvariantCulture));
                }
                if (!await playback.ReadAsync(frame).ConfigureAwait(false))
                {
                    break;
                }
                file.Add(frame);
                Console.WriteLine($"frame {frame.FrameIndex}");
                if (file.Count == waitAt)
                {
                    Console.WriteLine("waiting");
                    Console.ReadLine();
                }
            }
            Console.WriteLine(
                $"played {file.Count} {playback.Connection} dropped {playback.DroppedCount} reconnects {playback.ReconnectCount} "
                + $"bytes {playback.ReceivedBytes}");
        }
    }
}
