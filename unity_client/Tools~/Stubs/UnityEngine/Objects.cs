// UnityEngine: objects, components, transforms. ALL unless said.
using System;
using System.Collections.Generic;
using System.Threading;

namespace UnityEngine
{
    public class Object
    {
        public extern Object();
        public extern string name { get; set; }
        public extern HideFlags hideFlags { get; set; }
        public static extern void Destroy(Object obj);
        public static extern void Destroy(Object obj, float t);
        public static extern void DestroyImmediate(Object obj);
        public static extern void DestroyImmediate(Object obj, bool allowDestroyingAssets);
        public static extern void DontDestroyOnLoad(Object target);
        public static extern T Instantiate<T>(T original) where T : Object;
        public static extern T Instantiate<T>(T original, Transform parent) where T : Object;
        public static extern T Instantiate<T>(T original, Vector3 position, Quaternion rotation) where T : Object;
        public static extern implicit operator bool(Object exists);
        public static extern bool operator ==(Object x, Object y);
        public static extern bool operator !=(Object x, Object y);
        public override extern string ToString();
    }

    [Flags]
    public enum HideFlags
    {
        None = 0, HideInHierarchy = 1, HideInInspector = 2, DontSaveInEditor = 4, NotEditable = 8, DontSaveInBuild = 16,
        DontUnloadUnusedAsset = 32, DontSave = 52, HideAndDontSave = 61,
    }

    public class Component : Object
    {
        public extern Transform transform { get; }
        public extern GameObject gameObject { get; }
        public extern T GetComponent<T>();
        public extern bool TryGetComponent<T>(out T component);
        public extern T GetComponentInChildren<T>();
        public extern T GetComponentInParent<T>();
        public extern T[] GetComponents<T>();
        public extern T[] GetComponentsInChildren<T>(bool includeInactive);
    }

    public class Behaviour : Component
    {
        public extern bool enabled { get; set; }
        public extern bool isActiveAndEnabled { get; }
    }

    public class MonoBehaviour : Behaviour
    {
        public extern Coroutine StartCoroutine(System.Collections.IEnumerator routine);
        public extern void StopCoroutine(Coroutine routine);
        public extern void StopAllCoroutines();
#if UNITY_2022_2_OR_NEWER
        public extern CancellationToken destroyCancellationToken { get; }
#endif
    }

    public class YieldInstruction
    {
    }

    public sealed class Coroutine : YieldInstruction
    {
    }

    public class ScriptableObject : Object
    {
        public static extern T CreateInstance<T>() where T : ScriptableObject;
    }

    public sealed class GameObject : Object
    {
        public extern GameObject();
        public extern GameObject(string name);
        public extern GameObject(string name, params Type[] components);
        public extern Transform transform { get; }
        public extern int layer { get; set; }
        public extern string tag { get; set; }
        public extern bool activeSelf { get; }
        public extern bool activeInHierarchy { get; }
        public extern UnityEngine.SceneManagement.Scene scene { get; }
        public extern void SetActive(bool value);
        public extern T AddComponent<T>() where T : Component;
        public extern T GetComponent<T>();
        public extern bool TryGetComponent<T>(out T component);
        public extern T GetComponentInChildren<T>();
        public static extern GameObject CreatePrimitive(PrimitiveType type);
    }

    public enum PrimitiveType
    {
        Sphere, Capsule, Cylinder, Cube, Plane, Quad,
    }

    public class Transform : Component, System.Collections.IEnumerable
    {
        public extern Vector3 position { get; set; }
        public extern Vector3 localPosition { get; set; }
        public extern Quaternion rotation { get; set; }
        public extern Quaternion localRotation { get; set; }
        public extern Vector3 localScale { get; set; }
        public extern Vector3 lossyScale { get; }
        public extern Vector3 forward { get; set; }
        public extern Vector3 up { get; set; }
        public extern Vector3 right { get; set; }
        public extern Transform parent { get; set; }
        public extern Transform root { get; }
        public extern int childCount { get; }
        public extern bool hasChanged { get; set; }
        public extern Matrix4x4 localToWorldMatrix { get; }
        public extern Matrix4x4 worldToLocalMatrix { get; }
        public extern Transform GetChild(int index);
        public extern Transform Find(string n);
        public extern bool IsChildOf(Transform parent);
        public extern void SetParent(Transform p);
        public extern void SetParent(Transform parent, bool worldPositionStays);
        public extern void SetPositionAndRotation(Vector3 position, Quaternion rotation);
        public extern Vector3 TransformPoint(Vector3 position);
        public extern Vector3 InverseTransformPoint(Vector3 position);
        public extern Vector3 TransformDirection(Vector3 direction);
        public extern Vector3 InverseTransformDirection(Vector3 direction);
        public extern Vector3 TransformVector(Vector3 vector);
        public extern void Rotate(Vector3 eulers);
        public extern void Rotate(float xAngle, float yAngle, float zAngle);
        public extern void LookAt(Vector3 worldPosition);
        public extern System.Collections.IEnumerator GetEnumerator();
    }
}

namespace UnityEngine.SceneManagement
{
    public struct Scene
    {
        public extern bool IsValid();
        public extern bool isLoaded { get; }
        public extern string name { get; set; }
    }
}
