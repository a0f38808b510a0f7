namespace Ani3d
{
    /// <summary>The groups of one clip that one player holds: what it shows, and what it asked for.</summary>
    internal sealed class HeldGroups
    {
        private readonly GroupCache _cache;
        private readonly int _clip;
        private Held[] _held = new Held[4];
        private int _count;

        /// <summary>Creates an empty set.</summary>
        public HeldGroups(GroupCache cache, int clip)
        {
            _cache = cache;
            _clip = clip;
        }

        /// <summary>A group that is held, decoded; it is waited for.</summary>
        /// <param name="number">of the group.</param>
        /// <param name="most">groups that are held, of which the oldest goes where one more comes.</param>
        public CachedGroup Needed(int number, int most)
        {
            var place = Find(number);
            if (place < 0)
            {
                if (_count >= most)
                {
                    Drop(0);
                }
                place = Add(number);
            }
            _cache.Wait(_held[place].Group);
            return _held[place].Group;
        }

        /// <summary>Asks for nothing any more; what is shown stays.</summary>
        public void BeginWanting()
        {
            for (var k = 0; k < _count; k++)
            {
                _held[k].IsWanted = false;
            }
        }

        /// <summary>Asks for a group.</summary>
        /// <param name="number">of the group.</param>
        /// <param name="isAhead">whether it is needed later: what is refused is then nobody's trouble yet.</param>
        /// <returns>Whether it is decoded, or refused.</returns>
        public bool Want(int number, bool isAhead)
        {
            var place = Find(number);
            place = place < 0 ? Add(number) : place;
            _held[place].IsWanted = true;
            return isAhead ? _cache.IsDecided(_held[place].Group) : _cache.IsReady(_held[place].Group);
        }

        /// <summary>Gives back what is neither wanted nor shown.</summary>
        /// <param name="isShown">whether what is wanted is what is shown from now on.</param>
        public void EndWanting(bool isShown)
        {
            for (var k = _count - 1; k >= 0; k--)
            {
                if (isShown)
                {
                    _held[k].IsShown = _held[k].IsWanted;
                }
                if (!_held[k].IsWanted && !_held[k].IsShown)
                {
                    Drop(k);
                }
            }
        }

        /// <summary>Gives everything back.</summary>
        public void Clear()
        {
            while (_count > 0)
            {
                Drop(_count - 1);
            }
        }

        private int Find(int number)
        {
            for (var k = 0; k < _count; k++)
            {
                if (_held[k].Group.Number == number)
                {
                    return k;
                }
            }
            return -1;
        }

        private int Add(int number)
        {
            if (_count == _held.Length)
            {
                System.Array.Resize(ref _held, 2 * _count);
            }
            _held[_count] = new Held { Group = _cache.Hold(_clip, number) };
            return _count++;
        }

        private void Drop(int place)
        {
            _cache.Release(_held[place].Group);
            _count--;
            System.Array.Copy(_held, place + 1, _held, place, _count - place);
            _held[_count] = default;
        }

        private struct Held
        {
            public CachedGroup Group;
            public bool IsWanted;
            public bool IsShown;
        }
    }
}
