// UnityEngine: rigid bodies and colliders (com.unity.modules.physics). ALL.
namespace UnityEngine
{
    public class Rigidbody : Component
    {
        public extern bool isKinematic { get; set; }
        public extern bool useGravity { get; set; }
        public extern void MovePosition(Vector3 position);
        public extern void MoveRotation(Quaternion rot);
    }

    public class Collider : Component
    {
        public extern bool enabled { get; set; }
        public extern bool isTrigger { get; set; }
        public extern Bounds bounds { get; }
    }

    public class CapsuleCollider : Collider
    {
        public extern Vector3 center { get; set; }
        public extern float radius { get; set; }
        public extern float height { get; set; }
        // 0, 1, 2: along x, y, z.
        public extern int direction { get; set; }
    }
}
