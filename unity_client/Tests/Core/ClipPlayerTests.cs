using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>What a game asks of a player: to go on without waiting, and to say what it did.</summary>
    public sealed class ClipPlayerTests
    {
        private const int Groups = 9;
        private const int Patience = 2000;
        private Package _package;
        private PlayableAvatar _avatar;
        private ClipPlayer _player;
        private GatedSource _source;

        private ClipInfo Info => _package.Manifest.Clips[0];

        [TearDown]
        public void Close()
        {
            _source?.Open();
            _player?.Dispose();
            _avatar?.Dispose();
            _package?.Dispose();
        }

        [Test]
        public void NothingWaitsForAGroupThatIsNotThere()
        {
            Begin(LongPackage.Of("by-hand-residual", Groups));
            Assert.That(_player.Update(0), Is.False, "nothing plays");
            Assert.That(_player.IsWaiting, Is.False);
            _player.Play(0);
            Until(() => _player.Update(0));
            var version = _player.Frame.Version;
            _source.Close();
            var far = 12.3 / Info.Fps;
            _player.Seek(far);
            for (var k = 0; k < 20; k++)
            {
                Assert.That(_player.Update(0.1), Is.False);
            }
            Assert.That(_player.IsWaiting, Is.True);
            Assert.That(_player.Frame.Version, Is.EqualTo(version), "the last frame stays");
            _source.Open();
            Until(() => _player.Update(0.0));
            Assert.That(_player.TimeS, Is.EqualTo(far), "time stands until a jump is shown");
        }

        [Test]
        public void TheNextGroupIsDecodedBeforeItIsNeeded()
        {
            Begin(LongPackage.Of("by-hand-residual", Groups));
            _player.Play(0);
            Until(() => _player.Update(0));
            Until(() => IsDecoded(1));
            Assert.That(IsDecoded(3), Is.False, "no more than is needed");
            _source.Close();
            Assert.That(_player.Update(0.5 / Info.Fps), Is.True);
        }

        [Test]
        public void AGroupThatIsBrokenIsRefusedToWhoPlaysIt()
        {
            var package = new PackageBytes(LongPackage.Of("by-hand-residual", Groups));
            for (var number = 0; number < package.Count; number++)
            {
                var key = package.KeyOf(number);
                if (key.Name == FormatConstants.Section.Nodes && key.Group == 4)
                {
                    package.Replace(number, new byte[package.Section(number).Length]);
                }
            }
            Begin(package.Written());
            _player.Play(0);
            var refusal = Assert.Throws<RefusalException>(() => Until(() => !_player.Update(0.2 / Info.Fps) && false));
            Assert.That(refusal.Family, Is.EqualTo("future").Or.EqualTo("section"));
            Assert.That(_player.TimeS * Info.Fps, Is.InRange(5, 8.2));
            _player.Seek(0);
            Until(() => _player.Update(0));
        }

        [Test]
        public void WhatNobodyWaitsForIsNotDecoded()
        {
            Begin(LongPackage.Of("by-hand-residual", Groups));
            _player.Play(0);
            Until(() => _player.Update(0));
            Until(() => IsDecoded(1));
            _source.Close();
            for (var frame = 2; frame < 2 * Groups; frame++)
            {
                _player.Seek(frame / Info.Fps);
                _player.Update(0);
            }
            Assert.That(_avatar.Groups.RoomCount, Is.LessThan(Groups));
            _player.Seek(0);
            _player.Update(0);
            _source.Open();
            Until(() => _player.Update(0));
            Assert.That(IsDecoded(6), Is.False);
        }

        [Test]
        public void WhatIsShownStaysDecodedWhileSomethingElseIsWaitedFor()
        {
            Begin(LongPackage.Of("by-hand-residual", Groups));
            _player.Play(0);
            Until(() => _player.Update(0));
            Until(() => IsDecoded(1));
            _source.Close();
            for (var frame = 6; frame < 2 * Groups; frame++)
            {
                _player.Seek(frame / Info.Fps);
                Assert.That(_player.Update(0), Is.False);
            }
            // Who draws may come to the last frame only now.
            foreach (var slot in _player.Frame.Slots.Take(2))
            {
                Assert.That(slot.Group.Number, Is.EqualTo(slot.Frame / 2));
                Assert.That(slot.Group.Group.FirstFrame, Is.EqualTo(2 * slot.Group.Number));
            }
        }

        [Test]
        public void PlayersOfAnAvatarShareWhatIsDecoded()
        {
            Begin(LongPackage.Of("by-hand-residual", Groups));
            _player.Play(0);
            Until(() => _player.Update(0));
            Until(() => IsDecoded(1));
            // Nothing can be decoded from now on, and what comes later may be asked for all the same.
            _source.Close();
            using (var other = new ClipPlayer(_avatar))
            {
                other.Play(0, 0, 0.3 / Info.Fps);
                Assert.That(other.Update(0), Is.True, "nothing is left to be decoded");
                Assert.That(other.Frame.Slots[0].Group, Is.SameAs(_player.Frame.Slots[0].Group));
                _source.Open();
            }
        }

        [Test]
        public void RoomsAreUsedAgain()
        {
            Begin(LongPackage.Of("by-hand-residual", Groups));
            _player.Play(0);
            _player.Loop = true;
            for (var k = 0; k < 200; k++)
            {
                Until(() => _player.Update(0.5 / Info.Fps));
            }
            Assert.That(_avatar.Groups.RoomCount, Is.LessThanOrEqualTo(6));
        }

        [Test]
        public void AFadeBeginsWhenItsClipIsThere()
        {
            Begin(Vectors.Package("valid", "looping-clips"));
            _player.Play(0);
            Until(() => _player.Update(0));
            _source.Close();
            _player.Play(1, 0.1);
            Assert.That(_player.Update(0.01), Is.True, "the clip before goes on");
            Assert.That(Blended(), Is.EqualTo(1));
            Assert.That(_player.Clip, Is.EqualTo(1));
            _source.Open();
            Until(() => _player.Update(0.001) && Blended() == 2);
            _player.Update(0.2);
            Assert.That(Blended(), Is.EqualTo(1));
        }

        [Test]
        public void MarkersAreToldOnceInEachPeriodBothWays()
        {
            Begin(Vectors.Package("valid", "looping-clips"));
            var told = new List<Marker>();
            _player.MarkerPassed += told.Add;
            var markers = Info.Markers;
            _player.Play(0);
            _player.UpdateAndWait(0);
            for (var k = 0; k < 650; k++)
            {
                _player.UpdateAndWait(Info.DurationS / 100);
            }
            var expected = Enumerable.Range(0, 7).SelectMany(period => markers
                .Where(marker => marker.TimeS + period * Info.DurationS <= 6.5 * Info.DurationS));
            Assert.That(told, Is.EqualTo(expected));
            told.Clear();
            _player.UpdateAndWait(3 * Info.DurationS);
            Assert.That(told.Count, Is.EqualTo(3 * markers.Count), "a long step passes all of them");
            told.Reverse();
            var backwards = told.ToArray();
            told.Clear();
            _player.Rate = -1;
            _player.UpdateAndWait(3 * Info.DurationS);
            Assert.That(told, Is.EqualTo(backwards));
        }

        [Test]
        public void AMarkerAtTheBeginningIsTold()
        {
            Begin(Vectors.Package("valid", "looping-clips"));
            var told = new List<Marker>();
            _player.MarkerPassed += told.Add;
            var time = Info.Markers[1].TimeS;
            _player.Play(0, 0, time);
            _player.UpdateAndWait(0);
            _player.UpdateAndWait(1e-4);
            Assert.That(told, Is.EqualTo(Info.Markers.Where(marker => marker.TimeS == time)));
            _player.UpdateAndWait(1e-4);
            Assert.That(told.Count, Is.EqualTo(Info.Markers.Count(marker => marker.TimeS == time)));
        }

        [Test]
        public void AMarkerThatAFrameLandsOnIsToldOnce()
        {
            Begin(Vectors.Package("valid", "looping-clips"));
            var told = new List<Marker>();
            var last = Info.Markers[Info.Markers.Count - 1];
            Assert.That(last.TimeS, Is.GreaterThan(0));
            _player.Play(0);
            _player.UpdateAndWait(0);
            _player.UpdateAndWait(last.TimeS / 2);
            _player.Seek(0);
            _player.UpdateAndWait(0);
            _player.MarkerPassed += told.Add;
            _player.UpdateAndWait(last.TimeS);
            Assert.That(_player.TimeS, Is.EqualTo(last.TimeS), "the test needs a time that is exact");
            Assert.That(told.Count(marker => marker == last), Is.EqualTo(1));
            _player.UpdateAndWait(1e-3);
            Assert.That(told.Count(marker => marker == last), Is.EqualTo(1));
        }

        [Test]
        public void APartOfAClipIsPlayedAgainAndAgain()
        {
            Begin(LongPackage.Of("by-hand-residual", Groups));
            _player.Play(0);
            double a = 3 / Info.Fps, b = 5.5 / Info.Fps;
            _player.SetRange(a, b);
            for (var k = 0; k < 100; k++)
            {
                _player.UpdateAndWait(0.7 / Info.Fps);
                Assert.That(_player.TimeS, Is.InRange(a, b));
            }
            _player.Loop = false;
            _player.UpdateAndWait(100);
            Assert.That(_player.TimeS, Is.EqualTo(b).Within(1e-9));
            Assert.That(_player.HasEnded, Is.True);
            _player.ClearRange();
            _player.Rate = -2;
            _player.UpdateAndWait(1 / Info.Fps);
            Assert.That(_player.TimeS, Is.EqualTo(b - 2 / Info.Fps).Within(1e-9));
        }

        [Test]
        public void AClipEndsUnlessItIsToldToLoop()
        {
            Begin(LongPackage.Of("by-hand-residual", Groups));
            _player.Play(0);
            _player.UpdateAndWait(0);
            _player.UpdateAndWait(10 * Info.DurationS);
            Assert.That(_player.TimeS, Is.EqualTo(Info.DurationS));
            Assert.That(_player.HasEnded, Is.True);
            _player.Rate = -1;
            _player.UpdateAndWait(0.25 * Info.DurationS);
            Assert.That(_player.TimeS, Is.EqualTo(0.75 * Info.DurationS).Within(1e-9));
            Assert.That(_player.HasEnded, Is.False);
            _player.Loop = true;
            _player.UpdateAndWait(0.85 * Info.DurationS);
            Assert.That(_player.TimeS, Is.EqualTo(0.9 * Info.DurationS).Within(1e-9));
        }

        [Test]
        public void StepsAddUpToTheWay()
        {
            Begin(Vectors.Package("valid", "looping-clips"));
            _player.Root = RootMotion.Delta;
            _player.Play(0);
            _player.UpdateAndWait(0);
            var timeline = Reference(0);
            var place = timeline.FrameAt(0, RootMotion.World).GroundOf(timeline.RootJointM);
            for (var k = 1; k <= 50; k++)
            {
                _player.UpdateAndWait(0.013);
                var way = GroundPlace.Turned(place.HeadingRad, new Vec3(_player.Step.X, 0, _player.Step.Z));
                place = new GroundPlace(place.X + way.X, place.Z + way.Z, place.HeadingRad + _player.Step.HeadingRad);
                var expected = timeline.FrameAt(0.013 * k, RootMotion.World).GroundOf(timeline.RootJointM);
                Assert.That(place.X, Is.EqualTo(expected.X).Within(1e-6));
                Assert.That(place.Z, Is.EqualTo(expected.Z).Within(1e-6));
                var own = _player.Pose.GroundOf(timeline.RootJointM);
                Assert.That(Math.Abs(own.X) + Math.Abs(own.Z) + Math.Abs(own.HeadingRad), Is.LessThan(1e-6));
            }
            _player.Seek(0.4);
            _player.UpdateAndWait(0);
            Assert.That(_player.Step.X, Is.EqualTo(0), "a jump is no step");
        }

        [TestCase(double.NaN)]
        [TestCase(double.NegativeInfinity)]
        public void NumbersThatAreNoneAreACallersMistake(double number)
        {
            Begin(Vectors.Package("valid", "looping-clips"));
            _player.Play(0);
            Assert.Throws<ArgumentOutOfRangeException>(() => _player.Update(number));
            Assert.Throws<ArgumentOutOfRangeException>(() => _player.Rate = number);
            Assert.Throws<ArgumentOutOfRangeException>(() => _player.Seek(number));
            Assert.Throws<ArgumentOutOfRangeException>(() => _player.Play(0, number));
            Assert.Throws<ArgumentOutOfRangeException>(() => _player.Play(7));
            Assert.Throws<ArgumentException>(() => _player.Play("no such clip"));
        }

        [Test]
        public void WithoutThreadsWhatIsNeededIsDecodedAtOnce()
        {
            Begin(LongPackage.Of("by-hand-residual", Groups), false);
            _player.Play(0);
            for (var k = 0; k < 30; k++)
            {
                Assert.That(_player.Update(0.4 / Info.Fps), Is.True);
            }
        }

        private void Begin(byte[] bytes, bool inBackground = true)
        {
            _source = new GatedSource(bytes);
            _package = Package.Open(_source);
            _avatar = new PlayableAvatar(_package, inBackground);
            _player = new ClipPlayer(_avatar);
        }

        private ClipTimeline Reference(int clip)
        {
            var frames = new PackagedFrames(_package, clip, _package.ReadModel());
            return new ClipTimeline(_package.Manifest.Clips[clip], frames, _package.Skeleton.ZeroJointsM[0]);
        }

        private int Blended()
        {
            return _player.Shown;
        }

        private bool IsDecoded(int number)
        {
            return _avatar.Groups.Has(0, number);
        }

        private static void Until(Func<bool> holds)
        {
            var comes = holds();
            for (var k = 0; k < Patience && !comes; k++)
            {
                Thread.Sleep(1);
                comes = holds();
            }
            Assert.That(comes, Is.True, "it never comes");
        }
    }
}
