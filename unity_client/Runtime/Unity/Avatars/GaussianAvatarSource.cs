using System;

namespace Ani3d
{
    /// <content>Where its package and its poses come from.</content>
    public sealed partial class GaussianAvatar
    {
        /// <summary>The imported package; null where a script loads one.</summary>
        public AvatarAsset Asset
        {
            get => asset;
            set
            {
                asset = _ofAsset = value;
                Load(value ? value.Source : null);
            }
        }

        /// <summary>
        /// Where poses come from that are no clip's: an Animator, a live session. The driver moves cloth and hair. Null for
        /// clips.
        /// </summary>
        public IPoseSource PoseSource
        {
            get => _poses;
            set => _poses = value;
        }

        /// <summary>
        /// What a sequencer such as Timeline shows: clips at times that it says, mixed by weights. Null until a package is loaded.
        /// </summary>
        public SequencePlayer Sequence => _show?.Sequence;

        /// <summary>Whether <see cref="Sequence"/> is shown, and neither clips nor poses.</summary>
        public bool IsSequenced { get; set; }

        /// <summary>Loads a package from bytes at hand, such as a download. They must not be changed afterwards.</summary>
        /// <param name="bytes">of the whole .a3d.</param>
        /// <param name="key">avatars with the same key share the package; the array itself where it is null.</param>
        public void Load(byte[] bytes, string key = null)
        {
            if (bytes == null)
            {
                throw new ArgumentNullException(nameof(bytes));
            }
            Load(new BytesSource(bytes, key ?? AvatarBounds.KeyOf(bytes)));
        }

        /// <summary>Loads a package in the background. What is shown goes away at once.</summary>
        /// <param name="source">where it comes from; null for none, which <see cref="Unload"/> says more clearly.</param>
        public void Load(PackageSource source)
        {
            _source = source;
            _ofAsset = asset;
            Close();
            if (isActiveAndEnabled)
            {
                BeginLoading();
            }
        }

        /// <summary>
        /// Shows nothing from now on: the package is given back, its memory too where no other avatar shows it, and
        /// <see cref="Asset"/> is none. What loads is cancelled. <see cref="Load(PackageSource)"/> begins anew.
        /// </summary>
        public void Unload()
        {
            Asset = null;
        }

        // An asset keeps its place when it is imported again, and holds another package then.
        private bool RenewSource()
        {
            if (!(_source is AssetSource source) || !source.IsOutdated)
            {
                return false;
            }
            _source = source.Renewed();
            return true;
        }

        private void BeginLoading()
        {
            if (_source == null || _shared != null)
            {
                return;
            }
            Refusal = null;
            _shared = SharedAvatar.Take(_source);
        }
    }
}
