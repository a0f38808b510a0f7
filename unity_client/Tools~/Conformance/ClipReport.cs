using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>The groups of a clip.</summary>
    internal sealed class ClipReport
    {
        private readonly Package _package;
        private readonly int _clip;
        private readonly SplatCloud _splats;
        private readonly ResidualModel _model;
        private readonly Deformer _deformer;
        private readonly PackagedFrames _frames;
        private readonly PosedSplats _posed;

        /// <summary>Creates the report of a clip.</summary>
        public ClipReport(Package package, int clip, SplatCloud splats, ResidualModel model)
        {
            _package = package;
            _clip = clip;
            _splats = splats;
            _model = package.Manifest.Clips[clip].HasResidual ? model : null;
            _deformer = new Deformer(package.Skeleton, splats, _model);
            _frames = new PackagedFrames(package, clip, model);
            _posed = new PosedSplats(splats.Count);
        }

        /// <summary>Writes a list of groups.</summary>
        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartArray();
            for (var group = 0; group < _package.Manifest.GroupCount(_package.Manifest.Clips[_clip]); group++)
            {
                Write(_package.ReadGroup(_clip, group, _model), json);
            }
            json.WriteEndArray();
        }

        private void Write(ClipGroup group, Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteNumber("first_frame", group.FirstFrame);
            json.WriteNumber("frame_count", group.FrameCount);
            FloatDigest.Write(json, "root_translation_m", group.Pose.RootTranslationM);
            FloatDigest.Write(json, "joint_rotations_wxyz", group.Pose.JointRotationsWxyz);
            WriteNodes(group, json);
            for (var channel = DetailChannel.Position; channel <= DetailChannel.Colour; channel++)
            {
                WriteDetail(group, channel, json);
            }
            json.WriteStartArray("posed");
            WritePosed(group.FirstFrame, json);
            WritePosed(group.FirstFrame + group.FrameCount - 1, json);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        private void WriteNodes(ClipGroup group, Utf8JsonWriter json)
        {
            FloatDigest displacements = new FloatDigest(), rotations = new FloatDigest();
            var nodes = group.Nodes == null ? 0 : _model.NodeCount;
            float[] places = new float[3 * nodes], turns = new float[4 * nodes];
            for (var t = 0; nodes > 0 && t < group.FrameCount; t++)
            {
                group.Nodes.Evaluate(t, places, turns);
                foreach (var value in places)
                {
                    displacements.Add(value);
                }
                foreach (var value in turns)
                {
                    rotations.Add(value);
                }
            }
            displacements.Write(json, "node_displacements_m");
            rotations.Write(json, "node_rotations_wxyz");
        }

        // [F, N, 3] over all Gaussians; empty where all of it is zero.
        private void WriteDetail(ClipGroup group, DetailChannel channel, Utf8JsonWriter json)
        {
            var digest = new FloatDigest();
            var motion = group.Detail[(int)channel];
            var values = new float[motion == null ? 0 : 3 * _model.Moving.Length];
            var whole = new float[motion == null ? 0 : 3 * _splats.Count];
            for (var t = 0; motion != null && t < group.FrameCount; t++)
            {
                motion.Evaluate(t, values);
                for (var track = 0; track < _model.Moving.Length; track++)
                {
                    System.Array.Copy(values, 3 * track, whole, 3 * _model.Moving[track], 3);
                }
                foreach (var value in whole)
                {
                    digest.Add(value);
                }
            }
            (digest.IsZero ? new FloatDigest() : digest).Write(json, DetailMotion.NameOf(channel));
        }

        private void WritePosed(int frame, Utf8JsonWriter json)
        {
            _deformer.Pose(_frames.Frame(frame), _posed);
            json.WriteStartObject();
            json.WriteNumber("frame", frame);
            FloatDigest.Write(json, "means_m", _posed.MeansM);
            var covariances = new FloatDigest();
            foreach (var matrix in _posed.CovariancesM2)
            {
                foreach (var value in matrix.ToArray())
                {
                    covariances.Add(value);
                }
            }
            covariances.Write(json, "covariances_m2");
            FloatDigest.Write(json, "base_colours", _posed.BaseColours);
            json.WriteEndObject();
        }
    }
}
