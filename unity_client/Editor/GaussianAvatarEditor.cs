using UnityEditor;
using UnityEngine;

namespace Ani3d
{
    /// <summary>The inspector of a <see cref="GaussianAvatar"/>: clips by name, what is shown, and why something is refused.</summary>
    [CustomEditor(typeof(GaussianAvatar))]
    internal sealed class GaussianAvatarEditor : Editor
    {
        private const string First = "(first)";
        private static readonly string[] s_drawnHere = { "m_Script", "clip", "startTime" };
        private string[] _clips = { First };
        private Package _package;

        public override bool RequiresConstantRepaint()
        {
            return Application.isPlaying;
        }

        public override void OnInspectorGUI()
        {
            var avatar = (GaussianAvatar)target;
            serializedObject.Update();
            DrawRefusal(avatar);
            if (targets.Length == 1 && avatar.Package != null)
            {
                DrawClips(avatar);
            }
            else
            {
                EditorGUILayout.PropertyField(serializedObject.FindProperty("clip"));
            }
            EditorGUILayout.PropertyField(serializedObject.FindProperty("startTime"));
            DrawPropertiesExcluding(serializedObject, s_drawnHere);
            serializedObject.ApplyModifiedProperties();
            if (targets.Length == 1)
            {
                DrawState(avatar);
            }
        }

        private static void DrawRefusal(GaussianAvatar avatar)
        {
            if (avatar.Refusal != null)
            {
                var why = avatar.Refusal;
                EditorGUILayout.HelpBox($"{why.Code}\n{why.Subject}: {why.Found}\n{why.Fix}", MessageType.Error);
            }
            else if (!avatar.Asset && avatar.State == AvatarState.Empty)
            {
                EditorGUILayout.HelpBox("Give it an imported .a3d, or let a script or an Avatar Loader load one.", MessageType.Info);
            }
        }

        private static void DrawState(GaussianAvatar avatar)
        {
            EditorGUILayout.Space();
            if (avatar.State == AvatarState.Loading)
            {
                EditorGUILayout.LabelField("Loading …");
            }
            else if (avatar.State == AvatarState.Ready)
            {
                EditorGUILayout.LabelField("Gaussians drawn", $"{avatar.GaussianCount:N0}, level {avatar.ShownLevel}");
                EditorGUILayout.LabelField("Clip", $"{avatar.Clip}, {avatar.Time:0.00} s");
            }
        }

        private void DrawClips(GaussianAvatar avatar)
        {
            if (!ReferenceEquals(_package, avatar.Package))
            {
                _package = avatar.Package;
                _clips = new string[_package.Manifest.Clips.Count + 1];
                _clips[0] = First;
                for (var clip = 1; clip < _clips.Length; clip++)
                {
                    _clips[clip] = _package.Manifest.Clips[clip - 1].Name;
                }
            }
            var property = serializedObject.FindProperty("clip");
            var before = System.Array.IndexOf(_clips, property.stringValue);
            var after = EditorGUILayout.Popup("Clip", before < 0 ? 0 : before, _clips);
            if (after == before || (after == 0 && before < 0))
            {
                return;
            }
            property.stringValue = after == 0 ? string.Empty : _clips[after];
            avatar.Play(_clips[after == 0 && _clips.Length > 1 ? 1 : after], Application.isPlaying ? 0.25f : 0);
        }
    }
}
