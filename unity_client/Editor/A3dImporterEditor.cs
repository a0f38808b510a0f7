using UnityEditor;
using UnityEditor.AssetImporters;

namespace Ani3d
{
    /// <summary>What is shown where an .a3d is selected in the project.</summary>
    [CustomEditor(typeof(A3dImporter))]
    internal sealed class A3dImporterEditor : ScriptedImporterEditor
    {
        private PackageView _view;

        // The prefab's inspector would follow below, and it says nothing more.
        public override bool showImportedObject => false;

        public override void OnEnable()
        {
            base.OnEnable();
            var path = ((AssetImporter)target).assetPath;
            var asset = AssetDatabase.LoadAssetAtPath<AvatarAsset>(path);
            _view = asset && targets.Length == 1 ? new PackageView(asset) : null;
        }

        public override void OnDisable()
        {
            _view?.Dispose();
            _view = null;
            base.OnDisable();
        }

        public override void OnInspectorGUI()
        {
            if (_view == null)
            {
                EditorGUILayout.HelpBox("Select one package to see what is in it.", MessageType.Info);
            }
            else
            {
                _view.Draw();
            }
            // Unity wants it even where there are no settings.
            ApplyRevertGUI();
        }
    }
}
