using System.Collections.Generic;
using UnityEngine;

namespace Ani3d.Samples
{
    /// <summary>
    /// Bones without a mesh, named as Mixamo names them, that a script moves: it walks in a circle and waves. It stands for a
    /// character of your own; with a Humanoid, give the AnimatorDriver its Animator instead.
    /// </summary>
    [DefaultExecutionOrder(-100)]
    public sealed class WavingFigure : MonoBehaviour
    {
        private const float StepsHz = 0.9f;
        private static readonly string[] s_bones =
        {
            "Hips,,0,0.95,0", "Spine,Hips,0,0.12,0", "Spine1,Spine,0,0.13,0", "Spine2,Spine1,0,0.12,0", "Neck,Spine2,0,0.14,0",
            "Head,Neck,0,0.1,0.02", "LeftUpLeg,Hips,-0.09,-0.05,0", "LeftLeg,LeftUpLeg,0,-0.41,0", "LeftFoot,LeftLeg,0,-0.41,-0.02",
            "LeftToeBase,LeftFoot,0,-0.06,0.13", "LeftShoulder,Spine2,-0.06,0.1,0", "LeftArm,LeftShoulder,-0.12,0,0",
            "LeftForeArm,LeftArm,-0.27,0,0", "LeftHand,LeftForeArm,-0.25,0,0",
        };

        private readonly Dictionary<string, Transform> _bones = new Dictionary<string, Transform>();

        [SerializeField, Tooltip("Metres of the circle that it walks in; 0 to stay.")]
        private float radius = 0.8f;

        /// <summary>Makes the bones in a T-pose, where there are none yet.</summary>
        public void Make()
        {
            if (_bones.Count > 0)
            {
                return;
            }
            foreach (var line in s_bones)
            {
                var parts = line.Split(',');
                Add(parts, 1, parts[0], parts[1]);
                if (parts[0].StartsWith("Left", System.StringComparison.Ordinal))
                {
                    var parent = parts[1].Replace("Left", "Right");
                    Add(parts, -1, parts[0].Replace("Left", "Right"), parent);
                }
            }
        }

        private void Awake()
        {
            Make();
        }

        private void Update()
        {
            var phase = Time.time * StepsHz * 2 * Mathf.PI;
            var angle = radius > 0 ? Time.time * 0.7f / Mathf.Max(radius, 0.3f) : 0;
            transform.localPosition = new Vector3(radius * Mathf.Sin(angle), 0, -radius * Mathf.Cos(angle));
            transform.localRotation = Quaternion.Euler(0, 90 - angle * Mathf.Rad2Deg, 0);
            Swing("Left", Mathf.Sin(phase));
            Swing("Right", -Mathf.Sin(phase));
            _bones["Spine1"].localRotation = Quaternion.Euler(0, 8 * Mathf.Sin(phase), 0);
            // In Unity's left-handed space the left arm points along -x: it hangs with a turn about +z.
            _bones["LeftArm"].localRotation = Quaternion.Euler(0, 0, 70);
            _bones["RightArm"].localRotation = Quaternion.Euler(0, 0, 35 + 15 * Mathf.Sin(3 * phase));
            _bones["RightForeArm"].localRotation = Quaternion.Euler(0, 0, 45 + 20 * Mathf.Sin(3 * phase));
        }

        private void Swing(string side, float share)
        {
            _bones[side + "UpLeg"].localRotation = Quaternion.Euler(-25 * share, 0, 0);
            _bones[side + "Leg"].localRotation = Quaternion.Euler(20 * Mathf.Max(0, 1 - share), 0, 0);
        }

        private void Add(string[] parts, int side, string bone, string parent)
        {
            var made = new GameObject(bone).transform;
            made.SetParent(parent.Length > 0 ? _bones[parent] : transform, false);
            made.localPosition = new Vector3(side * Number(parts[2]), Number(parts[3]), Number(parts[4]));
            _bones[bone] = made;
        }

        private static float Number(string text)
        {
            return float.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
