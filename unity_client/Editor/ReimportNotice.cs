using System;
using UnityEditor;

namespace Ani3d
{
    /// <summary>
    /// Lets avatars of the scene look at their assets once an .a3d was imported: while editing, nothing calls them by itself.
    /// </summary>
    internal sealed class ReimportNotice : AssetPostprocessor
    {
        private static void OnPostprocessAllAssets(
            string[] importedAssets, string[] deletedAssets, string[] movedAssets, string[] movedFromAssetPaths)
        {
            foreach (var path in importedAssets)
            {
                if (path.EndsWith(".a3d", StringComparison.OrdinalIgnoreCase))
                {
                    EditorApplication.QueuePlayerLoopUpdate();
                    return;
                }
            }
        }
    }
}
