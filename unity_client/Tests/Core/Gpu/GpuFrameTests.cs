using System;
using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>What players upload makes the avatar that the reference on the CPU makes.</summary>
    public sealed class GpuFrameTests
    {
        // Weights and quaternions have 16 bits on the GPU.
        private const double MeanM = 2e-5;
        private const double Covariance = 4e-4;
        private const double Colour = 2e-3;
        private Package _package;
        private PlayableAvatar _avatar;
        private ClipPlayer _player;

        [TearDown]
        public void Close()
        {
            _player?.Dispose();
            _avatar?.Dispose();
            _package?.Dispose();
        }

        [TestCase("all-detail-channels", 0.2)]
        [TestCase("nodes-sh2-two-clips", 0.0)]
        [TestCase("nodes-sh2-two-clips", 0.99)]
        [TestCase("nodes-sh2-two-clips", 5.0)]
        [TestCase("added-clip-further", 0.131)]
        [TestCase("by-hand-node-signs", 0.03)]
        [TestCase("single-frame-residual", 0.0)]
        [TestCase("by-hand-model-alone", 0.03)]
        [TestCase("one-clip-no-residual", 0.2)]
        public void AClipAtATime(string name, double timeS)
        {
            Begin(name);
            _player.Play(0, 0, timeS);
            _player.UpdateAndWait(0);
            Check(Reference(0).FrameAt(timeS, Reference(0).DefaultRootMotion));
        }

        [Test]
        public void TheSecondClipHasTracksOfItsOwn()
        {
            Begin("added-clip-further");
            Assert.That(_avatar.ParentsOf(1), Is.Not.SameAs(_avatar.ParentsOf(0)));
            _player.Play(1, 0, 0.1);
            _player.UpdateAndWait(0);
            Check(Reference(1).FrameAt(0.1, RootMotion.World));
        }

        [TestCase("added-clip-further")]
        [TestCase("nodes-sh2-two-clips")]
        [TestCase("two-clips-one-residual")]
        public void ACrossfade(string name)
        {
            Begin(name);
            _player.Play(0, 0, 0.05);
            _player.UpdateAndWait(0);
            _player.UpdateAndWait(0.02);
            _player.Play(1, 0.2, 0.01);
            _player.UpdateAndWait(0);
            _player.UpdateAndWait(0.07);
            var blend = new Blend(_package.Skeleton.ZeroJointsM[0]);
            blend.Add(Reference(0), 0, 0.05, 1, 0);
            blend.Add(Reference(1), 0.02, 0.01, 1, 0.2);
            Check(blend.FrameAt(0.09, RootMotion.World));
            Assert.That(_player.Frame.SourceCount, Is.EqualTo(2));
        }

        [TestCase("added-clip-further")]
        [TestCase("nodes-sh2-two-clips")]
        [TestCase("two-clips-one-residual")]
        public void ALayerOverAJoint(string name)
        {
            Begin(name);
            var mask = _avatar.MaskOf(new[] { _package.Skeleton.JointNames[1] }, new[] { 0.8 });
            _player.Play(0, 0, 0.05);
            var layer = _player.AddLayer(1, mask, 0.1, 0.02);
            layer.Weight = 0.9;
            _player.UpdateAndWait(0);
            _player.UpdateAndWait(0.06);
            var blend = new Blend(_package.Skeleton.ZeroJointsM[0]);
            blend.Add(Reference(0), 0, 0.05, 1, 0);
            blend.Add(new Layer(Reference(1), mask, 0, 0.02, 1, 0.1) { Weight = 0.9 });
            Check(blend.FrameAt(0.06, RootMotion.World));
            Assert.That(_player.Frame.Sources[1].HasMask, Is.True);
            _player.RemoveLayer(layer, 0);
            _player.UpdateAndWait(0.01);
            Assert.That(_player.Frame.SourceCount, Is.EqualTo(1));
        }

        [Test]
        public void ACoarserLevelHasItsLook()
        {
            Begin("nodes-sh2-two-clips");
            _player.Play(0, 0, 0.4);
            _player.UpdateAndWait(0);
            var look = _package.ReadAppearance(1, _package.ReadSplats());
            Check(Reference(0).FrameAt(0.4, RootMotion.World), look, _avatar.PackLook(1));
        }

        [Test]
        public void FramesAreWorkedOutOnceWhileTimeGoesOn()
        {
            Begin("nodes-sh2-two-clips");
            _player.Play(0);
            long Versions() => _player.Frame.Slots.Sum(slot => slot.Version);
            _player.UpdateAndWait(0);
            for (var step = 0; step < 30; step++)
            {
                var before = Versions();
                _player.UpdateAndWait(1 / _package.Manifest.Clips[0].Fps);
                Assert.That(Versions() - before, Is.EqualTo(1), $"step {step}");
            }
        }

        [Test]
        public void FramesThatStayInTheirSlotsAreMixedAsTheyLie()
        {
            Begin("all-detail-channels");
            var fps = _package.Manifest.Clips[0].Fps;
            _player.Play(0);
            _player.UpdateAndWait(0);
            for (var step = 1; step < 9; step++)
            {
                _player.UpdateAndWait(0.7 / fps);
                Check(Reference(0).FrameAt(0.7 * step / fps, RootMotion.World));
            }
            _player.Rate = -1;
            _player.UpdateAndWait(1.2 / fps);
            Check(Reference(0).FrameAt(4.4 / fps, RootMotion.World));
        }

        [Test]
        public void OfManyClipsTheFourThatAreSeenMostGiveDetail()
        {
            Begin("nodes-sh2-two-clips");
            _player.Play(0);
            _player.UpdateAndWait(0);
            for (var k = 1; k < 7; k++)
            {
                _player.Play(k % 2, 1, 0.01 * k);
                _player.UpdateAndWait(0.1);
                _player.UpdateAndWait(0.1);
                Assert.That(_player.Frame.SourceCount, Is.EqualTo(Math.Min(k + 1, 4)));
                Assert.That(_player.Frame.Sources[0].Share, Is.EqualTo(1));
            }
            Assert.That(_player.Frame.Sources[3].Clip, Is.EqualTo(0));
        }

        [Test]
        public void ALivePoseIsPosedByTheDriver()
        {
            Begin("by-hand-driver");
            var live = new LivePlayer(_avatar);
            var driver = new NodeDriver(_package.ReadDriver(), _package.Skeleton, _avatar.Model);
            var pose = new AvatarFrame(_avatar.JointCount, _avatar.NodeCount);
            var expected = new AvatarFrame(_avatar.JointCount, _avatar.NodeCount);
            for (var step = 0; step < 20; step++)
            {
                var root = new Vec3(0.01 * step, 0, 0.02 * step);
                (pose.RootTranslationM, expected.RootTranslationM) = (root, root);
                live.Step(pose, step / 60.0);
                if (step == 0)
                {
                    driver.Reset(expected);
                }
                driver.Step(expected, 1.0 / 60);
            }
            Check(expected, null, null, live.Frame);
            Assert.That(live.ResetCount, Is.EqualTo(1));
        }

        private void Begin(string name)
        {
            _package = Package.Open(Vectors.Package("valid", name));
            _avatar = new PlayableAvatar(_package);
            _player = new ClipPlayer(_avatar);
        }

        private ClipTimeline Reference(int clip)
        {
            var frames = new PackagedFrames(_package, clip, _package.ReadModelOf(clip, _package.ReadModel()));
            return new ClipTimeline(_package.Manifest.Clips[clip], frames, _package.Skeleton.ZeroJointsM[0]);
        }

        private void Check(AvatarFrame expected, LevelAppearance look = null, PackedLook packed = null, GpuFrame shown = null)
        {
            var splats = _package.ReadSplats();
            var drawn = look == null ? splats : look.Applied(splats);
            var posed = new PosedSplats(drawn.Count);
            new Deformer(_package.Skeleton, drawn, _avatar.Model).Pose(expected, posed);
            var frame = shown ?? _player.Frame;
            var reader = new FrameReader(_avatar, frame, _avatar.PackSplats(), packed);
            for (var i = 0; i < drawn.Count; i++)
            {
                reader.Pose(i);
                Assert.That((reader.Mean - posed.MeansM[i]).Length, Is.LessThan(MeanM), $"mean {i}");
                var off = Math.Sqrt((reader.Covariance + (-1) * posed.CovariancesM2[i]).SquaredSize);
                Assert.That(off, Is.LessThan(Covariance * posed.CovariancesM2[i].Trace), $"covariance {i}");
                Assert.That((reader.Colour - posed.BaseColours[i]).Length, Is.LessThan(Colour), $"colour {i}");
            }
        }
    }
}
