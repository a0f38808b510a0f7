using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Levels of detail: by size in the picture, within a budget, without steps.</summary>
    public sealed class LevelTests
    {
        private static readonly int[] Ends = { 4_000, 16_000, 62_000 };

        [TestCase(0, 0)]
        [TestCase(100, 0)]
        [TestCase(140, 1)]
        [TestCase(300, 2)]
        [TestCase(4000, 2)]
        public void ALargerPictureShowsAFinerLevel(double height, int level)
        {
            Assert.That(LevelChoice.BySize(Wish(height, -1)), Is.EqualTo(level));
        }

        [Test]
        public void ASizeNearALimitDoesNotFlicker()
        {
            // 126.5 pixels want 4,000 Gaussians: a little more or less keeps to what is shown.
            Assert.That(LevelChoice.BySize(Wish(128, 0)), Is.EqualTo(1), "more is wanted than there is");
            Assert.That(LevelChoice.BySize(Wish(125, 1)), Is.EqualTo(1), "hardly less is wanted");
            Assert.That(LevelChoice.BySize(Wish(115, 1)), Is.EqualTo(0), "clearly less is wanted");
        }

        [Test]
        public void TheBudgetIsKeptAndTheSmallestGiveUpFirst()
        {
            var wishes = new[] { Wish(1000, 2), Wish(300, 2), Wish(320, 2), Wish(50, 0) };
            var drawn = LevelChoice.Choose(wishes, wishes.Length, 100_000);
            Assert.That(wishes.Select(wish => wish.Level), Is.EqualTo(new[] { 2, 1, 1, 0 }));
            Assert.That(drawn, Is.EqualTo(62_000 + 16_000 + 16_000 + 4_000));
        }

        [Test]
        public void WhereNothingHelpsAllAreCoarse()
        {
            var wishes = Enumerable.Repeat(Wish(900, 2), 5).ToArray();
            Assert.That(LevelChoice.Choose(wishes, 5, 10), Is.EqualTo(5 * 4_000));
        }

        [Test]
        public void NoBudgetIsNoLimit()
        {
            var wishes = Enumerable.Repeat(Wish(900, 2), 5).ToArray();
            Assert.That(LevelChoice.Choose(wishes, 5, 0), Is.EqualTo(5 * 62_000));
        }

        [Test]
        public void TheFinerLevelComesInAFifthOfASecond()
        {
            var fade = new LevelFade();
            Assert.That(fade.Advance(0, 0), Is.True, "the first level is there at once");
            Assert.That((fade.Coarse, fade.Share, fade.Drawn), Is.EqualTo((0, 0.0, 0)));
            Assert.That(fade.Advance(0, 1), Is.False, "nothing to do");
            fade.Advance(1, 0.05);
            Assert.That(fade.Share, Is.EqualTo(0.25).Within(1e-12));
            Assert.That((fade.Coarse, fade.Drawn), Is.EqualTo((0, 1)));
            fade.Advance(1, 0.5);
            Assert.That((fade.Coarse, fade.Share, fade.Drawn), Is.EqualTo((1, 0.0, 1)));
        }

        [Test]
        public void GoingBackIsTheSameTheOtherWay()
        {
            var fade = new LevelFade();
            fade.Advance(2, 0);
            fade.Advance(0, 0.05);
            Assert.That((fade.Coarse, fade.Drawn), Is.EqualTo((1, 2)));
            Assert.That(fade.Share, Is.EqualTo(0.75).Within(1e-12));
            fade.Advance(0, 0.35);
            Assert.That((fade.Coarse, fade.Share), Is.EqualTo((0, 0.0)));
        }

        private static LevelWish Wish(double height, int current)
        {
            return new LevelWish { LevelEnds = Ends, HeightPx = height, Quality = 1, Current = current };
        }
    }
}
