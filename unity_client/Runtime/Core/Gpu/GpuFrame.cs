using System;

namespace Ani3d
{
    /// <summary>
    /// What the GPU needs of one avatar for one frame: joints, nodes, and up to four sources of detail. One object is written
    /// again for each frame; nothing is allocated.
    /// </summary>
    public sealed class GpuFrame
    {
        /// <summary>Floats of a joint in <see cref="Joints"/>.</summary>
        public const int JointFloats = 16;

        /// <summary>Floats of a node in <see cref="Nodes"/>.</summary>
        public const int NodeFloats = 8;

        /// <summary>Most sources of detail.</summary>
        public const int MostSources = 4;

        private readonly JointTransforms _kinematics;
        private readonly RigidTransform[] _transforms;
        private readonly float[] _nodeRestM;

        /// <summary>Creates the frame of an avatar in the rest pose, without detail.</summary>
        /// <param name="avatar">what is shown.</param>
        public GpuFrame(PlayableAvatar avatar)
        {
            var skeleton = avatar.Package.Skeleton;
            _kinematics = new JointTransforms(skeleton);
            _transforms = new RigidTransform[skeleton.JointCount];
            _nodeRestM = avatar.Model?.NodeRestM ?? Array.Empty<float>();
            Joints = new float[JointFloats * skeleton.JointCount];
            Nodes = new float[NodeFloats * avatar.NodeCount];
            Sources = new DetailSource[MostSources];
            Slots = new DetailSlot[2 * MostSources];
            for (var source = 0; source < MostSources; source++)
            {
                Sources[source] = new DetailSource();
                Slots[2 * source] = new DetailSlot(avatar.Package.Manifest.FramesPerGroup);
                Slots[2 * source + 1] = new DetailSlot(avatar.Package.Manifest.FramesPerGroup);
                SetMask(source, null);
            }
            var rest = new AvatarFrame(skeleton.JointCount, avatar.NodeCount) { RootTranslationM = skeleton.RestTranslationM };
            for (var joint = 0; joint < skeleton.JointCount; joint++)
            {
                rest.JointRotations[joint] = skeleton.RestRotations[joint];
            }
            SetMotion(rest);
        }

        /// <summary>[J, 16]: the buffer <i>joints</i>.</summary>
        public float[] Joints { get; }

        /// <summary>[M, 8]: the buffer <i>nodes</i>.</summary>
        public float[] Nodes { get; }

        /// <summary>Sources of detail; only the first <see cref="SourceCount"/> are shown.</summary>
        public DetailSource[] Sources { get; }

        /// <summary>How many sources are shown; 0 where nothing has detail.</summary>
        public int SourceCount { get; internal set; }

        /// <summary>Slots 2 k and 2 k + 1 are those of source k.</summary>
        public DetailSlot[] Slots { get; }

        /// <summary>[J] transforms A_j = G_j(t) G_j(rest)⁻¹ of the frame, in double precision.</summary>
        public RigidTransform[] JointTransforms => _transforms;

        /// <summary>Changes whenever anything here does.</summary>
        public long Version { get; private set; }

        /// <summary>Writes joints and nodes.</summary>
        internal void SetMotion(AvatarFrame frame)
        {
            _kinematics.Evaluate(frame.RootTranslationM, frame.JointRotations, _transforms);
            for (int joint = 0, at = 0; joint < _transforms.Length; joint++, at += JointFloats)
            {
                var (rotation, offset) = (_transforms[joint].Rotation, _transforms[joint].Offset);
                SetRow(at, rotation.M00, rotation.M01, rotation.M02, offset.X);
                SetRow(at + 4, rotation.M10, rotation.M11, rotation.M12, offset.Y);
                SetRow(at + 8, rotation.M20, rotation.M21, rotation.M22, offset.Z);
            }
            for (int node = 0, at = 0; at < Nodes.Length; node++, at += NodeFloats)
            {
                var q = frame.NodeRotations[node].Normalised();
                var centre = Vec3.Row(_nodeRestM, node);
                var way = centre + frame.NodeDisplacementsM[node] - q.Rotate(centre);
                Nodes[at] = (float)q.W;
                Nodes[at + 1] = (float)q.X;
                Nodes[at + 2] = (float)q.Y;
                Nodes[at + 3] = (float)q.Z;
                Nodes[at + 4] = (float)way.X;
                Nodes[at + 5] = (float)way.Y;
                Nodes[at + 6] = (float)way.Z;
            }
            Version++;
        }

        /// <summary>Writes the mask of a source; null for 1 everywhere.</summary>
        internal void SetMask(int source, double[] joints)
        {
            // Sources 1, 2, 3 come first, then source 0.
            var at = 12 + (source + MostSources - 1) % MostSources;
            for (var joint = 0; at < Joints.Length; joint++, at += JointFloats)
            {
                Joints[at] = joints == null ? 1 : (float)joints[joint];
            }
            Sources[source].HasMask = joints != null;
        }

        private void SetRow(int at, double x, double y, double z, double w)
        {
            Joints[at] = (float)x;
            Joints[at + 1] = (float)y;
            Joints[at + 2] = (float)z;
            Joints[at + 3] = (float)w;
        }
    }
}
