using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Who is near whom, with many that are equally far.</summary>
    public sealed class NodeLatticeTests
    {
        private const int Side = 5;
        private const int Count = Side * Side * Side;
        private readonly int[] _cells = Enumerable.Range(0, 3 * Count).Select(Coordinate).ToArray();

        [Test]
        public void NeighboursAreInOrderOfDistanceThenOfTheirNumbers()
        {
            var lattice = new NodeLattice(_cells, Count);
            for (var node = 0; node < Count; node++)
            {
                var expected = Enumerable.Range(0, Count).OrderBy(other => SquaredDistance(node, other)).ThenBy(
                    other => other);
                Assert.That(lattice.NeighboursOf(node), Is.EqualTo(expected));
            }
        }

        [Test]
        public void ParentsAreTheThreeNearestOfTheNodesBefore()
        {
            var parents = new NodeLattice(_cells, Count).Parents();
            for (var node = 3; node < Count; node++)
            {
                var expected = Enumerable.Range(0, node).OrderBy(other => SquaredDistance(node, other)).ThenBy(
                    other => other);
                Assert.That(parents.Skip(3 * node).Take(3), Is.EqualTo(expected.Take(3)));
            }
        }

        // Of node i on axis k at place k Count + i: a grid whose numbers do not follow from its places.
        private static int Coordinate(int place)
        {
            var node = place % Count * 59 % Count;
            return 1000 * (place < Count ? node % Side : place < 2 * Count ? node / Side % Side : node / Side / Side);
        }

        private long SquaredDistance(int a, int b)
        {
            return new[] { 0, Count, 2 * Count }.Sum(axis => Square(_cells[axis + a] - _cells[axis + b]));
        }

        private static long Square(long value)
        {
            return value * value;
        }
    }
}
