// Objects, components and the loop of a program.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;

namespace UnityEngine
{
    [Flags]
    public enum HideFlags
    {
        None = 0, DontSave = 52, HideAndDontSave = 61,
    }

    public class Object
    {
        private bool _isDestroyed;

        public string name { get; set; } = string.Empty;

        public HideFlags hideFlags { get; set; }

        /// <summary>Objects that code has destroyed.</summary>
        public static int DestroyedCount { get; private set; }

        public static implicit operator bool(Object exists)
        {
            return exists != null;
        }

        public static bool operator ==(Object x, Object y)
        {
            var isX = x is object && !x._isDestroyed;
            var isY = y is object && !y._isDestroyed;
            return isX && isY ? ReferenceEquals(x, y) : isX == isY;
        }

        public static bool operator !=(Object x, Object y)
        {
            return !(x == y);
        }

        public override bool Equals(object other)
        {
            return ReferenceEquals(this, other);
        }

        public override int GetHashCode()
        {
            return System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
        }

        public static void Destroy(Object obj)
        {
            DestroyImmediate(obj);
        }

        public static void DestroyImmediate(Object obj)
        {
            if (obj != null)
            {
                obj.BeforeDestroyed();
                obj._isDestroyed = true;
                DestroyedCount++;
            }
        }

        protected virtual void BeforeDestroyed()
        {
        }
    }

    public class Component : Object
    {
        public GameObject gameObject { get; internal set; }

        public Transform transform => gameObject.transform;

        public T GetComponent<T>()
        {
            return gameObject.Components.OfType<T>().FirstOrDefault();
        }

        public T GetComponentInParent<T>()
        {
            var found = GetComponent<T>();
            return found != null || transform.parent is null ? found : transform.parent.GetComponentInParent<T>();
        }

        public T GetComponentInChildren<T>()
        {
            return gameObject.Below().OfType<T>().FirstOrDefault();
        }

        public T[] GetComponentsInChildren<T>(bool includeInactive)
        {
            return gameObject.Below().OfType<T>().ToArray();
        }
    }

    public class Behaviour : Component
    {
        internal bool IsEnabled;

        public bool isActiveAndEnabled => IsEnabled;

        public bool enabled
        {
            get => IsEnabled;
            set
            {
                if (IsEnabled != value)
                {
                    IsEnabled = value;
                    Program.Send(this, value ? "OnEnable" : "OnDisable");
                }
            }
        }
    }

    public class MonoBehaviour : Behaviour
    {
        internal Action LateUpdateOf;
        internal Action UpdateOf;

        protected override void BeforeDestroyed()
        {
            enabled = false;
            Program.Forget(this);
            Program.Send(this, "OnDestroy");
        }
    }

    public class ScriptableObject : Object
    {
        public static T CreateInstance<T>()
            where T : ScriptableObject, new()
        {
            var made = new T();
            Program.Send(made, "OnEnable");
            return made;
        }
    }

    public enum PrimitiveType
    {
        Quad,
    }

    public sealed class GameObject : Object
    {
        private static readonly Material s_default = new Material();

        public GameObject(string name = "")
        {
            this.name = name;
            transform = new Transform { gameObject = this, name = name };
            Components.Add(transform);
        }

        internal List<Component> Components { get; } = new List<Component>();

        public Transform transform { get; }

        public int layer { get; set; }

        public T AddComponent<T>()
            where T : Component, new()
        {
            var made = new T { gameObject = this, name = name };
            Components.Add(made);
            if (made is MonoBehaviour behaviour)
            {
                Program.Begin(behaviour);
            }
            return made;
        }

        public T GetComponent<T>()
        {
            return Components.OfType<T>().FirstOrDefault();
        }

        public static GameObject CreatePrimitive(PrimitiveType type)
        {
            var made = new GameObject(type.ToString());
            made.AddComponent<MeshRenderer>().sharedMaterial = s_default;
            return made;
        }

        protected override void BeforeDestroyed()
        {
            transform.SetParent(null, false);
        }

        internal IEnumerable<Component> Below()
        {
            return Components.Concat(transform.Children.SelectMany(child => child.gameObject.Below()));
        }
    }

    public class Transform : Component
    {
        private Transform _parent;

        internal List<Transform> Children { get; } = new List<Transform>();

        public int childCount => Children.Count;

        public Vector3 localPosition { get; set; }

        public Quaternion localRotation { get; set; } = Quaternion.identity;

        public Vector3 localScale { get; set; } = Vector3.one;

        public Transform parent => _parent;

        public Vector3 position
        {
            get => new Vector3(localToWorldMatrix.m03, localToWorldMatrix.m13, localToWorldMatrix.m23);
            set => localPosition = value;
        }

        public Quaternion rotation
        {
            get => _parent == null ? localRotation : _parent.rotation * localRotation;
            set => localRotation = value;
        }

        // Scales of objects are the same along all axes here.
        public Vector3 lossyScale => _parent == null ? localScale : new Vector3(
            _parent.lossyScale.x * localScale.x, _parent.lossyScale.y * localScale.y, _parent.lossyScale.z * localScale.z);

