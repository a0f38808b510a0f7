using System;
using System.Collections.Generic;
using Ani3d.Messages;

namespace Ani3d
{
    /// <summary>
    /// Decodes the frames of a stream, whose header says how. What is refused leaves the frame that it would have been
    /// written to as it was.
    /// </summary>
    internal sealed class FrameDecoder
    {
        private const string Subject = "frame payload";
        private const string Update = "Install the same ani3d version on client and server; if they are, report this.";
        private const int LayoutVersion = 1;
        private const int LightHeadBytes = 20;
        private const int FullHeadBytes = 8;
        private const int FullBytesPerGaussian = 36;
        private const int Channels = 4;
        private const float RotationOne = 32767;
        private const float MmPerM = 1000;
        private readonly HeldPackage _held;
        private StreamHeader _header;
        private LightDecoder _steps;
        private bool _hasFrames;
        private byte[] _bytes;
        private int _at;

        /// <summary>Creates a decoder that waits for a header.</summary>
        /// <param name="held">the avatar's package, where it is held; null for none.</param>
        public FrameDecoder(HeldPackage held)
        {
            _held = held;
        }

        /// <summary>What of the stream is sent; null where the server does not follow the link.</summary>
        public StreamRendition Rendition { get; private set; }

        /// <summary>Codecs that can be decoded besides floats.</summary>
        public void AddCodecs(List<FrameCodec> codecs)
        {
            if (_held != null)
            {
                codecs.Add(FrameCodec.Steps);
            }
        }

        /// <summary>Takes the header of a connection.</summary>
        /// <param name="header">as the server sent it.</param>
        /// <param name="before">of the connection before; null for none.</param>
        /// <exception cref="RefusalException">service-digest-changed, service-bad-frame.</exception>
        public StreamHeader Begin(Messages.Header header, StreamHeader before)
        {
            var digest = before?.Digest ?? _held?.Digest;
            if (digest != null && header.Digest != digest)
            {
                throw new RefusalException(
                    RefusalCodes.ServiceDigestChanged, header.AvatarId, $"frames of the package with digest {Short(header.Digest)}",
                    $"frames of the package with digest {Short(digest)}", "Fetch the package again, and begin anew.");
            }
            Need(
                header.JointNames.Count <= FormatConstants.Manifest.MaxJoints
                && header.NodeCount <= FormatConstants.Model.MaxNodes
                && header.GaussianCount <= FormatConstants.Manifest.MaxGaussians
                && header.FrameCount <= int.MaxValue && header.CoefficientCount <= FormatConstants.Model.MaxNodes,
                $"a header of {header.JointNames.Count} joints, {header.NodeCount} nodes, {header.GaussianCount} Gaussians");
            var isPossible = true;
            foreach (var value in new[]
            {
                header.Fps, header.DurationS, header.PeriodS, header.FrameRateHz, header.HeartbeatTimeoutS,
                header.ServerStartTimeS, header.SessionStartTimeS,
            })
            {
                isPossible &= value >= 0 && !double.IsInfinity(value);
            }
            Need(isPossible, "a header of rates and times that are negative or not finite");
            Need(
                header.Mode >= FrameMode.Unspecified && header.Mode <= FrameMode.Full, $"frames of mode {(int)header.Mode}");
            Need(
                _held == null
                || (header.JointNames.Count == _held.JointCount && header.NodeCount == _held.NodeCount),
                $"{header.JointNames.Count} joints and {header.NodeCount} nodes, other than the package has");
            _steps = null;
            SetForm(header.Mode == FrameMode.Light && header.Codec == FrameCodec.Steps);
            Rendition = header.Rendition == null ? null : new StreamRendition(header.Rendition);
            // A publisher that asked for no answers gets none.
            _hasFrames = header.Mode != FrameMode.Unspecified;
            _header = new StreamHeader(header);
            return _header;
        }

        /// <summary>Frames have another form from now on.</summary>
        /// <exception cref="RefusalException">service-bad-frame.</exception>
        public void Change(Rendition rendition)
        {
            Need(_header != null, "a rendition before the header");
            Rendition = new StreamRendition(rendition);
            SetForm(_header.Form == FrameForm.Light && Rendition.IsInSteps);
        }

