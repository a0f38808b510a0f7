using System.Linq;
using UnityEditor;
using UnityEditor.Build;
using UnityEditor.Build.Reporting;
using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// Takes the package's shaders into players: no scene need refer to them, so they are preloaded. The project's list of
    /// preloaded assets is put back after a build.
    /// </summary>
    internal sealed class ShaderInclusion : IPreprocessBuildWithReport, IPostprocessBuildWithReport
    {
        private static bool s_isAdded;

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
                s_isAdded = true;
            }
        }

        public void OnPostprocessBuild(BuildReport report)
        {
            if (s_isAdded)
            {
                s_isAdded = false;
                var set = ShaderSet.Loaded;
                PlayerSettings.SetPreloadedAssets(PlayerSettings.GetPreloadedAssets().Where(each => each != set).ToArray());
            }
        }
    }
}
