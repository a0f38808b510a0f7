using System;
using System.Collections.Generic;
using System.Linq;
using UnityEngine;

namespace Ani3d.Tests
{
    /// <summary>
    /// A character in Unity's space: its left is at -x. Its bones' frames point anywhere, as rigs' do, and it is told its T-pose
    /// as an Animator's avatar is.
    /// </summary>
    internal sealed class Figure
    {
        private static readonly string[] s_bones =
        {
            "Hips,,0,0.96,0", "Spine,Hips,0,0.1,0", "Chest,Spine,0,0.15,0", "Neck,Chest,0,0.28,0", "Head,Neck,0,0.1,0.01",
            "LeftUpperLeg,Hips,-0.1,-0.06,0", "LeftLowerLeg,LeftUpperLeg,-0.01,-0.42,0", "LeftFoot,LeftLowerLeg,0,-0.4,-0.03",
            "LeftToes,LeftFoot,-0.01,-0.06,0.13", "LeftShoulder,Chest,-0.06,0.22,0", "LeftUpperArm,LeftShoulder,-0.13,0,0",
            "LeftLowerArm,LeftUpperArm,-0.28,0,0", "LeftHand,LeftLowerArm,-0.26,0,0",
        };

        private readonly Dictionary<string, Transform> _bones = new Dictionary<string, Transform>();
        private readonly System.Random _random = new System.Random(5);

        /// <summary>Creates it in its T-pose, at the origin.</summary>
        public Figure()
        {
            Object = new GameObject("figure");
            Mesh = Object.AddComponent<SkinnedMeshRenderer>();
            foreach (var line in s_bones)
            {
                Add(line, 1);
                if (line.StartsWith("Left", StringComparison.Ordinal))
                {
                    Add(line.Replace("Left", "Right"), -1);
                }
            }
        }

        /// <summary>The object above all bones.</summary>
        public GameObject Object { get; }

        /// <summary>Its mesh.</summary>
        public SkinnedMeshRenderer Mesh { get; }

        /// <summary>A bone.</summary>
        public Transform this[string bone] => _bones[bone];

        /// <summary>Gives it an Animator whose avatar knows the pose that it has now.</summary>
        public Animator Human()
        {
            var animator = Object.AddComponent<Animator>();
            animator.avatar = new UnityEngine.Avatar
            {
                humanDescription = new HumanDescription
                {
                    skeleton = _bones.Select(pair => new SkeletonBone
                    {
                        name = pair.Value.name,
                        position = pair.Value.localPosition,
                        rotation = pair.Value.localRotation,
                        scale = pair.Value.localScale,
                    }).ToArray(),
                },
            };
            foreach (var pair in _bones)
            {
                animator.Bones[(HumanBodyBones)Enum.Parse(typeof(HumanBodyBones), pair.Key)] = pair.Value;
            }
            return animator;
        }

        /// <summary>Turns a bone about an axis of the world; what hangs on it goes along.</summary>
        public void Turn(string bone, float degrees, Vector3 axis)
        {
            var turned = Quaternion.AngleAxis(degrees, axis) * _bones[bone].rotation;
            _bones[bone].localRotation = Inverse(_bones[bone].parent.rotation) * turned;
        }

        /// <summary>The direction from one bone to another, in the world.</summary>
        public Vector3 Direction(string from, string to)
        {
            return Between(_bones[from].position, _bones[to].position);
        }

        /// <summary>The direction from one place to another.</summary>
        public static Vector3 Between(Vector3 a, Vector3 b)
        {
            float x = b.x - a.x, y = b.y - a.y, z = b.z - a.z;
            var length = (float)Math.Sqrt(x * x + y * y + z * z);
            return new Vector3(x / length, y / length, z / length);
        }

        private static Quaternion Inverse(Quaternion q)
        {
            return new Quaternion(-q.x, -q.y, -q.z, q.w);
        }

        private void Add(string line, int side)
        {
            var parts = line.Split(',');
            var numbers = parts.Skip(2).Select(text => float.Parse(text, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            var bone = new GameObject(parts[0]).transform;
            var parent = parts[1].Length > 0 ? _bones[parts[1]] : Object.transform;
            bone.SetParent(parent, false);
            // Offsets are those of the world: the parent's frame points anywhere.
            bone.localPosition = Inverse(parent.rotation) * new Vector3(side * numbers[0], numbers[1], numbers[2]);
            bone.localRotation = Inverse(parent.rotation) * AnyRotation();
            _bones[parts[0]] = bone;
        }

        private Quaternion AnyRotation()
        {
            double a = _random.NextDouble() - 0.5, b = _random.NextDouble() - 0.5, c = _random.NextDouble() - 0.5, d = _random.NextDouble();
            var length = Math.Sqrt(a * a + b * b + c * c + d * d);
            return new Quaternion((float)(a / length), (float)(b / length), (float)(c / length), (float)(d / length));
        }
    }
}