        /// <summary>Decodes a frame.</summary>
        /// <exception cref="RefusalException">service-bad-frame, service-frame-version, a code of light frames.</exception>
        public void Decode(Frame message, StreamedFrame frame)
        {
            Need(_hasFrames, "a frame that nobody asked for");
            Need(IsFinite(message.TimeS) && IsFinite(message.CaptureTimeS), "a time that is not finite");
            if (_header.Form == FrameForm.Full)
            {
                DecodeFull(message.Payload, frame);
            }
            else if (_steps != null)
            {
                // The light decoder writes the frame last, once all of it is right.
                var light = LightOf(frame);
                _steps.Decode(message.Payload, light);
                light.Detail = null;
                frame.Light = light;
                frame.Full = null;
            }
            else
            {
                DecodeFloats(message.Payload, frame);
            }
            frame.TimeS = message.TimeS;
            frame.CaptureTimeS = message.CaptureTimeS;
            frame.FrameIndex = message.FrameIndex;
        }

        private static bool IsFinite(double value)
        {
            return !double.IsNaN(value) && !double.IsInfinity(value);
        }

        private static void Need(bool holds, string found)
        {
            if (!holds)
            {
                throw Refused(found);
            }
        }

        private static RefusalException Refused(string found)
        {
            return new RefusalException(
                RefusalCodes.ServiceBadFrame, Subject, found, "a frame as the header describes it", Update);
        }

        private static string Short(string digest)
        {
            return digest.Length > 12 ? digest.Substring(0, 12) + "…" : digest;
        }

        // Frames in steps may go on from those before.
        private void SetForm(bool isInSteps)
        {
            Need(!isInSteps || _held != null, "frames in whole steps, which were not asked for");
            _steps = isInSteps ? _steps ?? new LightDecoder(_held.JointCount, _held.Model) : null;
        }

        private AvatarFrame LightOf(StreamedFrame frame)
        {
            var light = frame.Light;
            var fits = light != null && light.JointRotations.Length == _header.JointNames.Count
                && light.NodeRotations.Length == _header.NodeCount;
            return fits ? light : new AvatarFrame(_header.JointNames.Count, _header.NodeCount);
        }

        private void Open(ArraySegment<byte> payload, int headBytes)
        {
            _bytes = payload.Array;
            _at = payload.Offset;
            if (payload.Count < headBytes)
            {
                throw Refused($"{payload.Count} bytes");
            }
            var version = UInt16();
            if (version != LayoutVersion)
            {
                throw new RefusalException(
                    RefusalCodes.ServiceFrameVersion, Subject, $"layout version {version}", $"version {LayoutVersion}", Update);
            }
        }

        private void DecodeFloats(ArraySegment<byte> payload, StreamedFrame frame)
        {
            Open(payload, LightHeadBytes);
            var mask = UInt16();
            long joints = UInt32(), nodes = UInt32(), coefficients = UInt32(), details = UInt32();
            var channels = 0;
            for (var bit = 0; bit < Channels; bit++)
            {
                channels += mask >> bit & 1;
            }
            // Words are made up only for what is refused: nothing is allocated for a frame.
            if (mask >= 1 << Channels || joints != _header.JointNames.Count || nodes != _header.NodeCount
                || coefficients != _header.CoefficientCount || details > _header.GaussianCount)
            {
                throw Refused(
                    $"{joints} joints, {nodes} nodes, {coefficients} coefficients, {details} details of channels {mask}");
            }
            var floats = 3 + 4 * joints + 7 * nodes + coefficients;
            var words = floats + details * (1 + 3L * channels);
            if (payload.Count != LightHeadBytes + 4 * words)
            {
                throw Refused($"{payload.Count} bytes that do not fit their counts");
            }
            CheckFloats(_at, (int)floats);
            CheckFloats(_at + 4 * (int)(floats + details), (int)(details * 3 * channels));
            CheckIndices(_at + 4 * (int)floats, (int)details);
            var light = LightOf(frame);
            light.RootTranslationM = Vector();
            for (var joint = 0; joint < joints; joint++)
            {
                light.JointRotations[joint] = Rotation();
            }
            for (var node = 0; node < nodes; node++)
            {
                light.NodeDisplacementsM[node] = Vector();
            }
            for (var node = 0; node < nodes; node++)
            {
                light.NodeRotations[node] = Rotation();
            }
            _at += 4 * (int)coefficients;
            light.Detail = channels == 0 ? null : Detail(light.Detail, mask, (int)details);
            frame.Light = light;
            frame.Full = null;
        }

