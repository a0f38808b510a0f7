using System;
using System.Collections.Generic;
using UnityEditor;
using UnityEngine;

namespace Ani3d
{
    /// <summary>What an inspector shows of a package: why it was refused, or its picture, sizes, levels and clips.</summary>
    internal sealed class PackageView : IDisposable
    {
        private const float PictureHeight = 160;
        private readonly AvatarAsset _asset;
        private IReadOnlyList<KeyValuePair<string, string>> _avatar;
        private IReadOnlyList<KeyValuePair<string, string>> _clips;
        private IReadOnlyList<KeyValuePair<string, string>> _bytes;
        private Texture2D _picture;
        private RefusalException _refusal;

        /// <summary>Reads an asset; the asset may be one that was refused.</summary>
        public PackageView(AvatarAsset asset)
        {
            _asset = asset;
            _refusal = asset.Failure();
            if (_refusal == null)
            {
                Read();
            }
        }

        /// <summary>Draws it.</summary>
        public void Draw()
        {
            if (_refusal != null)
            {
                DrawRefusal();
                return;
            }
            if (_picture)
            {
                GUILayout.Label(_picture, GUILayout.MaxHeight(PictureHeight));
            }
            DrawRows("Avatar", _avatar);
            DrawRows(_clips.Count == 1 ? "1 clip" : $"{_clips.Count} clips", _clips);
            DrawRows("Bytes", _bytes);
        }

        /// <summary>Gives the picture back.</summary>
        public void Dispose()
        {
            if (_picture)
            {
                UnityEngine.Object.DestroyImmediate(_picture);
            }
        }

        private static void DrawRows(string title, IReadOnlyList<KeyValuePair<string, string>> rows)
        {
            EditorGUILayout.Space();
            EditorGUILayout.LabelField(title, EditorStyles.boldLabel);
            foreach (var row in rows)
            {
                EditorGUILayout.LabelField(row.Key, row.Value);
            }
        }

        private void Read()
        {
            try
            {
                using (var package = Package.Open(_asset.Bytes))
                {
                    var inspection = PackageInspection.Of(package);
                    _avatar = PackageDescription.Avatar(inspection);
                    _clips = PackageDescription.Clips(inspection);
                    _bytes = PackageDescription.Bytes(inspection);
                    _picture = PackagePicture.Read(package);
                    if (_picture)
                    {
                        // It is no part of a scene, and stays until it is given back.
                        _picture.hideFlags = HideFlags.HideAndDontSave;
                    }
                }
            }
            catch (RefusalException refusal)
            {
                // An asset of another version of the client: importing it again tells more.
                _refusal = refusal;
            }
        }

        private void DrawRefusal()
        {
            EditorGUILayout.HelpBox($"{_refusal.Code}\n{_refusal.Subject}: {_refusal.Found}\n{_refusal.Fix}", MessageType.Error);
            if (GUILayout.Button("Copy the error"))
            {
                EditorGUIUtility.systemCopyBuffer = $"{_asset.name}: {_refusal.Message}";
            }
        }
    }
}
