// UnityEngine.AddressableAssets: package com.unity.addressables 1.21.21, 2.10.1 and 4.0.1.
using System;
using UnityEngine.ResourceManagement.AsyncOperations;

namespace UnityEngine.AddressableAssets
{
    public static class Addressables
    {
        public static extern AsyncOperationHandle<TObject> LoadAssetAsync<TObject>(object key);
        public static extern void Release<TObject>(AsyncOperationHandle<TObject> handle);
    }

    [Serializable]
    public class AssetReference
    {
        public extern AssetReference(string guid);
        public virtual extern object RuntimeKey { get; }
        public virtual extern bool RuntimeKeyIsValid();
    }

    [Serializable]
    public class AssetReferenceT<TObject> : AssetReference
        where TObject : UnityEngine.Object
    {
        public extern AssetReferenceT(string guid);
    }
}
