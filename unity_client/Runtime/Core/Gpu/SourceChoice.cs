using System;
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>Chooses which clips of a blend give detail to the GPU, and which of their frames.</summary>
    internal sealed class SourceChoice
    {
        private readonly List<BlendPart> _chosen = new List<BlendPart>();

        /// <summary>
        /// Writes the sources of a frame. Of more than four clips the oldest give way, then the layers of the least weight:
        /// they are nearly faded out.
        /// </summary>
        /// <param name="parts">what is shown, in order.</param>
        /// <param name="frame">to be written.</param>
        public void Write(List<BlendPart> parts, GpuFrame frame)
        {
            Choose(parts);
            frame.SourceCount = 0;
            var any = false;
            foreach (var part in _chosen)
            {
                any |= PlayPool.FramesOf(part.Play).HasResidual;
            }
            for (var k = 0; any && k < _chosen.Count; k++)
            {
                Write(k, _chosen[k], frame);
                frame.SourceCount++;
            }
        }

        private void Choose(List<BlendPart> parts)
        {
            _chosen.Clear();
            _chosen.AddRange(parts);
            while (_chosen.Count > GpuFrame.MostSources)
            {
                _chosen.RemoveAt(LeastSeen());
            }
        }

        // The first of several plays; else the layer of the least share.
        private int LeastSeen()
        {
            if (_chosen[1].Mask == null)
            {
                return 0;
            }
            var least = 1;
            for (var k = 2; k < _chosen.Count; k++)
            {
                least = _chosen[k].Share < _chosen[least].Share ? k : least;
            }
            return least;
        }

        private static void Write(int number, BlendPart part, GpuFrame frame)
        {
            var frames = PlayPool.FramesOf(part.Play);
            var source = frame.Sources[number];
            source.Clip = frames.Clip;
            source.HasDetail = frames.HasResidual;
            source.Share = number == 0 ? 1 : (float)part.Share;
            frame.SetMask(number, part.Mask?.Joints);
            if (!source.HasDetail)
            {
                return;
            }
            var place = part.Play.Clip.DetailAt(part.ClipTimeS);
            DetailSlot first = frame.Slots[2 * number], second = frame.Slots[2 * number + 1];
            // What a slot holds already stays there, whichever of the two it is.
            var isSwapped = second.Holds(frames.Clip, place.First) || first.Holds(frames.Clip, place.Second);
            isSwapped &= place.First != place.Second;
            var (a, b) = isSwapped ? (second, first) : (first, second);
            a.Take(frames.GroupOf(place.First), frames.Clip, place.First);
            b.Take(frames.GroupOf(place.Second), frames.Clip, place.Second);
            source.Fraction = (float)(isSwapped ? 1 - place.Share : place.Share);
        }
    }
}
