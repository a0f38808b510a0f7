using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// A package of a server: fetched into a folder of this application, and found there the next time. A download that broke
    /// off goes on where it was.
    /// </summary>
    public sealed class ServerSource : PackageSource
    {
        private const string Folder = "ani3d";
        private static PackageCache s_cache;
        private readonly ServerEndpoint _endpoint;
        private readonly string _avatarId;
        private readonly IProgress<double> _progress;

        /// <summary>Creates a source.</summary>
        /// <param name="endpoint">the server.</param>
        /// <param name="avatarId">as the server lists it.</param>
        /// <param name="progress">takes the share that has arrived, 0 to 1, on any thread; null for none.</param>
        public ServerSource(ServerEndpoint endpoint, string avatarId, IProgress<double> progress = null)
        {
            _endpoint = endpoint ?? throw new ArgumentNullException(nameof(endpoint));
            _avatarId = avatarId ?? throw new ArgumentNullException(nameof(avatarId));
            _progress = progress;
        }

        /// <inheritdoc/>
        public override string Key => _endpoint.Address + "/" + _avatarId;

        /// <inheritdoc/>
        public override async Task<Package> OpenAsync(CancellationToken cancellation)
        {
            // The folder is asked for here: Unity tells it on the main thread alone.
            var cache = s_cache = s_cache ?? new PackageCache(Path.Combine(Application.persistentDataPath, Folder));
            using (var client = _endpoint.Connect())
            {
                foreach (var avatar in await client.ListAvatarsAsync(cancellation).ConfigureAwait(false))
                {
                    if (avatar.AvatarId == _avatarId)
                    {
                        var fetched = await cache.FetchAsync(client, avatar, _progress, cancellation).ConfigureAwait(false);
                        return Package.OpenFile(fetched.Path);
                    }
                }
            }
            throw new RefusalException(
                RefusalCodes.AvatarNotFound, _endpoint.Address, $"no avatar {_avatarId}", "one that the server lists",
                "Ask for another avatar, or let the server offer this one.");
        }
    }
}