        private DetailFrame Detail(DetailFrame room, int mask, int count)
        {
            var isSame = room != null && room.Gaussians.Length == count;
            var start = _at;
            for (var row = 0; isSame && row < count; row++)
            {
                isSame = Int32() == room.Gaussians[row];
            }
            _at = start;
            if (!isSame)
            {
                var gaussians = new int[count];
                for (var row = 0; row < count; row++)
                {
                    gaussians[row] = Int32();
                }
                room = new DetailFrame(gaussians);
            }
            _at = start + 4 * count;
            for (var row = 0; row < count; row++)
            {
                room.PositionM[row] = (mask & 1) != 0 ? Vector() : default;
            }
            for (var row = 0; row < count; row++)
            {
                room.Rotation[row] = (mask & 2) != 0 ? Quat.FromRotationVector(Vector()).ToFloat32() : Quat.Identity;
            }
            for (var row = 0; row < count; row++)
            {
                room.LogScale[row] = (mask & 4) != 0 ? Vector() : default;
            }
            for (var row = 0; row < count; row++)
            {
                room.Colour[row] = (mask & 8) != 0 ? Vector() : default;
            }
            return room;
        }

        private void DecodeFull(ArraySegment<byte> payload, StreamedFrame frame)
        {
            Open(payload, FullHeadBytes);
            UInt16();
            long count = UInt32();
            if (count > FormatConstants.Manifest.MaxGaussians || payload.Count != FullHeadBytes + FullBytesPerGaussian * count)
            {
                throw Refused($"{payload.Count} bytes of {count} Gaussians");
            }
            CheckFloats(_at, (int)(3 * count));
            CheckHalves(_at + 20 * (int)count, (int)(8 * count));
            var full = frame.Full ?? new FullFrame();
            full.Resize((int)count);
            for (var k = 0; k < 3 * full.Count; k++)
            {
                full.MeansM[k] = Float32();
            }
            for (var k = 0; k < 4 * full.Count; k++)
            {
                full.Rotations[k] = unchecked((short)UInt16()) / RotationOne;
            }
            for (var row = 0; row < full.Count; row++)
            {
                for (var axis = 0; axis < 3; axis++)
                {
                    full.ScalesM[3 * row + axis] = HalfFloat.ToFloat32(UInt16()) / MmPerM;
                }
                full.Opacities[row] = HalfFloat.ToFloat32(UInt16());
            }
            for (var row = 0; row < full.Count; row++)
            {
                for (var channel = 0; channel < 3; channel++)
                {
                    full.Colours[3 * row + channel] = HalfFloat.ToFloat32(UInt16());
                }
                _at += 2;
            }
            frame.Full = full;
            frame.Light = null;
        }

        // A NaN let through here would be everywhere after a blend.
        private void CheckFloats(int at, int count)
        {
            for (var k = 0; k < count; k++)
            {
                var exponent = (_bytes[at + 4 * k + 3] & 0x7F) << 1 | _bytes[at + 4 * k + 2] >> 7;
                Need(exponent < 0xFF, "numbers that are not finite");
            }
        }

        private void CheckHalves(int at, int count)
        {
            for (var k = 0; k < count; k++)
            {
                Need((_bytes[at + 2 * k + 1] & 0x7C) < 0x7C, "numbers that are not finite");
            }
        }

        private void CheckIndices(int at, int count)
        {
            var before = -1;
            for (var k = 0; k < count; k++)
            {
                _at = at + 4 * k;
                var index = Int32();
                if (index <= before || index >= _header.GaussianCount)
                {
                    throw Refused($"detail of Gaussian {index} after {before}");
                }
                before = index;
            }
            _at = at - 4 * (3 + 4 * _header.JointNames.Count + 7 * _header.NodeCount + _header.CoefficientCount);
        }

        private int UInt16()
        {
            _at += 2;
            return _bytes[_at - 2] | _bytes[_at - 1] << 8;
        }

        private int Int32()
        {
            _at += 4;
            return _bytes[_at - 4] | _bytes[_at - 3] << 8 | _bytes[_at - 2] << 16 | _bytes[_at - 1] << 24;
        }

        private uint UInt32()
        {
            return unchecked((uint)Int32());
        }

        private float Float32()
        {
            return Floats.FromBits(Int32());
        }

        private Vec3 Vector()
        {
            var x = Float32();
            var y = Float32();
            return new Vec3(x, y, Float32());
        }

        private Quat Rotation()
        {
            var w = Float32();
            var x = Float32();
            var y = Float32();
            return new Quat(w, x, y, Float32());
        }
    }
}
