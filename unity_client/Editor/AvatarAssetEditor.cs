using UnityEditor;

namespace Ani3d
{
    /// <summary>What is shown where the data of an .a3d is selected.</summary>
    [CustomEditor(typeof(AvatarAsset))]
    internal sealed class AvatarAssetEditor : Editor
    {
        private PackageView _view;

        public override void OnInspectorGUI()
        {
            _view = _view ?? new PackageView((AvatarAsset)target);
            _view.Draw();
        }

        private void OnDisable()
        {
            _view?.Dispose();
            _view = null;
        }
    }
}
