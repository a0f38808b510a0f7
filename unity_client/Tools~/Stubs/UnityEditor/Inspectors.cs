// UnityEditor: inspectors, menus, the running editor. ALL unless said.
using System;
using UnityEngine;

namespace UnityEditor
{
    [AttributeUsage(AttributeTargets.Class)]
    public class CustomEditor : Attribute
    {
        public extern CustomEditor(Type inspectedType);
        public extern CustomEditor(Type inspectedType, bool editorForChildClasses);
    }

    public sealed class CanEditMultipleObjects : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
    public sealed class MenuItem : Attribute
    {
        public extern MenuItem(string itemName);
        public extern MenuItem(string itemName, bool isValidateFunction);
        public extern MenuItem(string itemName, bool isValidateFunction, int priority);
    }

    public sealed class MenuCommand
    {
        public UnityEngine.Object context;
        public int userData;
    }

    [AttributeUsage(AttributeTargets.Class)]
    public class InitializeOnLoadAttribute : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Method)]
    public class InitializeOnLoadMethodAttribute : Attribute
    {
    }

    public class Editor : ScriptableObject
    {
        public extern UnityEngine.Object target { get; set; }
        public extern UnityEngine.Object[] targets { get; }
        public extern SerializedObject serializedObject { get; }
        public virtual extern void OnInspectorGUI();
        public extern bool DrawDefaultInspector();
        public extern void Repaint();
        public virtual extern bool RequiresConstantRepaint();
        public virtual extern bool HasPreviewGUI();
        public virtual extern void OnPreviewGUI(Rect r, GUIStyle background);
        public virtual extern string GetInfoString();
        public virtual extern Texture2D RenderStaticPreview(
            string assetPath, UnityEngine.Object[] subAssets, int width, int height);
        protected static extern void DrawPropertiesExcluding(SerializedObject obj, params string[] propertyToExclude);
    }

    public class SerializedObject : IDisposable
    {
        public extern SerializedObject(UnityEngine.Object obj);
        public extern bool isEditingMultipleObjects { get; }
        public extern SerializedProperty FindProperty(string propertyPath);
        public extern bool ApplyModifiedProperties();
        public extern bool ApplyModifiedPropertiesWithoutUndo();
        public extern void Update();
        public extern void Dispose();
    }

    public class SerializedProperty : IDisposable
    {
        public extern UnityEngine.Object objectReferenceValue { get; set; }
        public extern string stringValue { get; set; }
        public extern float floatValue { get; set; }
        public extern double doubleValue { get; set; }
        public extern int intValue { get; set; }
        public extern bool boolValue { get; set; }
        public extern int enumValueIndex { get; set; }
        public extern bool hasMultipleDifferentValues { get; }
        public extern int arraySize { get; set; }
        public extern SerializedProperty GetArrayElementAtIndex(int index);
        public extern SerializedProperty FindPropertyRelative(string relativePropertyPath);
        public extern void Dispose();
    }

    public enum MessageType
    {
        None, Info, Warning, Error,
    }

    public sealed class EditorGUILayout
    {
        public static extern void LabelField(string label, params GUILayoutOption[] options);
        public static extern void LabelField(string label, string label2, params GUILayoutOption[] options);
        public static extern void LabelField(string label, GUIStyle style, params GUILayoutOption[] options);
        public static extern void SelectableLabel(string text, params GUILayoutOption[] options);
        public static extern bool PropertyField(SerializedProperty property, params GUILayoutOption[] options);
        public static extern bool PropertyField(SerializedProperty property, GUIContent label, params GUILayoutOption[] options);
        public static extern void HelpBox(string message, MessageType type);
        public static extern bool Foldout(bool foldout, string content, bool toggleOnLabelClick);
        public static extern int Popup(string label, int selectedIndex, string[] displayedOptions, params GUILayoutOption[] options);
        public static extern float Slider(
            string label, float value, float leftValue, float rightValue, params GUILayoutOption[] options);
        public static extern bool Toggle(string label, bool value, params GUILayoutOption[] options);
        public static extern void Space();
        public static extern Rect BeginHorizontal(params GUILayoutOption[] options);
        public static extern void EndHorizontal();
    }

    public class EditorGUI
    {
        public static extern int indentLevel { get; set; }
        public static extern void BeginChangeCheck();
        public static extern bool EndChangeCheck();

        public struct DisabledScope : IDisposable
        {
            public extern DisabledScope(bool disabled);
            public extern void Dispose();
        }
    }

    public sealed class EditorStyles
    {
        public static extern GUIStyle boldLabel { get; }
        public static extern GUIStyle miniLabel { get; }
        public static extern GUIStyle wordWrappedLabel { get; }
    }

    public sealed class EditorUtility
    {
        public static extern void SetDirty(UnityEngine.Object target);
        public static extern bool DisplayDialog(string title, string message, string ok);
        public static extern void CopySerialized(UnityEngine.Object source, UnityEngine.Object dest);
    }

    public sealed class EditorGUIUtility
    {
        public static extern string systemCopyBuffer { get; set; }
        public static extern void PingObject(UnityEngine.Object obj);
    }

    public sealed class Undo
    {
        public static extern void RecordObject(UnityEngine.Object objectToUndo, string name);
        public static extern void RegisterCreatedObjectUndo(UnityEngine.Object objectToUndo, string name);
    }

    public sealed class Selection
    {
        public static extern UnityEngine.Object activeObject { get; set; }
        public static extern GameObject activeGameObject { get; set; }
    }

    public sealed class EditorApplication
    {
        public delegate void CallbackFunction();

        public static CallbackFunction update;
        public static CallbackFunction delayCall;

        public static extern bool isPlaying { get; set; }
        public static extern bool isPlayingOrWillChangePlaymode { get; }
        public static extern double timeSinceStartup { get; }
        public static extern void QueuePlayerLoopUpdate();
        public static event Action quitting
        {
            add { }
            remove { }
        }

        public static event Action<PlayModeStateChange> playModeStateChanged
        {
            add { }
            remove { }
        }
    }

    public enum PlayModeStateChange
    {
        EnteredEditMode, ExitingEditMode, EnteredPlayMode, ExitingPlayMode,
    }

    public static class AssemblyReloadEvents
    {
        public delegate void AssemblyReloadCallback();

        public static event AssemblyReloadCallback beforeAssemblyReload
        {
            add { }
            remove { }
        }
    }

    public class SceneView : ScriptableObject
    {
        public static extern void RepaintAll();
    }

    // For the name of a binding that the editor shows; ALL.
    public static class ObjectNames
    {
        public static extern string NicifyVariableName(string name);
    }
}

namespace UnityEditor.SceneManagement
{
    public sealed class EditorSceneManager
    {
        public static extern UnityEngine.SceneManagement.Scene NewScene(NewSceneSetup setup, NewSceneMode mode);
        public static extern bool MarkSceneDirty(UnityEngine.SceneManagement.Scene scene);
        public static extern bool SaveCurrentModifiedScenesIfUserWantsTo();
    }

    public enum NewSceneSetup
    {
        EmptyScene, DefaultGameObjects,
    }

    public enum NewSceneMode
    {
        Single, Additive,
    }
}
