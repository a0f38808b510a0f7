// UnityEditor.AssetImporters: scripted importers. ALL unless said.
using System;
using UnityEngine;

namespace UnityEditor
{
    public class AssetImporter : UnityEngine.Object
    {
        public extern string assetPath { get; }
        public extern string userData { get; set; }
        public static extern AssetImporter GetAtPath(string path);
        public extern void SaveAndReimport();
    }

    public class AssetPostprocessor
    {
    }

    public static class PrefabUtility
    {
        public static extern UnityEngine.Object InstantiatePrefab(UnityEngine.Object assetComponentOrGameObject);
    }

    public enum BuildTarget
    {
        StandaloneWindows64 = 19, iOS = 9, Android = 13, WebGL = 20,
    }

    [Flags]
    public enum ImportAssetOptions
    {
        Default = 0, ForceUpdate = 1,
    }

    public sealed class AssetDatabase
    {
        public static extern string GetAssetPath(UnityEngine.Object assetObject);
        public static extern string GUIDToAssetPath(string guid);
        public static extern string AssetPathToGUID(string path);
        public static extern T LoadAssetAtPath<T>(string assetPath) where T : UnityEngine.Object;
        public static extern UnityEngine.Object[] LoadAllAssetsAtPath(string assetPath);
        public static extern UnityEngine.Object LoadMainAssetAtPath(string assetPath);
        public static extern string[] FindAssets(string filter);
        public static extern void CreateAsset(UnityEngine.Object asset, string path);
        public static extern void AddObjectToAsset(UnityEngine.Object objectToAdd, UnityEngine.Object assetObject);
        public static extern void ImportAsset(string path, ImportAssetOptions options);
        public static extern void SaveAssets();
        public static extern void Refresh();
        public static extern bool IsValidFolder(string path);
        public static extern string CreateFolder(string parentFolder, string newFolderName);
    }
}

namespace UnityEditor.AssetImporters
{
    [AttributeUsage(AttributeTargets.Class, Inherited = false)]
    public class ScriptedImporterAttribute : Attribute
    {
        public bool AutoSelect = true;
        public bool AllowCaching;

        public extern ScriptedImporterAttribute(int version, string ext);
        public extern ScriptedImporterAttribute(int version, string ext, int importQueueOffset);
        public extern ScriptedImporterAttribute(int version, string[] exts);
    }

    public abstract class ScriptedImporter : AssetImporter
    {
        public abstract void OnImportAsset(AssetImportContext ctx);
    }

    public class AssetImportContext
    {
        public extern string assetPath { get; }
        public extern BuildTarget selectedBuildTarget { get; }
        public extern UnityEngine.Object mainObject { get; }
        public extern void AddObjectToAsset(string identifier, UnityEngine.Object obj);
        public extern void AddObjectToAsset(string identifier, UnityEngine.Object obj, Texture2D thumbnail);
        public extern void SetMainObject(UnityEngine.Object obj);
        public extern void DependsOnSourceAsset(string path);
        public extern void LogImportError(string msg, UnityEngine.Object obj = null);
        public extern void LogImportWarning(string msg, UnityEngine.Object obj = null);
    }

    public abstract class AssetImporterEditor : Editor
    {
        public extern void ApplyRevertGUI();
        public virtual extern void OnEnable();
        public virtual extern void OnDisable();
        protected virtual extern void Apply();
        public virtual extern bool HasModified();
        protected extern UnityEngine.Object assetTarget { get; }
        public virtual extern bool showImportedObject { get; }
        protected virtual extern bool useAssetDrawPreview { get; }
    }

    public abstract class ScriptedImporterEditor : AssetImporterEditor
    {
    }
}
