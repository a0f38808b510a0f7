using System.Linq;
using NUnit.Framework;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d.Tests
{
    /// <summary>What a frame costs, in a simulated engine: memory, bytes to the GPU, Gaussians of levels.</summary>
    public sealed class CostTests
    {
        private Stage _stage;
        private Camera[] _cameras;

        [SetUp]
        public void Begin()
        {
            _stage = new Stage();
            _cameras = null;
        }

        [TearDown]
        public void End()
        {
            _stage.Dispose();
        }

        [Test]
        public void NothingIsAllocatedFromFrameToFrame()
        {
            var avatar = _stage.Avatar();
            avatar.Loop = AvatarLoop.Always;
            _stage.Run(300, avatar);
            Assert.That(Allocation.Growth(count => Frames(count), 100), Is.LessThanOrEqualTo(0));
        }

        [Test]
        public void OnlyPosesGoToTheGpuOnceGroupsAreThere()
        {
            var avatar = _stage.Avatar();
            // Within the first group of frames, which is uploaded by then.
            _stage.Run(5, avatar);
            var model = avatar.Show.Shared.Playable;
            for (var frame = 0; frame < 10; frame++)
            {
                GraphicsBuffer.UploadedBytes = 0;
                _stage.Run(1, avatar);
                var cosines = 2 * 4 * model.Package.Manifest.FramesPerGroup;
                Assert.That(
                    GraphicsBuffer.UploadedBytes, Is.LessThanOrEqualTo(64 * model.JointCount + 32 * model.NodeCount + cosines));
            }
        }

        [Test]
        public void DetailOfAFrameIsWorkedOutOnce()
        {
            var avatar = _stage.Avatar();
            _stage.Run(3, avatar);
            CommandBuffer.Keeps = true;
            for (var step = 0; step < 40; step++)
            {
                // A fortieth of a frame of the clip: two of its frames are shown at a time, and at most one comes in.
                avatar.Tick(1.0 / 30 / 40);
                Program.Frame(0, _stage.Camera);
            }
            var channels = avatar.Show.Shared.Playable.DetailChannelCount;
            Assert.That(CommandBuffer.Executed.Count(command => command.Name == "Deform"), Is.GreaterThan(30));
            Assert.That(
                CommandBuffer.Executed.Count(command => command.Name == "DetailCosines"), Is.LessThanOrEqualTo(2 * channels));
        }

        [Test]
        public void NothingGoesToTheGpuWhileNothingMoves()
        {
            var avatar = _stage.Avatar();
            avatar.Speed = 0;
            _stage.Run(5, avatar);
            GraphicsBuffer.UploadedBytes = 0;
            _stage.Run(20, avatar);
            Assert.That(GraphicsBuffer.UploadedBytes, Is.EqualTo(0));
        }

        [Test]
        public void AFinerLevelComesInSteadily()
        {
            var avatar = _stage.Avatar();
            _stage.Run(2, avatar);
            AvatarDrawing.Settings.Quality = 1e-4f;
            _stage.Run(120, avatar);
            Assert.That((avatar.ShownLevel, avatar.GaussianCount), Is.EqualTo((0, 44)));
            CommandBuffer.Keeps = true;
            AvatarDrawing.Settings.Quality = 1e4f;
            _stage.Run(60, avatar);
            Assert.That((avatar.ShownLevel, avatar.GaussianCount), Is.EqualTo((4, 700)));
            var deforms = CommandBuffer.Executed.Where(command => command.Name == "Deform").ToArray();
            var counts = deforms.Select(deform => (int)deform.Number("_Gaussians")).ToArray();
            Assert.That(counts, Is.Ordered);
            Assert.That(counts.Distinct(), Is.EqualTo(new[] { 88, 176, 352, 700 }));
            // 0.2 s a level are 12 frames: shares go up by a twelfth.
            var shares = deforms.Where(deform => (int)deform.Number("_LookCount") == 88)
                .Select(deform => deform.Number("_LevelShare")).ToArray();
            for (var k = 1; k < shares.Length; k++)
            {
                Assert.That(shares[k] - shares[k - 1], Is.EqualTo(1 / 12.0).Within(1e-3));
            }
            var last = deforms.Last();
            Assert.That((last.Number("_LookCount"), last.Number("_NextLookCount"), last.Number("_LevelShare")),
                Is.EqualTo((0.0, 0.0, 1.0)));
        }

        [Test]
        public void TheBudgetIsSharedByAll()
        {
            AvatarDrawing.Settings.Quality = 1e4f;
            var near = _stage.Avatar("near");
            var far = _stage.Avatar("far");
            far.transform.localPosition = new Vector3(0, 0, 6);
            AvatarDrawing.Settings.Budget = 900;
            _stage.Run(120, far);
            Assert.That(near.GaussianCount, Is.EqualTo(700));
            Assert.That(far.GaussianCount, Is.EqualTo(176));
            Assert.That(AvatarDrawing.ChosenGaussians, Is.EqualTo(876));
        }

        [Test]
        public void AFixedLevelStays()
        {
            var avatar = _stage.Avatar();
            avatar.Level = 2;
            _stage.Run(60, avatar);
            AvatarDrawing.Settings.Quality = 1e4f;
            _stage.Run(60, avatar);
            Assert.That(avatar.GaussianCount, Is.EqualTo(176));
        }

        private void Frames(int count)
        {
            // Made once: an array for each call would count.
            var cameras = _cameras ??= new[] { _stage.Camera };
            for (var frame = 0; frame < count; frame++)
            {
                Program.Frame(1f / 60, cameras);
            }
        }
    }
}
