// Colliders and meshes.
namespace UnityEngine
{
    public class Rigidbody : Component
    {
        public bool isKinematic { get; set; }

        public bool useGravity { get; set; }
    }

    public class CapsuleCollider : Component
    {
        public float radius { get; set; }

        public float height { get; set; }

        public int direction { get; set; }

        public bool isTrigger { get; set; }
    }

    public sealed class Mesh : Object
    {
        public Mesh()
        {
            AliveCount++;
        }

        /// <summary>Meshes that were made and not destroyed.</summary>
        public static int AliveCount { get; private set; }

        /// <summary>Its vertices.</summary>
        public Vector3[] Vertices { get; private set; }

        public void SetVertices(Vector3[] inVertices)
        {
            Vertices = inVertices;
        }

        public void SetTriangles(int[] triangles, int submesh)
        {
        }

        public void RecalculateNormals()
        {
        }

        public void RecalculateBounds()
        {
        }

        protected override void BeforeDestroyed()
        {
            AliveCount--;
        }
    }

    public sealed class MeshFilter : Component
    {
        public Mesh sharedMesh { get; set; }
    }

    public class MeshRenderer : Renderer
    {
        public Material sharedMaterial { get; set; }

        public bool receiveShadows { get; set; }
    }
}
