using UnityEditor;

namespace Ani3d
{
    /// <summary>The inspector of an <see cref="AnimatorDriver"/>: whether the character matches the avatar.</summary>
    [CustomEditor(typeof(AnimatorDriver))]
    internal sealed class AnimatorDriverEditor : Editor
    {
        public override void OnInspectorGUI()
        {
            DrawDefaultInspector();
            var driver = (AnimatorDriver)target;
            if (driver.Refusal != null)
            {
                var why = driver.Refusal;
                EditorGUILayout.HelpBox($"{why.Code}\n{why.Subject}: {why.Found}\n{why.Fix}", MessageType.Error);
            }
            else if (driver.Retargeter != null)
            {
                var missing = string.Join(", ", driver.Retargeter.Missing);
                var still = missing.Length == 0 ? "Every joint is led." : $"These joints follow their parents: {missing}.";
                EditorGUILayout.HelpBox($"Matched; legs × {driver.Retargeter.Scale:0.###}. {still}", MessageType.Info);
            }
        }
    }
}
