// UnityEngine: buffers and compute shaders. ALL unless said.
using System;
using System.Collections.Generic;
using Unity.Collections;
using UnityEngine.Rendering;

namespace Unity.Collections
{
    public enum Allocator
    {
        Invalid = 0, None = 1, Temp = 2, TempJob = 3, Persistent = 4,
    }

    public enum NativeArrayOptions
    {
        UninitializedMemory, ClearMemory,
    }

    public struct NativeArray<T> : IDisposable
        where T : struct
    {
        public extern NativeArray(int length, Allocator allocator, NativeArrayOptions options = NativeArrayOptions.ClearMemory);
        public extern NativeArray(T[] array, Allocator allocator);
        public extern int Length { get; }
        public extern bool IsCreated { get; }
        public extern T this[int index] { get; set; }
        public extern void Dispose();
        public extern void CopyFrom(T[] array);
        public extern void CopyTo(T[] array);
        public extern T[] ToArray();
        public static extern void Copy(T[] src, int srcIndex, NativeArray<T> dst, int dstIndex, int length);
        public static extern void Copy(NativeArray<T> src, int srcIndex, T[] dst, int dstIndex, int length);
        public extern NativeArray<T> GetSubArray(int start, int length);
    }
}

namespace UnityEngine
{
    public sealed class GraphicsBuffer : IDisposable
    {
        [Flags]
        public enum Target
        {
            Vertex = 1, Index = 2, CopySource = 4, CopyDestination = 8, Structured = 16, Raw = 32, Append = 64, Counter = 128,
            IndirectArguments = 256, Constant = 512,
        }

        public struct IndirectDrawArgs
        {
            public const int size = 16;

            public extern uint vertexCountPerInstance { get; set; }
            public extern uint instanceCount { get; set; }
            public extern uint startVertex { get; set; }
            public extern uint startInstance { get; set; }
        }

#if UNITY_2022_1_OR_NEWER
        [Flags]
        public enum UsageFlags
        {
            None = 0, LockBufferForWrite = 1,
        }

        public extern GraphicsBuffer(Target target, UsageFlags usageFlags, int count, int stride);
        public extern NativeArray<T> LockBufferForWrite<T>(int bufferStartIndex, int count) where T : struct;
        public extern void UnlockBufferAfterWrite<T>(int countWritten) where T : struct;
#endif
        public extern GraphicsBuffer(Target target, int count, int stride);
        public extern int count { get; }
        public extern int stride { get; }
        public extern Target target { get; }
        public extern string name { set; }
        public extern bool IsValid();
        public extern void Release();
        public extern void Dispose();
        public extern void SetData(Array data);
        public extern void SetData(Array data, int managedBufferStartIndex, int graphicsBufferStartIndex, int count);
        public extern void SetData<T>(NativeArray<T> data) where T : struct;
        public extern void SetData<T>(
            NativeArray<T> data, int nativeBufferStartIndex, int graphicsBufferStartIndex, int count) where T : struct;
        public extern void SetCounterValue(uint counterValue);
    }

    public enum ComputeBufferType
    {
        Default = 0, Raw = 1, Append = 2, Counter = 4, Constant = 8, Structured = 16, IndirectArguments = 256,
    }

    public enum ComputeBufferMode
    {
        Immutable = 0, Dynamic = 1, SubUpdates = 4,
    }

    public sealed class ComputeBuffer : IDisposable
    {
        public extern ComputeBuffer(int count, int stride);
        public extern ComputeBuffer(int count, int stride, ComputeBufferType type, ComputeBufferMode usage);
        public extern int count { get; }
        public extern int stride { get; }
        public extern bool IsValid();
        public extern void SetData(Array data);
        public extern NativeArray<T> BeginWrite<T>(int computeBufferStartIndex, int count) where T : struct;
        public extern void EndWrite<T>(int countWritten) where T : struct;
        public extern void Release();
        public extern void Dispose();
    }

    public sealed class ComputeShader : Object
    {
        public extern int FindKernel(string name);
        public extern bool HasKernel(string name);
        public extern bool IsSupported(int kernelIndex);
        public extern void GetKernelThreadGroupSizes(int kernelIndex, out uint x, out uint y, out uint z);
        public extern void EnableKeyword(string keyword);
        public extern void DisableKeyword(string keyword);
        public extern void SetInt(int nameID, int val);
        public extern void SetFloat(int nameID, float val);
        public extern void SetVector(int nameID, Vector4 val);
        public extern void SetBuffer(int kernelIndex, int nameID, GraphicsBuffer buffer);
        public extern void Dispatch(int kernelIndex, int threadGroupsX, int threadGroupsY, int threadGroupsZ);
    }
}
