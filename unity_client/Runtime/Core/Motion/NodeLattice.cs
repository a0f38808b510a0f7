using System;

namespace Ani3d
{
    /// <summary>Rest positions of the control nodes in whole cells, and who is near whom: exact in integers.</summary>
    internal sealed class NodeLattice
    {
        private readonly int[] _cells;
        private readonly int[][] _neighbours;

        /// <summary>Creates a lattice of M nodes.</summary>
        /// <param name="cells">[3, M].</param>
        /// <param name="count">M.</param>
        public NodeLattice(int[] cells, int count)
        {
            _cells = cells;
            Count = count;
            _neighbours = new int[count][];
        }

        /// <summary>M.</summary>
        public int Count { get; }

        /// <summary>All nodes in order of their distance from one, nearest first, ties to the lower index.</summary>
        public int[] NeighboursOf(int node)
        {
            return _neighbours[node] ?? (_neighbours[node] = Sorted(node));
        }

        /// <summary>
        /// The three nearest of the nodes before each: [M, 3]; nothing is in the rows of the first three.
        /// </summary>
        public int[] Parents()
        {
            const int width = FormatConstants.Model.NodeParents;
            var parents = new int[width * Count];
            for (var node = width; node < Count; node++)
            {
                long first = long.MaxValue, second = long.MaxValue, third = long.MaxValue;
                for (var other = 0; other < node; other++)
                {
                    var distance = SquaredDistance(node, other);
                    if (distance < first)
                    {
                        (third, second, first) = (second, first, distance);
                        parents[width * node + 2] = parents[width * node + 1];
                        parents[width * node + 1] = parents[width * node];
                        parents[width * node] = other;
                    }
                    else if (distance < second)
                    {
                        (third, second) = (second, distance);
                        parents[width * node + 2] = parents[width * node + 1];
                        parents[width * node + 1] = other;
                    }
                    else if (distance < third)
                    {
                        third = distance;
                        parents[width * node + 2] = other;
                    }
                }
            }
            return parents;
        }

        private int[] Sorted(int node)
        {
            var distances = new long[Count];
            var nodes = new int[Count];
            for (var other = 0; other < Count; other++)
            {
                distances[other] = SquaredDistance(node, other);
                nodes[other] = other;
            }
            Array.Sort(distances, nodes);
            for (int start = 0, end; start < Count; start = end)
            {
                for (end = start + 1; end < Count && distances[end] == distances[start];)
                {
                    end++;
                }
                Array.Sort(nodes, start, end - start);
            }
            return nodes;
        }

        // Cells are at most 2^27 apart, so the sum stays below 2^56.
        private long SquaredDistance(int a, int b)
        {
            long x = _cells[a] - _cells[b], y = _cells[Count + a] - _cells[Count + b];
            long z = _cells[2 * Count + a] - _cells[2 * Count + b];
            return x * x + y * y + z * z;
        }
    }
}
