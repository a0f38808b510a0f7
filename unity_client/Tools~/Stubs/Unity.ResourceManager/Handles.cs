// UnityEngine.ResourceManagement: package com.unity.addressables 1.21.21, 2.10.1 and 4.0.1.
using System;
using System.Threading.Tasks;

namespace UnityEngine.ResourceManagement.AsyncOperations
{
    public enum AsyncOperationStatus
    {
        None, Succeeded, Failed,
    }

    public struct AsyncOperationHandle<TObject>
    {
        public extern TObject Result { get; }
        public extern AsyncOperationStatus Status { get; }
        public extern Exception OperationException { get; }
        public extern bool IsDone { get; }
        public extern float PercentComplete { get; }
        public extern Task<TObject> Task { get; }
        public extern bool IsValid();
        public event Action<AsyncOperationHandle<TObject>> Completed
        {
            add { }
            remove { }
        }
    }
}
