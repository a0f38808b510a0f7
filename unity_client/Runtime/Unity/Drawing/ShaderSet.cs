using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// The shaders of this package. One asset of it lies in the package and refers to them, so that they are in every build
    /// that refers to the asset: nothing is looked up by name.
    /// </summary>
    public sealed class ShaderSet : ScriptableObject
    {
        /// <summary>GUID of the asset of the package.</summary>
        internal const string Guid = "aec7f8f44392067c3fed99d9ce6aa99c";

        [SerializeField] private ComputeShader detailCosines = default;
        [SerializeField] private ComputeShader detailParents = default;
        [SerializeField] private ComputeShader deform = default;
        [SerializeField] private ComputeShader view = default;
        [SerializeField] private ComputeShader sort = default;
        [SerializeField] private ComputeShader drawArguments = default;
        [SerializeField] private Shader splats = default;

        private static ShaderSet s_loaded;

        /// <summary>Kernel DetailCosines.</summary>
        public ComputeShader DetailCosines => detailCosines;

        /// <summary>Kernel DetailParents.</summary>
        public ComputeShader DetailParents => detailParents;

        /// <summary>Kernel Deform.</summary>
        public ComputeShader Deform => deform;

        /// <summary>Kernel View.</summary>
        public ComputeShader View => view;

        /// <summary>Kernels SortCount, SortScan and SortScatter.</summary>
        public ComputeShader Sort => sort;

        /// <summary>Kernel DrawArguments.</summary>
        public ComputeShader DrawArguments => drawArguments;

        /// <summary>What is drawn: the passes of <see cref="SplatPass"/>.</summary>
        public Shader Splats => splats;

        /// <summary>
        /// The set that is loaded; null where nothing refers to it. In the editor it is found; in a player a component, an
        /// asset or the list of preloaded assets refers to it.
        /// </summary>
        public static ShaderSet Loaded
        {
            get
            {
#if UNITY_EDITOR
                if (s_loaded == null)
                {
                    var path = UnityEditor.AssetDatabase.GUIDToAssetPath(Guid);
                    s_loaded = UnityEditor.AssetDatabase.LoadAssetAtPath<ShaderSet>(path);
                }
#endif
                return s_loaded;
            }
        }

        /// <summary>Name of a shader that is not there; null where all are.</summary>
        internal string Missing()
        {
            return detailCosines == null ? nameof(DetailCosines) : detailParents == null ? nameof(DetailParents)
                : deform == null ? nameof(Deform) : view == null ? nameof(View) : sort == null ? nameof(Sort)
                : drawArguments == null ? nameof(DrawArguments) : splats == null ? nameof(Splats) : null;
        }

        private void OnEnable()
        {
            s_loaded = this;
        }
    }
}
