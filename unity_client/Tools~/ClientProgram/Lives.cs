using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Ani3d.ClientProgram
{
    /// <summary>
    /// publish --avatar A --session S --poses FILE [--key K] [--hz H] [--repeat N] [--end 1]
    /// [--wait 1], for a line, [--until 1], until a line comes; watch --session S --frames N --out FILE
    /// [--steps PACKAGE]. Poses are float32: root, then quaternions, for each.
    /// </summary>
    internal static class Lives
    {
        public static async Task PublishAsync(Client client, Options options)
        {
            var joints = (int)options.Number("joints", 0);
            var floats = ReadFloats(options.Text("poses"));
            var ticket = options.Has("key")
                ? new LiveTicket(options.Text("avatar"), options.Text("session"), options.Text("key"))
                : await client.Live.CreateAsync(options.Text("avatar"), options.Text("session")).ConfigureAwait(false);
            Console.WriteLine($"created {ticket.SessionId}");
            var publisher = await client.Live.PublishAsync(ticket).ConfigureAwait(false);
            publisher.ConnectionChanged += (state, why) => Console.WriteLine($"connection {state} {why?.Code}");
            Console.WriteLine($"publishing {publisher.Epoch} {publisher.Mapping.Matched.Count}");
            if (options.Has("wait"))
            {
                Console.ReadLine();
            }
            var each = 3 + 4 * joints;
            var rotations = new Quat[joints];
            var pause = TimeSpan.FromSeconds(1 / options.Number("hz", 30));
            var stop = options.Has("until") ? Task.Run(Console.ReadLine) : new TaskCompletionSource<string>().Task;
            for (var repeat = 0; repeat < options.Number("repeat", 1) && !stop.IsCompleted; repeat++)
            {
                for (var at = 0; at + each <= floats.Length; at += each)
                {
                    for (var joint = 0; joint < joints; joint++)
                    {
                        var q = at + 3 + 4 * joint;
                        rotations[joint] = new Quat(floats[q], floats[q + 1], floats[q + 2], floats[q + 3]);
                    }
                    publisher.Send(rotations, new Vec3(floats[at], floats[at + 1], floats[at + 2]), at / (double)each / 30);
                    await Task.Delay(pause).ConfigureAwait(false);
                }
            }
            Console.WriteLine(
                $"published epoch {publisher.Epoch} unsent {publisher.UnsentCount} refused {publisher.RefusedCount} "
                + $"{publisher.RefusedCode} reconnects {publisher.ReconnectCount}");
            await publisher.FinishAsync().ConfigureAwait(false);
            if (options.Has("end"))
            {
                await client.Live.EndAsync(publisher.Ticket).ConfigureAwait(false);
            }
        }

        public static async Task WatchAsync(Client client, Options options)
        {
            using var package = options.Has("steps") ? Package.OpenFile(options.Text("steps")) : null;
            var held = package == null ? null : new HeldPackage(package);
            using var watched = await client.Live.SubscribeAsync(
                options.Text("session"), FrameForm.Light, (int)options.Number("credits", 8), held).ConfigureAwait(false);
            watched.ConnectionChanged += (state, why) => Console.WriteLine($"connection {state} {why?.Code}");
            watched.SourceChanged += state => Console.WriteLine($"source {state}");
            Console.WriteLine($"watching {watched.Header.IsInSteps} {watched.Source}");
            using var file = new FrameFile(options.Text("out"));
            var frame = new StreamedFrame();
            while (file.Count < options.Number("frames", int.MaxValue)
                && await watched.ReadAsync(frame).ConfigureAwait(false))
            {
                file.Add(frame);
                Console.WriteLine(FormattableString.Invariant($"frame {frame.FrameIndex} {frame.TimeS:R}"));
            }
            Console.WriteLine($"watched {file.Count} {watched.Connection} reconnects {watched.ReconnectCount}");
        }

        private static float[] ReadFloats(string path)
        {
            var bytes = File.ReadAllBytes(path);
            return Enumerable.Range(0, bytes.Length / 4).Select(k => BitConverter.ToSingle(bytes, 4 * k)).ToArray();
        }
    }
}
