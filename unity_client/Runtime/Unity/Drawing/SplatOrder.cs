using System;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d
{
    /// <summary>Views, keys and depth order of all avatars that one camera sees.</summary>
    internal sealed class SplatOrder : IDisposable
    {
        private const int KeysAGroup = 1024;
        private const int Digits = 16;
        private const int BitsARound = 4;
        private const int KeyBits = 16;
        private const int ViewWords = 2;
        private GraphicsBuffer _views;
        private GraphicsBuffer _keys;
        private GraphicsBuffer _order;
        private GraphicsBuffer _otherKeys;
        private GraphicsBuffer _otherOrder;
        private GraphicsBuffer _counts;
        private GraphicsBuffer _arguments;
        private int _capacity;
        private int _viewCapacity;

        /// <summary>2 uint4 a Gaussian and eye.</summary>
        public GraphicsBuffer Views => _views;

        /// <summary>Numbers of Gaussians, from far to near.</summary>
        public GraphicsBuffer Order => _order;

        /// <summary>Keys, sorted as the order is.</summary>
        public GraphicsBuffer Keys => _keys;

        /// <summary>Arguments of the indirect draw.</summary>
        public GraphicsBuffer Arguments => _arguments;

        /// <summary>Makes buffers that are missing, too small or lost.</summary>
        /// <param name="count">Gaussians of all avatars.</param>
        /// <param name="eyes">1 or 2.</param>
        /// <returns>Whether anything was made: its content is undefined then.</returns>
        public bool Reserve(int count, int eyes)
        {
            var isLost = _views == null || !_views.IsValid() || !_keys.IsValid() || !_arguments.IsValid();
            if (!isLost && count <= _capacity && count * eyes <= _viewCapacity)
            {
                return false;
            }
            _capacity = Capacity.For(isLost ? 0 : _capacity, count);
            _viewCapacity = Math.Max(_capacity * eyes, isLost ? 0 : _viewCapacity);
            Dispose();
            _views = Structured(ViewWords * _viewCapacity, 16, "views");
            _keys = Structured(_capacity, 4, "keys");
            _order = Structured(_capacity, 4, "order");
            _otherKeys = Structured(_capacity, 4, "keys of every other round");
            _otherOrder = Structured(_capacity, 4, "order of every other round");
            _counts = Structured(Digits * (GroupsOf(_capacity) + 1), 4, "counts");
            _arguments = new GraphicsBuffer(
                GraphicsBuffer.Target.IndirectArguments | GraphicsBuffer.Target.Structured, 4, sizeof(uint));
            return true;
        }

        /// <summary>Records the sorting of keys and order, and the arguments of the draw.</summary>
        public void Sort(CommandBuffer commands, DrawingKernels kernels, int count)
        {
            var groups = GroupsOf(count);
            GraphicsBuffer keys = _keys, order = _order, otherKeys = _otherKeys, otherOrder = _otherOrder;
            for (var shift = 0; shift < KeyBits; shift += BitsARound)
            {
                var kernel = kernels.SortCount;
                kernel.Set(commands, ShaderIds.AllGaussians, count);
                kernel.Set(commands, ShaderIds.Groups, groups);
                kernel.Set(commands, ShaderIds.Shift, shift);
                kernel.Set(commands, ShaderIds.KeysIn, keys);
                kernel.Set(commands, ShaderIds.Counts, _counts);
                kernel.Dispatch(commands, groups);
                kernel = kernels.SortScan;
                kernel.Set(commands, ShaderIds.Counts, _counts);
                kernel.Dispatch(commands, Digits);
                kernel = kernels.SortScatter;
                kernel.Set(commands, ShaderIds.KeysIn, keys);
                kernel.Set(commands, ShaderIds.OrderIn, order);
                kernel.Set(commands, ShaderIds.Counts, _counts);
                kernel.Set(commands, ShaderIds.KeysOut, otherKeys);
                kernel.Set(commands, ShaderIds.OrderOut, otherOrder);
                kernel.Dispatch(commands, groups);
                (keys, otherKeys) = (otherKeys, keys);
                (order, otherOrder) = (otherOrder, order);
            }
            var arguments = kernels.DrawArguments;
            arguments.Set(commands, ShaderIds.AllGaussians, count);
            // Each eye is drawn by itself into its own slice.
            arguments.Set(commands, ShaderIds.Instances, 1);
            arguments.Set(commands, ShaderIds.Keys, _keys);
            arguments.Set(commands, ShaderIds.Arguments, _arguments);
            arguments.Dispatch(commands, 1);
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _views?.Dispose();
            _keys?.Dispose();
            _order?.Dispose();
            _otherKeys?.Dispose();
            _otherOrder?.Dispose();
            _counts?.Dispose();
            _arguments?.Dispose();
            _views = _keys = _order = _otherKeys = _otherOrder = _counts = _arguments = null;
        }

        private static int GroupsOf(int count)
        {
            return Math.Max((count + KeysAGroup - 1) / KeysAGroup, 1);
        }

        private static GraphicsBuffer Structured(int count, int stride, string name)
        {
            return new GraphicsBuffer(GraphicsBuffer.Target.Structured, count, stride) { name = "ani3d " + name };
        }
    }
}
