using System.Linq;
using UnityEditor;
using UnityEditor.Build;
using UnityEditor.Build.Reporting;
using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// Takes the package's shaders into players: no scene need refer to them, so they are preloaded. The project's list of
    /// preloaded assets is put back after a build, one that failed too.
    /// </summary>
    internal sealed class ShaderInclusion : IPreprocessBuildWithReport, IPostprocessBuildWithReport
    {
        // It outlives a reload of the domain, but not the editor.
        private const string IsAdded = "ani3d.shaders.areAdded";

        public int callbackOrder => 0;

        public void OnPreprocessBuild(BuildReport report)
        {
            var set = ShaderSet.Loaded;
            var preloaded = PlayerSettings.GetPreloadedAssets();
            if (!set)
            {
                throw new BuildFailedException(
                    "ani3d: the package's Ani3dShaders.asset is not there, so no avatar would be drawn. Install the package again.");
            }
            if (!preloaded.Contains(set))
            {
                PlayerSettings.SetPreloadedAssets(preloaded.Append(set).ToArray());
                SessionState.SetBool(IsAdded, true);
                Watch();
            }
        }

        public void OnPostprocessBuild(BuildReport report)
        {
            PutBack();
        }

        // A build that fails is told to nobody: whether it is over is looked at until it is.
        [InitializeOnLoadMethod]
        private static void Watch()
        {
            if (SessionState.GetBool(IsAdded, false))
            {
                EditorApplication.update -= PutBackAfterBuild;
                EditorApplication.update += PutBackAfterBuild;
                EditorApplication.quitting -= PutBack;
                EditorApplication.quitting += PutBack;
            }
        }

        private static void PutBackAfterBuild()
        {
            if (!BuildPipeline.isBuildingPlayer)
            {
                PutBack();
            }
        }

        private static void PutBack()
        {
            EditorApplication.update -= PutBackAfterBuild;
            EditorApplication.quitting -= PutBack;
            if (SessionState.GetBool(IsAdded, false))
            {
                SessionState.EraseBool(IsAdded);
                var set = ShaderSet.Loaded;
                PlayerSettings.SetPreloadedAssets(PlayerSettings.GetPreloadedAssets().Where(each => each != set).ToArray());
            }
        }
    }
}
