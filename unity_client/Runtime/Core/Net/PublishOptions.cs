namespace Ani3d
{
    /// <summary>How to publish.</summary>
    public sealed class PublishOptions
    {
        /// <summary>Form of the frames that come back; null for none.</summary>
        public FrameForm? Answers { get; set; }

        /// <summary>Answered frames that may be on their way at once; null for as many as the way there takes.</summary>
        public int? Credits { get; set; }

        /// <summary>
        /// The epoch that this publisher had before, so that it does not take the session from another that came in
        /// between; 0 to take over whoever has it.
        /// </summary>
        public long ResumeEpoch { get; set; }

        /// <summary>Poses that took up to this much longer than the fastest are still shown in time, seconds, at most 1.</summary>
        public double JitterBufferS { get; set; }

        /// <summary>Whether a foot that stands is kept where it stands.</summary>
        public bool LockFeet { get; set; }

        /// <summary>Leave the root's way over the ground out of frames, for avatars that a controller moves.</summary>
        public bool InPlace { get; set; }

        /// <summary>The avatar's package, where it is held: light answers come in a tenth of the bytes.</summary>
        public HeldPackage Package { get; set; }
    }
}
