using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace Ani3d
{
    /// <summary>
    /// Decoded groups of the clips of a package, for all who play them. They are decoded on a thread of the cache, and their
    /// memory is used again. Any thread may call.
    /// </summary>
    public sealed class GroupCache : IDisposable
    {
        // What is shown, what comes next, and what was shown before: taps lie in both where groups meet.
        private const int FewestRooms = 3;
        private const int IdleMs = 10000;
        private readonly object _lock = new object();
        private readonly Action<CachedGroup, DecodeRooms, CancellationToken> _read;
        private readonly bool _inBackground;
        private readonly Dictionary<long, CachedGroup> _groups = new Dictionary<long, CachedGroup>();
        private readonly List<CachedGroup> _rooms = new List<CachedGroup>();
        private readonly Queue<CachedGroup> _waiting = new Queue<CachedGroup>();
        private readonly Stack<DecodeRooms> _decoding = new Stack<DecodeRooms>();
        private Thread _thread;
        private long _uses;
        private bool _isDisposed;

        /// <summary>Creates an empty cache.</summary>
        /// <param name="read">reads a group; it is called by one thread for each group at a time.</param>
        /// <param name="inBackground">whether a thread decodes what is held; else who asks does.</param>
        internal GroupCache(Action<CachedGroup, DecodeRooms, CancellationToken> read, bool inBackground)
        {
            _read = read;
            _inBackground = inBackground;
        }

        /// <summary>How many groups there is memory for.</summary>
        public int RoomCount
        {
            get
            {
                lock (_lock)
                {
                    return _rooms.Count;
                }
            }
        }

        /// <summary>
        /// Holds a group until <see cref="Release"/>; it will be decoded. Nothing is allocated once there are rooms enough.
        /// </summary>
        public CachedGroup Hold(int clip, int number)
        {
            lock (_lock)
            {
                if (_isDisposed)
                {
                    throw new ObjectDisposedException(nameof(GroupCache));
                }
                var key = KeyOf(clip, number);
                if (!_groups.TryGetValue(key, out var group))
                {
                    group = FreeRoom();
                    group.Become(clip, number);
                    _groups.Add(key, group);
                }
                else if (group.State == GroupState.Refused && group.Holders == 0)
                {
                    group.Become(clip, number);
                }
                group.Holders++;
                group.LastUse = ++_uses;
                Enqueue(group);
                return group;
            }
        }

        /// <summary>Gives a group back; what is not decoded yet is not decoded for this holder.</summary>
        public void Release(CachedGroup group)
        {
            lock (_lock)
            {
                group.Holders--;
                if (group.Holders == 0)
                {
                    group.Cancellation?.Cancel();
                }
            }
        }

        /// <summary>Whether a group that is held is decoded. It does not wait where there is a thread that decodes.</summary>
        /// <exception cref="RefusalException">the group is refused.</exception>
        public bool IsReady(CachedGroup group)
        {
            if (!_inBackground)
            {
                Wait(group);
            }
            lock (_lock)
            {
                ThrowIfRefused(group);
                return group.State == GroupState.Ready;
            }
        }

        /// <summary>Whether nothing is to be done for a group that is held: it is decoded, or refused.</summary>
        internal bool IsDecided(CachedGroup group)
        {
            lock (_lock)
            {
                return group.State == GroupState.Ready || group.State == GroupState.Refused;
            }
        }

        /// <summary>Returns once a group that is held is decoded; for tools, and where nothing is shown yet.</summary>
        /// <exception cref="RefusalException">the group is refused.</exception>
        public void Wait(CachedGroup group)
        {
            lock (_lock)
            {
                while (group.State != GroupState.Ready)
                {
                    ThrowIfRefused(group);
                    if (_isDisposed)
                    {
                        throw new ObjectDisposedException(nameof(GroupCache));
                    }
                    if (group.State != GroupState.Waiting)
                    {
                        Monitor.Wait(_lock);
                        continue;
                    }
                    Begin(group);
                    Monitor.Exit(_lock);
                    try
                    {
                        Decode(group);
                    }
                    finally
                    {
                        Monitor.Enter(_lock);
                    }
                }
            }
        }

        /// <summary>Whether a group is decoded, held or not.</summary>
        internal bool Has(int clip, int number)
        {
            lock (_lock)
            {
                return _groups.TryGetValue(KeyOf(clip, number), out var group) && group.State == GroupState.Ready;
            }
        }

        /// <summary>Decodes nothing more, and ends the thread.</summary>
        public void Dispose()
        {
            lock (_lock)
            {
                _isDisposed = true;
                foreach (var group in _rooms)
                {
                    group.Cancellation?.Cancel();
                }
                Monitor.PulseAll(_lock);
            }
        }

        private static long KeyOf(int clip, int number)
        {
            return (long)clip << 32 | (uint)number;
        }

        private static void ThrowIfRefused(CachedGroup group)
        {
            if (group.State == GroupState.Refused)
            {
                ExceptionDispatchInfo.Capture(group.Error).Throw();
            }
        }

        // The one that nobody holds and was asked for the longest ago, or a new one.
        private CachedGroup FreeRoom()
        {
            CachedGroup free = null;
            for (var k = 0; k < _rooms.Count && _rooms.Count >= FewestRooms; k++)
            {
                var room = _rooms[k];
                if (room.Holders == 0 && room.State != GroupState.Decoding && (free == null || room.LastUse < free.LastUse))
                {
                    free = room;
                }
            }
            if (free == null)
            {
                free = new CachedGroup(_rooms.Count);
                _rooms.Add(free);
            }
            else if (free.State != GroupState.Empty)
            {
                _groups.Remove(KeyOf(free.Clip, free.Number));
            }
            return free;
        }

        private void Enqueue(CachedGroup group)
        {
            if (!_inBackground || group.State != GroupState.Waiting || group.IsQueued)
            {
                return;
            }
            group.IsQueued = true;
            _waiting.Enqueue(group);
            if (_thread == null)
            {
                _thread = new Thread(DecodeWaiting) { IsBackground = true, Name = "ani3d decoder" };
                _thread.Start();
            }
            Monitor.PulseAll(_lock);
        }

        // What the thread does; it ends when there has been nothing to do for some seconds.
        private void DecodeWaiting()
        {
            for (var group = NextWaiting(); group != null; group = NextWaiting())
            {
                Decode(group);
            }
        }

        private CachedGroup NextWaiting()
        {
            lock (_lock)
            {
                while (!_isDisposed)
                {
                    if (_waiting.Count == 0 && !Monitor.Wait(_lock, IdleMs) && _waiting.Count == 0)
                    {
                        break;
                    }
                    while (_waiting.Count > 0)
                    {
                        var group = _waiting.Dequeue();
                        group.IsQueued = false;
                        if (group.State == GroupState.Waiting && group.Holders > 0)
                        {
                            Begin(group);
                            return group;
                        }
                    }
                }
                _thread = null;
                return null;
            }
        }

        private void Begin(CachedGroup group)
        {
            group.State = GroupState.Decoding;
            group.Cancellation = new CancellationTokenSource();
        }

        // Whatever goes wrong is told to who holds the group.
        private void Decode(CachedGroup group)
        {
            DecodeRooms rooms;
            CancellationToken token;
            lock (_lock)
            {
                rooms = _decoding.Count > 0 ? _decoding.Pop() : new DecodeRooms();
                token = group.Cancellation.Token;
            }
            Exception error = null;
            try
            {
                rooms.Reset();
                _read(group, rooms, token);
            }
            catch (Exception thrown)
            {
                error = thrown;
            }
            lock (_lock)
            {
                _decoding.Push(rooms);
                group.Cancellation.Dispose();
                group.Cancellation = null;
                var isCancelled = error is OperationCanceledException && token.IsCancellationRequested;
                group.State = error == null ? GroupState.Ready : isCancelled ? GroupState.Waiting : GroupState.Refused;
                group.Error = error;
                if (group.Holders > 0)
                {
                    Enqueue(group);
                }
                Monitor.PulseAll(_lock);
            }
        }
    }
}
