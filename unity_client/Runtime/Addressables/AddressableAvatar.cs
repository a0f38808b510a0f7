using System;
using UnityEngine;
using UnityEngine.AddressableAssets;
using UnityEngine.ResourceManagement.AsyncOperations;

namespace Ani3d
{
    /// <summary>
    /// Loads an Addressable .a3d into a <see cref="GaussianAvatar"/> while it is enabled. The entry is the imported package as it
    /// lies in the project: its prefab, which brings the data along.
    /// </summary>
    [AddComponentMenu("ani3d/Addressable Avatar")]
    [DisallowMultipleComponent]
    [RequireComponent(typeof(GaussianAvatar))]
    public sealed class AddressableAvatar : MonoBehaviour
    {
        [SerializeField, Tooltip("An imported .a3d that is marked as Addressable.")]
        private AssetReferenceT<GameObject> package = new AssetReferenceT<GameObject>(string.Empty);

        private AsyncOperationHandle<GameObject> _loading;

        /// <summary>The Addressable could not be loaded, or is no package.</summary>
        public event Action<AddressableAvatar, string> Failed;

        /// <summary>Which one. What is changed holds from the next time that the component is enabled.</summary>
        public AssetReferenceT<GameObject> Package
        {
            get => package;
            set => package = value;
        }

        private void OnEnable()
        {
            if (!package.RuntimeKeyIsValid())
            {
                return;
            }
            _loading = Addressables.LoadAssetAsync<GameObject>(package.RuntimeKey);
            _loading.Completed += Load;
        }

        private void OnDisable()
        {
            if (!_loading.IsValid())
            {
                return;
            }
            GetComponent<GaussianAvatar>().Asset = null;
            Addressables.Release(_loading);
            _loading = default;
        }

        private void Load(AsyncOperationHandle<GameObject> loaded)
        {
            // What was released meanwhile may end all the same.
            if (!isActiveAndEnabled || !loaded.Equals(_loading))
            {
                return;
            }
            var isThere = loaded.Status == AsyncOperationStatus.Succeeded;
            var prefab = isThere && loaded.Result ? loaded.Result.GetComponent<GaussianAvatar>() : null;
            if (prefab && prefab.Asset)
            {
                GetComponent<GaussianAvatar>().Asset = prefab.Asset;
                return;
            }
            var why = isThere ? "it is no imported .a3d" : loaded.OperationException?.Message;
            Debug.LogError($"{name}: the Addressable {package.RuntimeKey} cannot be shown: {why}", this);
            Failed?.Invoke(this, why);
        }
    }
}