        public Matrix4x4 localToWorldMatrix
        {
            get
            {
                var own = Matrix4x4.TRS(localPosition, localRotation, localScale);
                return _parent == null ? own : _parent.localToWorldMatrix * own;
            }
        }

        public void SetParent(Transform parent, bool worldPositionStays)
        {
            _parent?.Children.Remove(this);
            _parent = parent;
            _parent?.Children.Add(this);
        }

        public Transform GetChild(int index)
        {
            return Children[index];
        }

        public Vector3 InverseTransformPoint(Vector3 place)
        {
            var to = position;
            var q = rotation;
            var turned = new Quaternion(-q.x, -q.y, -q.z, q.w) * new Vector3(place.x - to.x, place.y - to.y, place.z - to.z);
            var scale = lossyScale;
            return new Vector3(turned.x / scale.x, turned.y / scale.y, turned.z / scale.z);
        }

        public Vector3 TransformVector(Vector3 vector)
        {
            return localToWorldMatrix.MultiplyVector(vector);
        }
    }

    /// <summary>The program that components run in: frames, play mode, the domain.</summary>
    public static class Program
    {
        private static readonly List<MonoBehaviour> s_behaviours = new List<MonoBehaviour>();

        /// <summary>One frame of the loop: LateUpdate of every component, then each camera.</summary>
        public static void Frame(float seconds, params Camera[] cameras)
        {
            Time.frameCount++;
            Time.deltaTime = Time.unscaledDeltaTime = seconds;
            Time.timeAsDouble += seconds;
            foreach (var behaviour in s_behaviours)
            {
                if (behaviour.IsEnabled)
                {
                    behaviour.UpdateOf?.Invoke();
                }
            }
            foreach (var behaviour in s_behaviours)
            {
                if (behaviour.IsEnabled)
                {
                    behaviour.LateUpdateOf?.Invoke();
                }
            }
            foreach (var camera in cameras)
            {
                camera.Render();
            }
        }

        /// <summary>What the editor does before scripts are compiled anew, or when play mode ends.</summary>
        public static void DisableAll()
        {
            foreach (var behaviour in s_behaviours)
            {
                behaviour.enabled = false;
            }
        }

        /// <summary>What it does after it.</summary>
        public static void EnableAll()
        {
            foreach (var behaviour in s_behaviours)
            {
                behaviour.enabled = true;
            }
        }

        /// <summary>The components of a kind.</summary>
        public static IEnumerable<T> All<T>()
        {
            return s_behaviours.OfType<T>().ToArray();
        }

        /// <summary>Destroys every component.</summary>
        public static void DestroyAll()
        {
            while (s_behaviours.Count > 0)
            {
                Object.Destroy(s_behaviours[s_behaviours.Count - 1]);
            }
        }

        /// <summary>Calls a message of a component.</summary>
        public static void Send(Object to, string message)
        {
            var method = to.GetType().GetMethod(message, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);
            if (method != null)
            {
                ((Action)method.CreateDelegate(typeof(Action), to))();
            }
        }

        internal static void Begin(MonoBehaviour behaviour)
        {
            var method = behaviour.GetType().GetMethod("LateUpdate", BindingFlags.Instance | BindingFlags.NonPublic);
            behaviour.LateUpdateOf = (Action)method?.CreateDelegate(typeof(Action), behaviour);
            method = behaviour.GetType().GetMethod("Update", BindingFlags.Instance | BindingFlags.NonPublic);
            behaviour.UpdateOf = (Action)method?.CreateDelegate(typeof(Action), behaviour);
            s_behaviours.Add(behaviour);
            behaviour.enabled = true;
        }

        internal static void Forget(MonoBehaviour behaviour)
        {
            s_behaviours.Remove(behaviour);
        }
    }

    public static class Time
    {
        public static int frameCount { get; internal set; }

        public static float deltaTime { get; internal set; }

        public static double timeAsDouble { get; internal set; }

        public static float unscaledDeltaTime { get; internal set; }
    }

    public static class Application
    {
        public static bool isPlaying { get; set; } = true;

        public static string persistentDataPath { get; set; } = System.IO.Path.GetTempPath();

        public static RuntimePlatform platform => RuntimePlatform.LinuxPlayer;

        public static bool isBatchMode => false;

        public static bool isEditor { get; set; }
    }

    public enum RuntimePlatform
    {
        LinuxPlayer = 13, WebGLPlayer = 17,
    }

    public static class Debug
    {
        /// <summary>Everything that was logged.</summary>
        public static List<string> Logged { get; } = new List<string>();

        public static void LogError(object message)
        {
            Logged.Add(message.ToString());
        }

        public static void LogError(object message, Object context)
        {
            Logged.Add(message.ToString());
        }

        public static void LogWarning(object message)
        {
            Logged.Add(message.ToString());
        }

        public static void LogWarning(object message, Object context)
        {
            Logged.Add(message.ToString());
        }
    }
}
