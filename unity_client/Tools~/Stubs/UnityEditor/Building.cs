// UnityEditor.Build and player settings: as packages of Unity and of others use them (Localization, XR Management).
using System;
using UnityEngine;

namespace UnityEditor
{
    public sealed class PlayerSettings
    {
        public static extern UnityEngine.Object[] GetPreloadedAssets();
        public static extern void SetPreloadedAssets(UnityEngine.Object[] assets);
    }

    public class BuildPipeline
    {
        public static extern bool isBuildingPlayer { get; }
    }

    public static class SessionState
    {
        public static extern bool GetBool(string key, bool defaultValue);
        public static extern void SetBool(string key, bool value);
        public static extern void EraseBool(string key);
    }
}

namespace UnityEditor.Build
{
    public interface IOrderedCallback
    {
        int callbackOrder { get; }
    }

    public interface IPreprocessBuildWithReport : IOrderedCallback
    {
        void OnPreprocessBuild(Reporting.BuildReport report);
    }

    public interface IPostprocessBuildWithReport : IOrderedCallback
    {
        void OnPostprocessBuild(Reporting.BuildReport report);
    }

    public class BuildFailedException : Exception
    {
        public extern BuildFailedException(string message);
    }
}

namespace UnityEditor.Build.Reporting
{
    public sealed class BuildReport : UnityEngine.Object
    {
    }
}
