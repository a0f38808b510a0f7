namespace Ani3d.Messages
{
    /// <summary>A message of the protocol.</summary>
    internal interface IMessage
    {
        /// <summary>Makes it empty, so that it can be read into again.</summary>
        void Clear();

        /// <summary>Reads fields to the end of the message; bytes are shared with the reader's.</summary>
        void Merge(ProtobufReader reader);

        /// <summary>Writes fields in the order of their numbers.</summary>
        void Write(ProtobufWriter writer);
    }
}
