using System;
using System.Linq;
using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>
    /// A golden vector of the runtime equation. Format 1 has no correctives: they are added to detail here.
    /// </summary>
    internal sealed class GoldenAnswer
    {
        private readonly JsonElement _deformation;
        private readonly JsonElement _frame;
        private readonly SplatCloud _splats;

        private GoldenAnswer(JsonElement vector)
        {
            _deformation = vector.Get("deformation");
            _frame = vector.Get("frame");
            _splats = CloudOf(vector.Get("avatar"));
        }

        /// <summary>Writes posed means and covariances, view rotations, and colours.</summary>
        public static void Write(JsonElement vector, Utf8JsonWriter json)
        {
            var answer = new GoldenAnswer(vector);
            var posed = new PosedSplats(answer._splats.Count);
            new Deformer(vector.Get("skeleton").Skeleton(), answer._splats, answer.Model()).Pose(answer.Frame(), posed);
            var views = posed.LinearParts.Select(part => part.PolarRotation()).ToArray();
            var camera = vector.Get("camera_position_m").Vectors()[0];
            json.WriteStartObject();
            json.WriteVectors("means_m", posed.MeansM);
            json.WriteRows("covariances_m2", posed.CovariancesM2.Select(each => each.ToArray()));
            json.WriteRows("view_rotations", views.Select(each => each.ToArray()));
            json.WriteVectors(
                "colours", Enumerable.Range(0, views.Length).Select(i => answer.Colour(i, posed, views[i], camera)));
            json.WriteEndObject();
        }

        private static SplatCloud CloudOf(JsonElement avatar)
        {
            var sh = avatar.Get("sh").Floats();
            var means = avatar.Get("means_m").Floats();
            var count = means.Length / 3;
            var cloud = new SplatCloud(count, (int)Math.Sqrt(sh.Length / 3 / count) - 1);
            means.CopyTo(cloud.MeansM, 0);
            avatar.Get("quats_wxyz").Floats().CopyTo(cloud.QuatsWxyz, 0);
            avatar.Get("scales_m").Floats().CopyTo(cloud.ScalesM, 0);
            sh.CopyTo(cloud.Sh, 0);
            avatar.Get("joints").Integers().Select(joint => (byte)joint).ToArray().CopyTo(cloud.Joints, 0);
            avatar.Get("weights").Floats().CopyTo(cloud.Weights, 0);
            return cloud;
        }

        private ResidualModel Model()
        {
            return ResidualModel.OfNodes(
                _deformation.Get("node_rest_m").Floats(), _deformation.Get("node_indices").Integers(),
                _deformation.Get("node_weights").Floats());
        }

        private AvatarFrame Frame()
        {
            var rotations = _frame.Get("joint_rotations_wxyz").Quaternions();
            var turns = _frame.Get("node_rotations_wxyz").Quaternions();
            var frame = new AvatarFrame(rotations.Length, turns.Length);
            frame.RootTranslationM = _frame.Get("root_translation_m").Vectors()[0];
            rotations.CopyTo(frame.JointRotations, 0);
            turns.CopyTo(frame.NodeRotations, 0);
            _frame.Get("node_displacements_m").Vectors().CopyTo(frame.NodeDisplacementsM, 0);
            frame.Detail = new DetailFrame(Enumerable.Range(0, _splats.Count).ToArray());
            Added("position_m").CopyTo(frame.Detail.PositionM, 0);
            Added("rotation_rad").Select(Quat.FromRotationVector).ToArray().CopyTo(frame.Detail.Rotation, 0);
            Added("logscale").CopyTo(frame.Detail.LogScale, 0);
            Added("colour").CopyTo(frame.Detail.Colour, 0);
            return frame;
        }

        // Detail and the weighted basis of correctives, for every Gaussian.
        private Vec3[] Added(string channel)
        {
            var sums = new Vec3[_splats.Count];
            var indices = _frame.Get("detail_indices").Integers();
            var detail = _frame.Get($"detail_{channel}").Vectors();
            for (var row = 0; row < detail.Length; row++)
            {
                sums[indices[row]] += detail[row];
            }
            var coefficients = _frame.Get("coefficients").Doubles().ToArray();
            var basis = _deformation.Get($"basis_{channel}").Vectors();
            for (var k = 0; k < coefficients.Length; k++)
            {
                for (var i = 0; i < sums.Length; i++)
                {
                    sums[i] += coefficients[k] * basis[k * sums.Length + i];
                }
            }
            return sums;
        }

        private Vec3 Colour(int i, PosedSplats posed, Mat3 view, Vec3 camera)
        {
            var width = 3 * _splats.HarmonicCount;
            var sh = _splats.Sh.Skip(width * i).Take(width).Select(value => (double)value).ToArray();
            (sh[0], sh[1], sh[2]) = (posed.BaseColours[i].X, posed.BaseColours[i].Y, posed.BaseColours[i].Z);
            var away = posed.MeansM[i] - camera;
            return Harmonics.Colour(sh, view.Transposed() * ((1 / away.Length) * away));
        }
    }
}
