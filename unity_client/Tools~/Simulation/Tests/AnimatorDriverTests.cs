using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d.Tests
{
    /// <summary>A character of the engine, left-handed and with a rig of its own, leads the dancer of the samples.</summary>
    public sealed class AnimatorDriverTests
    {
        private static readonly (string Bone, string Next, string Joint, string After)[] s_limbs =
        {
            ("UpperArm", "LowerArm", "shoulder", "elbow"), ("LowerArm", "Hand", "elbow", "wrist"),
            ("UpperLeg", "LowerLeg", "hip", "knee"), ("LowerLeg", "Foot", "knee", "ankle"),
        };

        private Stage _stage;
        private Figure _figure;
        private GaussianAvatar _avatar;
        private AnimatorDriver _driver;
        private Camera[] _cameras;

        [SetUp]
        public void Begin()
        {
            var package = Environment.GetEnvironmentVariable("ANI3D_SAMPLE");
            if (package == null)
            {
                Assert.Ignore("ANI3D_SAMPLE does not say where the package of the samples is");
            }
            _stage = new Stage(File.ReadAllBytes(package));
            _cameras = new[] { _stage.Camera };
            _figure = new Figure();
            _avatar = _stage.Avatar("dancer");
            _avatar.transform.SetParent(_figure.Object.transform, false);
        }

        [TearDown]
        public void End()
        {
            _stage?.Dispose();
        }

        [Test]
        public void LimbsOfTheAvatarPointWhereThoseOfAHumanoidPoint()
        {
            var animator = _figure.Human();
            Strike();
            // The Animator of the character that it lies below is found.
            _driver = _avatar.gameObject.AddComponent<AnimatorDriver>();
            Run(3);
            Assert.That(_driver.Animator, Is.SameAs(animator));
            Assert.That(_driver.Refusal, Is.Null);
            Assert.That(animator.cullingMode, Is.EqualTo(AnimatorCullingMode.AlwaysAnimate));
            AssertLimbs();
            // Both stand where they stand.
            Assert.That(Distance(Place("pelvis"), _figure["Hips"].position), Is.LessThan(0.12));
            _driver.enabled = false;
            Assert.That(animator.cullingMode, Is.EqualTo(AnimatorCullingMode.CullCompletely), "as it was before");
        }

        [Test]
        public void BonesOfOtherKindsLeadFromThePoseThatTheyHadAtFirst()
        {
            Lead();
            Strike();
            Run(3);
            AssertLimbs();
        }

        [Test]
        public void SolesStandWhereTheFigureStands()
        {
            Lead();
            Run(3);
            foreach (var joint in new[] { "left_foot", "right_foot" })
            {
                Assert.That(Place(joint).y, Is.InRange(0.005f, 0.06f), joint);
            }
        }

        [TestCase(true)]
        [TestCase(false)]
        public void ClothFeelsTheObjectWhereItIsToldTo(bool feels)
        {
            Lead();
            typeof(AnimatorDriver).GetField("feelsObject", System.Reflection.BindingFlags.Instance
                | System.Reflection.BindingFlags.NonPublic).SetValue(_driver, feels);
            Run(60);
            var before = (Vec3[])_avatar.Show.Pose.NodeDisplacementsM.Clone();
            for (var frame = 0; frame < 20; frame++)
            {
                var at = _figure.Object.transform.localPosition;
                _figure.Object.transform.localPosition = new Vector3(at.x + 0.02f * frame / 20, at.y, at.z);
                Run(1);
            }
            var moved = _avatar.Show.Pose.NodeDisplacementsM.Zip(before, (a, b) => (a - b).Length).Max();
            Assert.That(moved, feels ? Is.GreaterThan(0.005) : Is.LessThan(0.002));
            Assert.That(Distance(Place("pelvis"), _figure["Hips"].position), Is.LessThan(0.12), "the body stays in its object");
        }

        [Test]
        public void AGameThatStandsStillIsNoPause()
        {
            Lead();
            Run(30);
            var before = (Vec3[])_avatar.Show.Pose.NodeDisplacementsM.Clone();
            for (var frame = 0; frame < 10; frame++)
            {
                Program.Frame(0, _stage.Camera);
            }
            Assert.That(_avatar.Show.Pose.NodeDisplacementsM, Is.EqualTo(before));
        }

        [Test]
        public void WhatHasNoBonesIsRefusedOnce()
        {
            _driver = _avatar.gameObject.AddComponent<AnimatorDriver>();
            _driver.Hierarchy = new GameObject("empty").transform;
            Run(5);
            Assert.That(_driver.Refusal.Code, Is.EqualTo(RefusalCodes.RetargetUnknownJoints));
            Assert.That(Debug.Logged.Count(line => line.Contains(RefusalCodes.RetargetUnknownJoints)), Is.EqualTo(1));
        }

        [Test]
        public void TheCharactersMeshCastsTheShadowForAsLongAsItLeads()
        {
            Lead();
            Assert.That(_figure.Mesh.shadowCastingMode, Is.EqualTo(ShadowCastingMode.ShadowsOnly));
            _driver.enabled = false;
            Assert.That(_figure.Mesh.shadowCastingMode, Is.EqualTo(ShadowCastingMode.On));
            Assert.That(_avatar.PoseSource, Is.Null);
            _driver.enabled = true;
            Assert.That(_figure.Mesh.shadowCastingMode, Is.EqualTo(ShadowCastingMode.ShadowsOnly));
        }

        [Test]
        public void NothingIsAllocatedWhileItLeads()
        {
            Lead();
            Run(60);
            Assert.That(Allocation.Growth(frames => Run(frames), 60), Is.LessThanOrEqualTo(0));
        }

        private void Lead()
        {
            _driver = _avatar.gameObject.AddComponent<AnimatorDriver>();
            _driver.Hierarchy = _figure.Object.transform;
            Assert.That(_driver.Refusal, Is.Null);
        }

        // Another pose on either side, and an object that is turned and elsewhere.
        private void Strike()
        {
            _figure.Turn("LeftUpperArm", 70, new Vector3(0, 0, 1));
            _figure.Turn("LeftLowerArm", -40, new Vector3(0, 1, 0));
            _figure.Turn("RightUpperArm", 25, new Vector3(0, 0, 1));
            _figure.Turn("RightLowerLeg", 60, new Vector3(1, 0, 0));
            _figure.Turn("LeftUpperLeg", -35, new Vector3(1, 0, 0));
            _figure.Turn("Spine", 20, new Vector3(0, 1, 0));
            _figure.Object.transform.localPosition = new Vector3(2, 0, -3);
            _figure.Object.transform.localRotation = Quaternion.AngleAxis(35, Vector3.up);
        }

        private void AssertLimbs()
        {
            foreach (var side in new[] { "Left", "Right" })
            {
                foreach (var limb in s_limbs)
                {
                    var prefix = side.ToLowerInvariant() + "_";
                    var found = Figure.Between(Place(prefix + limb.Joint), Place(prefix + limb.After));
                    var wanted = _figure.Direction(side + limb.Bone, side + limb.Next);
                    Assert.That(Distance(found, wanted), Is.LessThan(0.01), prefix + limb.Joint);
                }
            }
            Assert.That(Debug.Logged, Is.Empty);
        }

        private void Run(int frames)
        {
            for (var frame = 0; frame < frames; frame++)
            {
                Program.Frame(1f / 60, _cameras);
            }
        }

        private Vector3 Place(string joint)
        {
            return _avatar.FindJoint(joint).position;
        }

        private static double Distance(Vector3 a, Vector3 b)
        {
            double x = a.x - b.x, y = a.y - b.y, z = a.z - b.z;
            return Math.Sqrt(x * x + y * y + z * z);
        }
    }
}
