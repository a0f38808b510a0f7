using UnityEngine;

namespace Ani3d.Samples
{
    /// <summary>
    /// Gives an avatar an AnimatorDriver that follows the figure above it: what you set in the inspector for a character of your
    /// own, done by a script.
    /// </summary>
    public sealed class FigureDriver : MonoBehaviour
    {
        private void Start()
        {
            var figure = GetComponentInParent<WavingFigure>();
            figure.Make();
            var driver = gameObject.AddComponent<AnimatorDriver>();
            driver.Matched += Tell;
            // The bones stand in their T-pose until the first Update.
            driver.Hierarchy = figure.transform;
        }

        private void Tell(AnimatorDriver driver)
        {
            Debug.Log(driver.Refusal == null
                ? $"matched; legs × {driver.Retargeter.Scale:0.00}" : driver.Refusal.Message, this);
        }
    }
}
