using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>The part of a stream that is the same for all its frames; see frames.proto.</summary>
    public sealed class StreamHeader
    {
        internal StreamHeader(Messages.Header header)
        {
            AvatarId = header.AvatarId;
            Digest = header.Digest;
            Clip = header.Clip;
            Form = header.Mode == Messages.FrameMode.Full ? FrameForm.Full : FrameForm.Light;
            IsInSteps = header.Codec == Messages.FrameCodec.Steps;
            Fps = header.Fps;
            FrameCount = (int)header.FrameCount;
            DurationS = header.DurationS;
            // A server of before there were periods says nothing of them.
            PeriodS = header.PeriodS > 0 ? header.PeriodS : header.DurationS;
            JointNames = header.JointNames.ToArray();
            GaussianCount = (int)header.GaussianCount;
            NodeCount = (int)header.NodeCount;
            CoefficientCount = (int)header.CoefficientCount;
            FrameRateHz = header.FrameRateHz;
            SessionId = header.SessionId;
            Driven = header.Driven;
            HeartbeatTimeoutS = header.HeartbeatTimeoutS;
            ServerStartTimeS = header.ServerStartTimeS;
            SessionStartTimeS = header.SessionStartTimeS;
            MaxMessageBytes = (long)header.MaxMessageBytes;
        }

        /// <summary>The avatar, as the server names it.</summary>
        public string AvatarId { get; }

        /// <summary>Digest of the package that frames belong to.</summary>
        public string Digest { get; }

        /// <summary>Name of the clip; empty in a live session.</summary>
        public string Clip { get; }

        /// <summary>What frames hold.</summary>
        public FrameForm Form { get; }

        /// <summary>Whether light frames come in whole steps, a tenth of the bytes.</summary>
        public bool IsInSteps { get; }

        /// <summary>The clip's own frames per second; 0 in a live session.</summary>
        public double Fps { get; }

        /// <summary>Frames of the clip; 0 in a live session.</summary>
        public int FrameCount { get; }

        /// <summary>Seconds from the clip's first frame to its last; 0 in a live session.</summary>
        public double DurationS { get; }

        /// <summary>Seconds after which the clip starts over where it is looped.</summary>
        public double PeriodS { get; }

        /// <summary>[J] names, in the order of rotations.</summary>
        public IReadOnlyList<string> JointNames { get; }

        /// <summary>Gaussians at the level of detail that is sent.</summary>
        public int GaussianCount { get; }

        /// <summary>M, control nodes.</summary>
        public int NodeCount { get; }

        /// <summary>K, corrective coefficients.</summary>
        public int CoefficientCount { get; }

        /// <summary>Frames sent per second; 0 where a live source sets the pace.</summary>
        public double FrameRateHz { get; }

        /// <summary>The live session; empty for a clip.</summary>
        public string SessionId { get; }

        /// <summary>In a live session: whether a driver moves cloth and hair.</summary>
        public bool Driven { get; }

        /// <summary>Silence of a client after which the server hangs up, seconds; the stream sees to it.</summary>
        public double HeartbeatTimeoutS { get; }

        /// <summary>Wall clock of the server, seconds since 1970, at which its own clock was zero.</summary>
        public double ServerStartTimeS { get; }

        /// <summary>In a live session: wall clock, seconds since 1970, at which the time of frames was zero.</summary>
        public double SessionStartTimeS { get; }

        /// <summary>No response with frames has more bytes; 0 from servers that do not say.</summary>
        public long MaxMessageBytes { get; }
    }
}
