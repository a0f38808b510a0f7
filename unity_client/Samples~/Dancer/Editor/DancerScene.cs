using UnityEditor;
using UnityEditor.SceneManagement;
using UnityEngine;

namespace Ani3d.Samples
{
    /// <summary>Builds the scene of this sample: a scene file that nobody has opened would be a promise.</summary>
    internal static class DancerScene
    {
        [MenuItem("Tools/ani3d/Samples/Dancer")]
        private static void Build()
        {
            var found = AssetDatabase.FindAssets("dancer t:AvatarAsset");
            if (found.Length == 0)
            {
                EditorUtility.DisplayDialog("ani3d", "No package named dancer is in the project. Import the sample again.", "OK");
                return;
            }
            if (!EditorSceneManager.SaveCurrentModifiedScenesIfUserWantsTo())
            {
                return;
            }
            EditorSceneManager.NewScene(NewSceneSetup.DefaultGameObjects, NewSceneMode.Single);
            var camera = Camera.main;
            if (camera)
            {
                camera.transform.position = new Vector3(0, 1.1f, 3.2f);
                camera.transform.LookAt(new Vector3(0, 0.95f, 0));
            }
            var prefab = AssetDatabase.LoadAssetAtPath<GameObject>(AssetDatabase.GUIDToAssetPath(found[0]));
            var dancer = (GameObject)PrefabUtility.InstantiatePrefab(prefab);
            dancer.AddComponent<DancerSample>();
            GameObject.CreatePrimitive(PrimitiveType.Plane);
            Selection.activeGameObject = dancer;
        }
    }
}
