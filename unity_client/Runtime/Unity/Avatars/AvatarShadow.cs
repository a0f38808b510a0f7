using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d
{
    /// <summary>
    /// The shadow of a Gaussian avatar: capsules that are not seen, and cast it. Cloth and hair that stand off the body cast none.
    /// </summary>
    [ExecuteAlways]
    [AddComponentMenu("ani3d/Avatar Shadow")]
    [DisallowMultipleComponent]
    [RequireComponent(typeof(GaussianAvatar))]
    public sealed class AvatarShadow : AvatarBody
    {
        [SerializeField, Tooltip("Any opaque material of the render pipeline; the pipeline's default one where it is empty.")]
        private Material material = default;

        private readonly List<Mesh> _meshes = new List<Mesh>();

        /// <inheritdoc/>
        internal override void Dress(GameObject made, DriverCapsule capsule, RigidTransform toJoint)
        {
            var surface = CapsuleMesh.Of(capsule, toJoint);
            var vertices = new Vector3[surface.Vertices.Length];
            for (var i = 0; i < vertices.Length; i++)
            {
                var place = surface.Vertices[i];
                vertices[i] = new Vector3((float)place.X, (float)place.Y, (float)place.Z);
            }
            var mesh = new Mesh { name = "ani3d capsule", hideFlags = HideFlags.HideAndDontSave };
            mesh.SetVertices(vertices);
            mesh.SetTriangles(surface.Triangles, 0);
            mesh.RecalculateNormals();
            mesh.RecalculateBounds();
            _meshes.Add(mesh);
            made.AddComponent<MeshFilter>().sharedMesh = mesh;
            var renderer = made.AddComponent<MeshRenderer>();
            renderer.sharedMaterial = material ? material : DefaultMaterial();
            renderer.shadowCastingMode = ShadowCastingMode.ShadowsOnly;
            renderer.receiveShadows = false;
        }

        /// <inheritdoc/>
        protected override void OnDisable()
        {
            base.OnDisable();
            foreach (var mesh in _meshes)
            {
                DrawingKernels.Destroy(mesh);
            }
            _meshes.Clear();
        }

        // That of primitives: it has a pass for shadows in whatever pipeline is in use.
        private static Material DefaultMaterial()
        {
            var primitive = GameObject.CreatePrimitive(PrimitiveType.Quad);
            var found = primitive.GetComponent<MeshRenderer>().sharedMaterial;
            DrawingKernels.Destroy(primitive);
            return found;
        }
    }
}
