// UnityEngine: the running program. ALL unless said.
using System;
using System.Threading;
using UnityEngine.Experimental.Rendering;
using UnityEngine.Rendering;

namespace UnityEngine
{
    // Not used: names of ours that are Unity's, too, would be ambiguous in scripts that use both.
    public struct LayerMask
    {
        public extern int value { get; set; }
    }

    public static class Application
    {
        public static extern bool isPlaying { get; }
        public static extern bool isBatchMode { get; }
        public static extern bool isEditor { get; }
        public static extern bool isFocused { get; }
        public static extern string streamingAssetsPath { get; }
        public static extern string persistentDataPath { get; }
        public static extern string temporaryCachePath { get; }
        public static extern string unityVersion { get; }
        public static extern int targetFrameRate { get; set; }
        public static extern RuntimePlatform platform { get; }
        public static event Action quitting
        {
            add { }
            remove { }
        }
#if UNITY_2022_2_OR_NEWER
        public static extern CancellationToken exitCancellationToken { get; }
#endif
    }

    public enum RuntimePlatform
    {
        OSXEditor = 0, OSXPlayer = 1, WindowsPlayer = 2, WindowsEditor = 7, IPhonePlayer = 8, Android = 11, LinuxPlayer = 13,
        LinuxEditor = 16, WebGLPlayer = 17,
    }

    public class Time
    {
        public static extern float time { get; }
        public static extern double timeAsDouble { get; }
        public static extern float deltaTime { get; }
        public static extern float unscaledDeltaTime { get; }
        public static extern double unscaledTimeAsDouble { get; }
        public static extern double realtimeSinceStartupAsDouble { get; }
        public static extern float timeScale { get; set; }
        public static extern int frameCount { get; }
    }

    public class Debug
    {
        public static extern void Log(object message);
        public static extern void Log(object message, Object context);
        public static extern void LogWarning(object message);
        public static extern void LogWarning(object message, Object context);
        public static extern void LogError(object message);
        public static extern void LogError(object message, Object context);
        public static extern void LogException(Exception exception);
        public static extern void LogException(Exception exception, Object context);
    }

    public static class Resources
    {
        public static extern T Load<T>(string path) where T : Object;
        public static extern void UnloadAsset(Object assetToUnload);
    }

    public static class JsonUtility
    {
        public static extern string ToJson(object obj);
        public static extern T FromJson<T>(string json);
    }

    public sealed class QualitySettings : Object
    {
        public static extern ColorSpace activeColorSpace { get; }
        public static extern float lodBias { get; set; }
        public static extern int antiAliasing { get; set; }
        public static extern RenderPipelineAsset renderPipeline { get; set; }
    }

    public sealed class Screen
    {
        public static extern int width { get; }
        public static extern int height { get; }
        public static extern float dpi { get; }
    }

    public enum CursorLockMode
    {
        None, Locked, Confined,
    }

    public sealed class SystemInfo
    {
        public static extern GraphicsDeviceType graphicsDeviceType { get; }
        public static extern string graphicsDeviceName { get; }
        public static extern string graphicsDeviceVersion { get; }
        public static extern int graphicsMemorySize { get; }
        public static extern int processorCount { get; }
        public static extern bool supportsComputeShaders { get; }
        public static extern bool supportsAsyncGPUReadback { get; }
        public static extern bool supportsMultiview { get; }
        public static extern bool usesReversedZBuffer { get; }
        public static extern bool graphicsUVStartsAtTop { get; }
        public static extern int maxComputeBufferInputsVertex { get; }
        public static extern int maxComputeBufferInputsFragment { get; }
        public static extern int maxComputeBufferInputsCompute { get; }
        public static extern int maxComputeWorkGroupSize { get; }
        public static extern long maxGraphicsBufferSize { get; }
#if UNITY_2022_1_OR_NEWER
        public static extern bool supportsIndirectArgumentsBuffer { get; }
#endif
#if UNITY_6000_0_OR_NEWER
        public static extern bool IsFormatSupported(GraphicsFormat format, GraphicsFormatUsage usage);
#else
        public static extern bool IsFormatSupported(GraphicsFormat format, FormatUsage usage);
#endif
    }

