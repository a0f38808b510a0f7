using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace Ani3d.Conformance
{
    /// <summary>A vector of playback: a clip, and times to show it at.</summary>
    internal static class PlaybackAnswer
    {
        /// <summary>Writes the frames at all times, and the steps between some.</summary>
        public static void Write(JsonElement vector, Utf8JsonWriter json)
        {
            var clip = vector.TryGetProperty("clip", out var given)
                ? ClipOf(given, vector.Get("root_joint_m").Vectors()[0]) : PackagedClip(vector);
            json.WriteStartObject();
            WriteFrames(json, vector, clip.FrameAt);
            WriteSteps(json, vector, clip.StepBetween);
            json.WriteEndObject();
        }

        /// <summary>Writes the frames that a vector asks for.</summary>
        public static void WriteFrames(
            Utf8JsonWriter json, JsonElement vector, Func<double, RootMotion, AvatarFrame> frameAt)
        {
            var wanted = vector.TryGetProperty("detail_of", out var given) && given.ValueKind == JsonValueKind.Array
                ? given.Integers() : null;
            json.WriteStartArray("frames");
            foreach (var shown in vector.Get("shown").EnumerateArray())
            {
                WriteFrame(json, frameAt(shown.Number("time_s"), RootOf(shown.Get("root").GetString())), wanted);
            }
            json.WriteEndArray();
        }

        /// <summary>Writes the steps that a vector asks for.</summary>
        public static void WriteSteps(
            Utf8JsonWriter json, JsonElement vector, Func<double, double, GroundPlace> stepBetween)
        {
            json.WriteRows("steps", vector.Get("steps").EnumerateArray().Select(times => times.Doubles().ToArray())
                .Select(times => stepBetween(times[0], times[1])).Select(
                    step => new[] { step.X, step.Z, step.HeadingRad }));
        }

        /// <summary>The clip of a vector.</summary>
        public static ClipTimeline ClipOf(JsonElement clip, Vec3 rootJoint)
        {
            var frames = clip.Get("frames").EnumerateArray().Select(FrameOf).ToArray();
            var info = new ClipInfo
            {
                Name = "clip",
                Fps = clip.Number("fps"),
                FrameCount = frames.Length,
                Loops = clip.Get("loops").GetBoolean(),
                InPlace = clip.TryGetProperty("in_place", out var inPlace) && inPlace.GetBoolean(),
                Travel = clip.TryGetProperty("travel", out var travel) && travel.ValueKind == JsonValueKind.Object
                    ? new Travel(travel.Get("translation_m").Vectors()[0], travel.Number("heading_rad")) : null,
            };
            return new ClipTimeline(info, new ListedFrames(frames), rootJoint);
        }

        private static ClipTimeline PackagedClip(JsonElement vector)
        {
            var package = Package.Open(vector.Get("package_base64").GetBytesFromBase64());
            var number = package.Manifest.FindClip(vector.Get("clip_name").GetString());
            var frames = new PackagedFrames(package, number, package.ReadModelOf(number, package.ReadModel()));
            return new ClipTimeline(package.Manifest.Clips[number], frames, package.Skeleton.ZeroJointsM[0]);
        }

        private static AvatarFrame FrameOf(JsonElement given)
        {
            var rotations = given.Get("joint_rotations_wxyz").Quaternions();
            var turns = given.Get("node_rotations_wxyz").Quaternions();
            var frame = new AvatarFrame(rotations.Length, turns.Length);
            frame.RootTranslationM = given.Get("root_translation_m").Vectors()[0];
            rotations.CopyTo(frame.JointRotations, 0);
            turns.CopyTo(frame.NodeRotations, 0);
            given.Get("node_displacements_m").Vectors().CopyTo(frame.NodeDisplacementsM, 0);
            frame.Detail = new DetailFrame(given.Get("detail_indices").Integers());
            given.Get("detail_position_m").Vectors().CopyTo(frame.Detail.PositionM, 0);
            var vectors = given.Get("detail_rotation_rad").Vectors();
            vectors.Select(Quat.FromRotationVector).ToArray().CopyTo(frame.Detail.Rotation, 0);
            given.Get("detail_logscale").Vectors().CopyTo(frame.Detail.LogScale, 0);
            given.Get("detail_colour").Vectors().CopyTo(frame.Detail.Colour, 0);
            return frame;
        }

        private static RootMotion RootOf(string name)
        {
            return name == "world" ? RootMotion.World : name == "in place" ? RootMotion.InPlace : RootMotion.Delta;
        }

        private static void WriteFrame(Utf8JsonWriter json, AvatarFrame frame, int[] wanted)
        {
            var detail = frame.Detail ?? new DetailFrame(Array.Empty<int>());
            var rows = Enumerable.Range(0, detail.Gaussians.Length).ToDictionary(row => detail.Gaussians[row]);
            var gaussians = wanted ?? detail.Gaussians;
            var found = gaussians.Select(gaussian => rows.TryGetValue(gaussian, out var row) ? row : -1).ToArray();
            IEnumerable<T> Told<T>(T[] values, T nothing) => found.Select(row => row < 0 ? nothing : values[row]);
            json.WriteStartObject();
            json.WriteNumbers(
                "root_translation_m",
                new[] { frame.RootTranslationM.X, frame.RootTranslationM.Y, frame.RootTranslationM.Z });
            json.WriteQuaternions("joint_rotations_wxyz", frame.JointRotations);
            json.WriteVectors("node_displacements_m", frame.NodeDisplacementsM);
            json.WriteQuaternions("node_rotations_wxyz", frame.NodeRotations);
            json.WriteNumbers("detail_indices", gaussians.Select(gaussian => (double)gaussian));
            json.WriteVectors("detail_position_m", Told(detail.PositionM, default));
            json.WriteQuaternions("detail_rotations_wxyz", Told(detail.Rotation, Quat.Identity));
            json.WriteVectors("detail_logscale", Told(detail.LogScale, default));
            json.WriteVectors("detail_colour", Told(detail.Colour, default));
            json.WriteEndObject();
        }

        private sealed class ListedFrames : IFrameSource
        {
            private readonly AvatarFrame[] _frames;

            public ListedFrames(AvatarFrame[] frames)
            {
                _frames = frames;
            }

            public int FrameCount => _frames.Length;

            public int JointCount => _frames[0].JointRotations.Length;

            public int NodeCount => _frames[0].NodeRotations.Length;

            public AvatarFrame Frame(int i)
            {
                return _frames[i];
            }

            public bool Prepare(long first, long ahead, out bool aheadIsReady)
            {
                return aheadIsReady = true;
            }
        }
    }
}
