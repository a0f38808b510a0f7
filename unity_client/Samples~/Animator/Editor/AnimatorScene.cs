using UnityEditor;
using UnityEditor.SceneManagement;
using UnityEngine;

namespace Ani3d.Samples
{
    /// <summary>Builds the scene of this sample, with the first package that the project has.</summary>
    internal static class AnimatorScene
    {
        [MenuItem("Tools/ani3d/Samples/Driven by an animation")]
        private static void Build()
        {
            var found = AssetDatabase.FindAssets("t:AvatarAsset");
            if (found.Length == 0)
            {
                EditorUtility.DisplayDialog("ani3d", "No package is in the project. Import the sample \"Dancer\" first.", "OK");
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
                camera.transform.position = new Vector3(0, 1.4f, 4.2f);
                camera.transform.LookAt(new Vector3(0, 0.9f, 0));
            }
            var figure = new GameObject("Figure").AddComponent<WavingFigure>();
            var prefab = AssetDatabase.LoadAssetAtPath<GameObject>(AssetDatabase.GUIDToAssetPath(found[0]));
            var avatar = (GameObject)PrefabUtility.InstantiatePrefab(prefab);
            // Below the figure, so that it goes where the figure goes.
            avatar.transform.SetParent(figure.transform, false);
            avatar.AddComponent<FigureDriver>();
            GameObject.CreatePrimitive(PrimitiveType.Plane);
            Selection.activeGameObject = avatar;
        }
    }
}
