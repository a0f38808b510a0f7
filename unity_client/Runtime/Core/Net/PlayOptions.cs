using System.Globalization;
using Ani3d.Messages;

namespace Ani3d
{
    /// <summary>How a clip is to be played.</summary>
    public sealed class PlayOptions
    {
        private const double MaxRate = 16;

        /// <summary>What frames hold.</summary>
        public FrameForm Form { get; set; } = FrameForm.Light;

        /// <summary>How frames are timed.</summary>
        public Pacing Pacing { get; set; } = Pacing.RealTime;

        /// <summary>Media seconds per second, not zero; negative plays backwards.</summary>
        public double Rate { get; set; } = 1;

        /// <summary>Whether it starts again at the end.</summary>
        public bool Loop { get; set; }

        /// <summary>
        /// Media time of the first frame, seconds; null for 0, or for the clip's end where it is played backwards.
        /// </summary>
        public double? StartTimeS { get; set; }

        /// <summary>Frames that may be on their way to the client at once; null for as many as the way there takes.</summary>
        public int? Credits { get; set; }

        /// <summary>Frames sent per second; null for the clip's own.</summary>
        public double? FrameRateHz { get; set; }

        /// <summary>Whether light frames as floats hold per-Gaussian detail; the package has it too.</summary>
        public bool WithDetail { get; set; } = true;

        /// <summary>Begin of the part of the clip to play, seconds; null for the clip's own.</summary>
        public double? BeginTimeS { get; set; }

        /// <summary>End of the part of the clip to play, seconds; null for the clip's own.</summary>
        public double? EndTimeS { get; set; }

        /// <summary>Finest level of detail wanted, 0 the coarsest; null for all.</summary>
        public int? Lod { get; set; }

        /// <summary>
        /// The avatar's package, where it is held: without detail, light frames come in a tenth of the bytes then.
        /// </summary>
        public HeldPackage Package { get; set; }

        /// <summary>
        /// Where the link is too slow, frames come without detail, then fewer; Playback.Rendition says so. Nothing of the
        /// kind happens where every frame is wanted.
        /// </summary>
        public bool Adaptive { get; set; } = true;

        internal static double CheckedRate(double rate)
        {
            if (rate != 0 && rate >= -MaxRate && rate <= MaxRate)
            {
                return rate;
            }
            throw new RefusalException(
                RefusalCodes.PlayBadRate, "rate", rate.ToString("g", CultureInfo.InvariantCulture),
                $"a number between -{MaxRate} and {MaxRate}, not zero", "Choose another rate, or pause instead of a rate of zero.");
        }

        internal CreditWindow WindowOf(GrpcChannel channel)
        {
            return new CreditWindow(Credits, channel.RoundTrip, Pacing == Pacing.EveryFrame);
        }

        internal StartCommand StartOf(string avatarId, string clip, FrameDecoder decoder, int credits)
        {
            if (Credits < 1 || Lod < 0)
            {
                throw new RefusalException(
                    RefusalCodes.PlayBadOption, "play options", $"{Credits} credits, level {Lod}",
                    "at least one credit, no negative level", "Correct the option.");
            }
            var start = new StartCommand
            {
                AvatarId = avatarId,
                Clip = clip,
                Mode = (FrameMode)Form,
                Pacing = (Messages.Pacing)Pacing,
                Rate = CheckedRate(Rate),
                Loop = Loop,
                StartTimeS = StartTimeS,
                Credits = (uint)credits,
                FrameRateHz = FrameRateHz ?? 0,
                WithoutDetail = !WithDetail,
                Range = new RangeCommand { BeginTimeS = BeginTimeS, EndTimeS = EndTimeS },
                Lod = (uint?)Lod,
                Adaptive = Adaptive,
            };
            decoder.AddCodecs(start.Codecs);
            return start;
        }
    }
}
