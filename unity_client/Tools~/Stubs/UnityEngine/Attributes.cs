// UnityEngine: attributes. ALL.
using System;

namespace UnityEngine
{
    [AttributeUsage(AttributeTargets.Field)]
    public sealed class SerializeField : Attribute
    {
    }

    public abstract class PropertyAttribute : Attribute
    {
        public extern int order { get; set; }
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class HideInInspector : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Field)]
    public class TooltipAttribute : PropertyAttribute
    {
        public extern TooltipAttribute(string tooltip);
    }

    [AttributeUsage(AttributeTargets.Field, AllowMultiple = true)]
    public class HeaderAttribute : PropertyAttribute
    {
        public extern HeaderAttribute(string header);
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class RangeAttribute : PropertyAttribute
    {
        public extern RangeAttribute(float min, float max);
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class MinAttribute : PropertyAttribute
    {
        public extern MinAttribute(float min);
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class DelayedAttribute : PropertyAttribute
    {
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class TextAreaAttribute : PropertyAttribute
    {
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class ExecuteAlways : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class DisallowMultipleComponent : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class PreferBinarySerialization : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class DefaultExecutionOrder : Attribute
    {
        public extern DefaultExecutionOrder(int order);
    }

    [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
    public sealed class RequireComponent : Attribute
    {
        public extern RequireComponent(Type requiredComponent);
    }

    [AttributeUsage(AttributeTargets.All)]
    public sealed class AddComponentMenu : Attribute
    {
        public extern AddComponentMenu(string menuName);
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class CreateAssetMenuAttribute : Attribute
    {
        public extern string menuName { get; set; }
        public extern string fileName { get; set; }
        public extern int order { get; set; }
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class HelpURLAttribute : Attribute
    {
        public extern HelpURLAttribute(string url);
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class IconAttribute : Attribute
    {
        public extern IconAttribute(string path);
    }

    [AttributeUsage(AttributeTargets.Method)]
    public class RuntimeInitializeOnLoadMethodAttribute : UnityEngine.Scripting.PreserveAttribute
    {
        public extern RuntimeInitializeOnLoadMethodAttribute();
        public extern RuntimeInitializeOnLoadMethodAttribute(RuntimeInitializeLoadType loadType);
    }

    public enum RuntimeInitializeLoadType
    {
        AfterSceneLoad, BeforeSceneLoad, AfterAssembliesLoaded, BeforeSplashScreen, SubsystemRegistration,
    }

    public sealed class ContextMenu : Attribute
    {
        public extern ContextMenu(string itemName);
    }

    public interface ISerializationCallbackReceiver
    {
        void OnBeforeSerialize();
        void OnAfterDeserialize();
    }
}

namespace UnityEngine.Scripting
{
    [AttributeUsage(AttributeTargets.All)]
    public class PreserveAttribute : Attribute
    {
    }

    // 2019.4 to 7000.0.
    [AttributeUsage(AttributeTargets.Assembly)]
    public class AlwaysLinkAssemblyAttribute : Attribute
    {
    }
}

namespace UnityEngine.Serialization
{
    [AttributeUsage(AttributeTargets.Field, AllowMultiple = true)]
    public class FormerlySerializedAsAttribute : Attribute
    {
        public extern FormerlySerializedAsAttribute(string oldName);
    }
}

namespace UnityEngine.Events
{
    public delegate void UnityAction();

    public delegate void UnityAction<T0>(T0 arg0);

    public delegate void UnityAction<T0, T1>(T0 arg0, T1 arg1);

    [Serializable]
    public abstract class UnityEventBase : ISerializationCallbackReceiver
    {
        extern void ISerializationCallbackReceiver.OnBeforeSerialize();
        extern void ISerializationCallbackReceiver.OnAfterDeserialize();
        public extern void RemoveAllListeners();
    }

    [Serializable]
    public class UnityEvent : UnityEventBase
    {
        public extern void AddListener(UnityAction call);
        public extern void RemoveListener(UnityAction call);
        public extern void Invoke();
    }

    [Serializable]
    public class UnityEvent<T0> : UnityEventBase
    {
        public extern void AddListener(UnityAction<T0> call);
        public extern void RemoveListener(UnityAction<T0> call);
        public extern void Invoke(T0 arg0);
    }

    [Serializable]
    public class UnityEvent<T0, T1> : UnityEventBase
    {
        public extern void AddListener(UnityAction<T0, T1> call);
        public extern void RemoveListener(UnityAction<T0, T1> call);
        public extern void Invoke(T0 arg0, T1 arg1);
    }
}
