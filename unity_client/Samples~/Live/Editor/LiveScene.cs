using UnityEditor;
using UnityEditor.SceneManagement;
using UnityEngine;

namespace Ani3d.Samples
{
    /// <summary>Builds the scene of this sample. The avatar's package comes from the server.</summary>
    internal static class LiveScene
    {
        [MenuItem("Tools/ani3d/Samples/Live from a server")]
        private static void Build()
        {
            if (!EditorSceneManager.SaveCurrentModifiedScenesIfUserWantsTo())
            {
                return;
            }
            EditorSceneManager.NewScene(NewSceneSetup.DefaultGameObjects, NewSceneMode.Single);
            var camera = Camera.main;
            if (camera)
            {
                camera.transform.position = new Vector3(0, 1.2f, 3.6f);
                camera.transform.LookAt(new Vector3(0, 0.95f, 0));
            }
            var avatar = new GameObject("Live avatar");
            avatar.AddComponent<GaussianAvatar>();
            avatar.AddComponent<LiveAvatar>();
            avatar.AddComponent<LiveSample>();
            Selection.activeGameObject = avatar;
        }
    }
}
