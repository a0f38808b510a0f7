using System;
using System.IO;
using UnityEditor;
using UnityEditor.AssetImporters;
using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// Imports .a3d packages with the reader that plays them. The main object is a prefab, so that a package is dragged into
    /// a scene; the <see cref="AvatarAsset"/> beside it holds the bytes, or why they were refused. Both are there whatever
    /// the file holds, under names that never change, so that references of scenes outlive a file that is broken for a while.
    /// </summary>
    [ScriptedImporter(Version, "a3d", AllowCaching = true)]
    public sealed class A3dImporter : ScriptedImporter
    {
        // To be raised whenever what is imported of the same bytes changes.
        private const int Version = 1;
        private const string PrefabId = "prefab";
        private const string DataId = "data";

        /// <summary>Imports one file.</summary>
        public override void OnImportAsset(AssetImportContext ctx)
        {
            var asset = ScriptableObject.CreateInstance<AvatarAsset>();
            asset.name = Path.GetFileNameWithoutExtension(ctx.assetPath);
            var picture = Read(ctx, asset);
            var prefab = new GameObject(asset.name);
            Give(prefab.AddComponent<GaussianAvatar>(), asset);
            ctx.AddObjectToAsset(PrefabId, prefab, picture);
            ctx.AddObjectToAsset(DataId, asset, picture);
            ctx.SetMainObject(prefab);
            DestroyLater(picture);
        }

        // As a thumbnail it becomes no part of the asset: Unity copies it once this import is over.
        private static void DestroyLater(Texture2D picture)
        {
            if (picture)
            {
                EditorApplication.delayCall += () => DestroyImmediate(picture);
            }
        }

        // Not by its property, which would load the package.
        private static void Give(GaussianAvatar avatar, AvatarAsset asset)
        {
            using (var serialized = new SerializedObject(avatar))
            {
                serialized.FindProperty("asset").objectReferenceValue = asset;
                serialized.ApplyModifiedPropertiesWithoutUndo();
            }
        }

        // The picture of the package; null where it has none, or is refused.
        private static Texture2D Read(AssetImportContext ctx, AvatarAsset asset)
        {
            try
            {
                var bytes = File.ReadAllBytes(ctx.assetPath);
                using (var package = Package.Open(bytes))
                {
                    PackageInspection.CheckAll(package);
                    asset.Hold(bytes, package.Digest);
                    return PackagePicture.Read(package);
                }
            }
            catch (RefusalException refusal)
            {
                return Refused(ctx, asset, refusal);
            }
            catch (Exception error) when (error is IOException || error is UnauthorizedAccessException)
            {
                return Refused(ctx, asset, new RefusalException(
                    RefusalCodes.FileUnreadable, ctx.assetPath, error.Message, "a file that can be read, of 2 GB at most",
                    "Close the program that holds it, or bake fewer clips into one package; then reimport it.", error));
            }
        }

        private static Texture2D Refused(AssetImportContext ctx, AvatarAsset asset, RefusalException refusal)
        {
            asset.Refuse(refusal);
            ctx.LogImportError($"{ctx.assetPath}: {refusal.Message}", asset);
            return null;
        }
    }
}