    // Of the assembly UnityEngine.IMGUIModule.
    public class GUIStyle
    {
        public extern GUIStyle();
        public extern GUIStyle(GUIStyle other);
        public extern bool wordWrap { get; set; }
        public extern bool richText { get; set; }
    }

    public class GUIContent
    {
        public extern GUIContent(string text);
        public extern GUIContent(string text, string tooltip);
        public extern string text { get; set; }
    }

    public class GUILayoutOption
    {
    }

    public class GUILayout
    {
        public static extern void Label(string text, params GUILayoutOption[] options);
        public static extern void Label(Texture image, params GUILayoutOption[] options);
        public static extern bool Button(string text, params GUILayoutOption[] options);
        public static extern string TextField(string text, params GUILayoutOption[] options);
        public static extern string PasswordField(string password, char maskChar, params GUILayoutOption[] options);
        public static extern float HorizontalSlider(float value, float left, float right, params GUILayoutOption[] options);
        public static extern void BeginHorizontal(params GUILayoutOption[] options);
        public static extern void EndHorizontal();
        public static extern void BeginVertical(params GUILayoutOption[] options);
        public static extern void EndVertical();
        public static extern void BeginArea(Rect screenRect);
        public static extern void EndArea();
        public static extern bool Toggle(bool value, string text, params GUILayoutOption[] options);
        public static extern void Space(float pixels);
        public static extern GUILayoutOption Width(float width);
        public static extern GUILayoutOption Height(float height);
        public static extern GUILayoutOption MaxHeight(float maxHeight);
    }

    public class GUI
    {
        public static extern void Label(Rect position, string text);
        public static extern bool Button(Rect position, string text);
        public static extern void DrawTexture(Rect position, Texture image, ScaleMode scaleMode);
        public static extern bool enabled { get; set; }
    }

    public enum ScaleMode
    {
        StretchToFill, ScaleAndCrop, ScaleToFit,
    }

    public sealed class Gizmos
    {
        public static extern Color color { get; set; }
        public static extern Matrix4x4 matrix { get; set; }
        public static extern void DrawLine(Vector3 from, Vector3 to);
        public static extern void DrawWireSphere(Vector3 center, float radius);
        public static extern void DrawWireCube(Vector3 center, Vector3 size);
    }
}

namespace UnityEngine.XR
{
    // In com.unity.modules.vr.
    public static class XRSettings
    {
        public static extern bool enabled { get; set; }
        public static extern RenderTextureDescriptor eyeTextureDesc { get; }
    }
}

namespace UnityEngine.Networking
{
    // In com.unity.modules.unitywebrequest.
    public class UnityWebRequest : IDisposable
    {
        public enum Result
        {
            InProgress = 0, Success = 1, ConnectionError = 2, ProtocolError = 3, DataProcessingError = 4,
        }

        public extern Result result { get; }
        public extern string error { get; }
        public extern long responseCode { get; }
        public extern bool isDone { get; }
        public extern float downloadProgress { get; }
        public extern ulong downloadedBytes { get; }
        public extern DownloadHandler downloadHandler { get; set; }
        public extern int timeout { get; set; }
        public static extern UnityWebRequest Get(string uri);
        public extern UnityWebRequestAsyncOperation SendWebRequest();
        public extern void SetRequestHeader(string name, string value);
        public extern void Abort();
        public extern void Dispose();
    }

    public class DownloadHandler : IDisposable
    {
        public extern byte[] data { get; }
        public extern string text { get; }
        public extern void Dispose();
    }

    public class UnityWebRequestAsyncOperation : AsyncOperation
    {
        public extern UnityWebRequest webRequest { get; }
    }
}

namespace UnityEngine
{
    public class AsyncOperation : YieldInstruction
    {
        public extern bool isDone { get; }
        public extern float progress { get; }
        public event Action<AsyncOperation> completed
        {
            add { }
            remove { }
        }
    }
}
