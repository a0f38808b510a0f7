using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// A package that one or more avatars show: it is opened once, and its buffers are uploaded once. The last one that gives
    /// it back closes it. Main thread alone, but for what loads it.
    /// </summary>
    internal sealed class SharedAvatar
    {
        // How far nodes and detail may lead beyond what joints reach.
        private const double ResidualM = 0.3;
        private static readonly Dictionary<string, SharedAvatar> s_open = new Dictionary<string, SharedAvatar>();
        private static int s_refusedCount;
        private readonly CancellationTokenSource _cancellation = new CancellationTokenSource();
        private readonly string _key;
        private readonly Task<Content> _loading;
        private int _users;

        private SharedAvatar(PackageSource source, string key)
        {
            _key = key;
            _loading = LoadAsync(source, _cancellation.Token);
        }

        /// <summary>Whether loading has ended, well or not.</summary>
        public bool IsLoaded => _loading.IsCompleted;

        /// <summary>Why it cannot be shown; null while it loads, or where it can.</summary>
        public Exception Error => _loading.IsFaulted ? _loading.Exception.InnerException
            : _loading.IsCanceled ? new OperationCanceledException("its source has cancelled loading") : null;

        /// <summary>What is played; only once it is loaded without an error.</summary>
        public PlayableAvatar Playable => _loading.Result.Playable;

        /// <summary>Gaussians of the levels 0 to k, for each k.</summary>
        public int[] LevelEnds => _loading.Result.LevelEnds;

        /// <summary>What poses may fill.</summary>
        public JointReach Reach => _loading.Result.Reach;

        /// <summary>[J] G_j of the rest pose.</summary>
        public IReadOnlyList<RigidTransform> RestJoints => _loading.Result.RestJoints;

        /// <summary>Its buffers on the GPU.</summary>
        public SharedBuffers Buffers => _loading.Result.Buffers;

        /// <summary>Avatars that show it.</summary>
        public int UserCount => _users;

        /// <summary>Packages that are open or being opened.</summary>
        public static int OpenCount => s_open.Count;

        /// <summary>The package of a source: the one that is open, or a new one that begins to load.</summary>
        public static SharedAvatar Take(PackageSource source)
        {
            // What was refused on import has no digest to be found by, and an error of its own.
            var key = string.IsNullOrEmpty(source.Key) ? "refused " + s_refusedCount++ : source.Key;
            if (!s_open.TryGetValue(key, out var shared))
            {
                shared = new SharedAvatar(source, key);
                s_open.Add(key, shared);
            }
            shared._users++;
            return shared;
        }

        /// <summary>Gives it back.</summary>
        public void Release()
        {
            _users--;
            if (_users > 0)
            {
                return;
            }
            s_open.Remove(_key);
            _cancellation.Cancel();
            if (_loading.Status == TaskStatus.RanToCompletion)
            {
                _loading.Result.Dispose();
            }
            else
            {
                // It may still end well: nothing is on the GPU then, so any thread may close it.
                _loading.ContinueWith(
                    loaded => loaded.Result.Dispose(), CancellationToken.None,
                    TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
            }
        }

        private static async Task<Content> LoadAsync(PackageSource source, CancellationToken cancellation)
        {
            var package = await source.OpenAsync(cancellation);
            try
            {
                return await BackgroundWork.Run(() => Content.Of(package, cancellation), cancellation);
            }
            catch
            {
                package.Dispose();
                throw;
            }
        }

        private sealed class Content
        {
            private readonly Package _package;

            private Content(Package package, PlayableAvatar playable, CancellationToken cancellation)
            {
                _package = package;
                Playable = playable;
                var splats = package.ReadSplats();
                cancellation.ThrowIfCancellationRequested();
                var kinematics = new JointTransforms(package.Skeleton);
                RestJoints = kinematics.Rest;
                Reach = new JointReach(splats, kinematics.Rest, package.Manifest.NodeCount > 0 ? ResidualM : 0);
                LevelEnds = new int[package.Manifest.LevelSizes.Count];
                for (var level = 0; level < LevelEnds.Length; level++)
                {
                    LevelEnds[level] = package.Manifest.GaussiansOf(level + 1);
                }
                Buffers = new SharedBuffers(Playable, LevelEnds.Length);
                Buffers.Pack();
            }

            public PlayableAvatar Playable { get; }

            public JointReach Reach { get; }

            public IReadOnlyList<RigidTransform> RestJoints { get; }

            public int[] LevelEnds { get; }

            public SharedBuffers Buffers { get; }

            public static Content Of(Package package, CancellationToken cancellation)
            {
                var playable = new PlayableAvatar(package, BackgroundWork.HasThreads);
                try
                {
                    return new Content(package, playable, cancellation);
                }
                catch
                {
                    playable.Dispose();
                    throw;
                }
            }

            public void Dispose()
            {
                Buffers.Dispose();
                Playable.Dispose();
                _package.Dispose();
            }
        }
    }
}
