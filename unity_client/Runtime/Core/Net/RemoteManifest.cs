using System.Text;

namespace Ani3d
{
    /// <summary>The manifest of a package on a server.</summary>
    public sealed class RemoteManifest
    {
        internal RemoteManifest(Messages.GetManifestResponse response)
        {
            Avatar = new AvatarListing(response.Avatar ?? new Messages.AvatarSummary());
            var json = response.ManifestJson;
            Json = Encoding.UTF8.GetString(json.Array, json.Offset, json.Count);
        }

        /// <summary>What the list says about it.</summary>
        public AvatarListing Avatar { get; }

        /// <summary>The package's own words, as `ani3d info --json` prints them.</summary>
        public string Json { get; }
    }
}
