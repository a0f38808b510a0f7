using System;

namespace Ani3d
{
    /// <summary>Node motion times a gain: 0 is the rigid layer, 1 what the clip has, more exaggerates.</summary>
    public sealed class NodeGain
    {
        private readonly float[] _restM;
        private readonly float[] _rows;

        /// <summary>Creates the gain of an avatar's nodes.</summary>
        public NodeGain(PlayableAvatar avatar)
            : this(avatar.Model?.NodeRestM ?? Array.Empty<float>())
        {
        }

        /// <summary>Creates the gain of nodes.</summary>
        /// <param name="restM">[M, 3] rest positions, metres.</param>
        internal NodeGain(float[] restM)
        {
            _restM = restM;
            _rows = new float[restM.Length / 3 * GpuFrame.NodeFloats];
        }

        /// <summary>The buffer <i>nodes</i> of a frame; the frame's own where the gain is 1.</summary>
        /// <param name="frame">what the GPU gets of it.</param>
        /// <param name="pose">its node motion.</param>
        /// <param name="gain">0 or more.</param>
        public float[] Rows(GpuFrame frame, AvatarFrame pose, float gain)
        {
            return gain == 1 ? frame.Nodes : Rows(pose, gain);
        }

        /// <summary>The buffer <i>nodes</i> of a pose.</summary>
        internal float[] Rows(AvatarFrame pose, float gain)
        {
            for (int node = 0, at = 0; at < _rows.Length; node++, at += GpuFrame.NodeFloats)
            {
                var rotation = Scaled(pose.NodeRotations[node].Normalised(), gain);
                var rest = Vec3.Row(_restM, node);
                var way = rest + gain * pose.NodeDisplacementsM[node] - Mat3.FromQuaternion(rotation) * rest;
                rotation.WriteRow(_rows, 2 * node);
                _rows[at + 4] = (float)way.X;
                _rows[at + 5] = (float)way.Y;
                _rows[at + 6] = (float)way.Z;
            }
            return _rows;
        }

        // The same axis, the angle times the gain.
        private static Quat Scaled(Quat q, double gain)
        {
            var sign = q.W < 0 ? -1 : 1;
            var axis = new Vec3(sign * q.X, sign * q.Y, sign * q.Z);
            var sine = axis.Length;
            if (sine < 1e-12)
            {
                return Quat.Identity;
            }
            return Quat.FromRotationVector((gain * 2 * Math.Atan2(sine, sign * q.W) / sine) * axis);
        }
    }
}
