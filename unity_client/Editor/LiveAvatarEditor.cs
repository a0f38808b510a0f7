using UnityEditor;
using UnityEngine;

namespace Ani3d
{
    /// <summary>The inspector of a <see cref="LiveAvatar"/>: how the connection is doing.</summary>
    [CustomEditor(typeof(LiveAvatar))]
    internal sealed class LiveAvatarEditor : Editor
    {
        public override bool RequiresConstantRepaint()
        {
            return Application.isPlaying;
        }

        public override void OnInspectorGUI()
        {
            DrawDefaultInspector();
            var live = (LiveAvatar)target;
            if (!Application.isPlaying)
            {
                EditorGUILayout.HelpBox("It connects in play mode. A script sets the token: Server.Token.", MessageType.Info);
                return;
            }
            EditorGUILayout.LabelField("Connection", live.State.ToString());
            EditorGUILayout.LabelField("Publisher", live.Source.ToString());
            if (live.Refusal != null)
            {
                EditorGUILayout.HelpBox(live.Refusal.Message, MessageType.Warning);
            }
            if (GUILayout.Button("Connect anew"))
            {
                live.Connect();
            }
        }
    }
}
