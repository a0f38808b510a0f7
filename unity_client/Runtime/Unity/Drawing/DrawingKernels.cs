using System;
using UnityEngine;
using Object = UnityEngine.Object;

namespace Ani3d
{
    /// <summary>The kernels and materials of one run, found once.</summary>
    internal sealed class DrawingKernels : IDisposable
    {
        private const string ArrayKeyword = "ANI3D_ARRAY";
        private readonly Material _flat;
        private readonly Material _array;

        /// <summary>Finds the kernels of a set that has all of its shaders.</summary>
        public DrawingKernels(ShaderSet shaders)
        {
            Shaders = shaders;
            DetailCosines = new Kernel(shaders.DetailCosines, "DetailCosines");
            DetailParents = new Kernel(shaders.DetailParents, "DetailParents");
            Deform = new Kernel(shaders.Deform, "Deform");
            View = new Kernel(shaders.View, "View");
            SortCount = new Kernel(shaders.Sort, "SortCount");
            SortScan = new Kernel(shaders.Sort, "SortScan");
            SortScatter = new Kernel(shaders.Sort, "SortScatter");
            DrawArguments = new Kernel(shaders.DrawArguments, "DrawArguments");
            _flat = Created(shaders.Splats);
            _array = Created(shaders.Splats);
            _array.EnableKeyword(ArrayKeyword);
        }

        /// <summary>Whether nothing was lost since, as when a scene is loaded in the editor.</summary>
        public bool AreValid => _flat != null && _array != null && Shaders != null;

        /// <summary>Where they come from.</summary>
        public ShaderSet Shaders { get; }

        public Kernel DetailCosines { get; }

        public Kernel DetailParents { get; }

        public Kernel Deform { get; }

        public Kernel View { get; }

        public Kernel SortCount { get; }

        public Kernel SortScan { get; }

        public Kernel SortScatter { get; }

        public Kernel DrawArguments { get; }

        /// <summary>Whether this device runs all of them.</summary>
        public bool AreUsable => DetailCosines.IsUsable && DetailParents.IsUsable && Deform.IsUsable && View.IsUsable
            && SortCount.IsUsable && SortScan.IsUsable && SortScatter.IsUsable && DrawArguments.IsUsable
            && Shaders.Splats.isSupported;

        /// <summary>The material for targets of a kind.</summary>
        public Material Material(bool isArray)
        {
            return isArray ? _array : _flat;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Destroy(_flat);
            Destroy(_array);
        }

        /// <summary>Destroys what code has made, while playing and in the editor.</summary>
        internal static void Destroy(Object made)
        {
            if (Application.isPlaying)
            {
                Object.Destroy(made);
            }
            else
            {
                Object.DestroyImmediate(made);
            }
        }

        private static Material Created(Shader shader)
        {
            return new Material(shader) { hideFlags = HideFlags.HideAndDontSave };
        }
    }
}
