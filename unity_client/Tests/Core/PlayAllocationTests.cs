using System;
using System.Threading;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>A game's garbage collector has nothing to do for avatars that play.</summary>
    public sealed class PlayAllocationTests
    {
        private const int Frames = 1000;
        private const int Groups = 9;
        private const double StepS = 1.0 / 60;
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

        [Test]
        public void AClipOverTheBordersOfItsGroups()
        {
            Begin(LongPackage.Of("by-hand-residual", Groups));
            _player.Loop = true;
            _player.Play(0);
            Assert.That(Allocation.Growth(Play, Frames), Is.LessThanOrEqualTo(0));
            Assert.That(_avatar.Groups.RoomCount, Is.LessThanOrEqualTo(6));
        }

        [Test]
        public void AGroupInMemoryThatIsThereTakesATenthOfNewMemory()
        {
            Begin(Vectors.Package("valid", "nodes-stages-sixteen-contexts"));
            var model = _avatar.ModelOf(0);
            var rooms = new DecodeRooms();
            var group = new ClipGroup();
            var fresh = Allocation.Growth(times => Repeat(times, () => _package.ReadGroup(0, 0, model)), 10);
            var again = Allocation.Growth(
                times => Repeat(times, () =>
                {
                    rooms.Reset();
                    _package.ReadGroup(0, 0, model, _avatar.Tracks, group, rooms, CancellationToken.None);
                }),
                10);
            Assert.That(again, Is.LessThan(fresh / 10));
        }

        [Test]
        public void ACrossfade()
        {
            Begin(Vectors.Package("valid", "nodes-sh2-two-clips"));
            _player.Loop = true;
            _player.Play(0);
            Play(10);
            _player.Play(1, 1e6);
            PlayUntilTwoAreSeen();
            Assert.That(Allocation.Growth(Play, Frames), Is.LessThanOrEqualTo(0));
        }

        [Test]
        public void FadeAfterFade()
        {
            Begin(Vectors.Package("valid", "nodes-sh2-two-clips"));
            _player.Loop = true;
            _player.Play(0);
            Play(10);
            Assert.That(Allocation.Growth(Fade, Frames / 50), Is.LessThanOrEqualTo(0));
        }

        [Test]
        public void ALayer()
        {
            Begin(Vectors.Package("valid", "added-clip-further"));
            var mask = _avatar.MaskOf(new[] { _package.Skeleton.JointNames[1] }, new[] { 1.0 });
            _player.Loop = true;
            _player.Play(0);
            _player.AddLayer(1, mask, 0.5);
            PlayUntilTwoAreSeen();
            Assert.That(Allocation.Growth(Play, Frames), Is.LessThanOrEqualTo(0));
        }

        [Test]
        public void ALivePose()
        {
            Begin(Vectors.Package("valid", "by-hand-driver"));
            var live = new LivePlayer(_avatar);
            var source = new Walk();
            Assert.That(Allocation.Growth(
                frames =>
                {
                    for (var k = 0; k < frames; k++)
                    {
                        live.Update(source);
                    }
                },
                Frames), Is.LessThanOrEqualTo(0));
            Assert.That(live.RefusedCount, Is.Zero);
        }

        [Test]
        public void ABlendWithDetailOnTheProcessor()
        {
            Begin(Vectors.Package("valid", "added-clip-further"));
            var mask = _avatar.MaskOf(new[] { _package.Skeleton.JointNames[1] }, new[] { 1.0 });
            var blend = new Blend(_package.Skeleton.ZeroJointsM[0]);
            var model = _package.ReadModel();
            ClipTimeline Timeline(int clip) => new ClipTimeline(
                _package.Manifest.Clips[clip], new PackagedFrames(_package, clip, _package.ReadModelOf(clip, model)),
                _package.Skeleton.ZeroJointsM[0]);
            blend.Add(Timeline(0), 0, 0, 1, 0);
            blend.Add(Timeline(1), 0, 0, 1, 1e6);
            blend.Add(new Layer(Timeline(0), mask, 0, 0.1, 1, 0.1));
            Assert.That(Allocation.Growth(
                frames =>
                {
                    for (var k = 0; k < frames; k++)
                    {
                        blend.Shown(0.2 + 0.0001 * (k % 1000), RootMotion.World, out _);
                    }
                },
                100), Is.LessThanOrEqualTo(0));
        }

        private static void Repeat(int times, Action action)
        {
            for (var k = 0; k < times; k++)
            {
                action();
            }
        }

        private void Begin(byte[] bytes)
        {
            _package = Package.Open(bytes);
            _avatar = new PlayableAvatar(_package);
            _player = new ClipPlayer(_avatar);
        }

        // Each frame waits for the thread that decodes, so that all of them are shown.
        private void Play(int frames)
        {
            for (var k = 0; k < frames; k++)
            {
                if (!_player.Update(StepS))
                {
                    while (!_player.Update(0))
                    {
                        Thread.Yield();
                    }
                }
            }
        }

        private void PlayUntilTwoAreSeen()
        {
            for (var k = 0; k < 2000 && _player.Frame.SourceCount < 2; k++)
            {
                Thread.Sleep(1);
                Play(1);
            }
            Assert.That(_player.Frame.SourceCount, Is.EqualTo(2));
        }

        private void Fade(int times)
        {
            for (var k = 0; k < times; k++)
            {
                _player.Play(k % 2, 0.1, 0.01 * (k % 5));
                Play(50);
            }
        }

        private sealed class Walk : IPoseSource
        {
            private int _step;

            public bool TryRead(AvatarFrame pose, out double timeS, out bool isDiscontinuous)
            {
                timeS = ++_step * StepS;
                pose.RootTranslationM = new Vec3(0.02 * Math.Sin(0.1 * _step), 0, 0.01 * _step);
                isDiscontinuous = false;
                return true;
            }
        }
    }
}
