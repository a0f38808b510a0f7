using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>An avatar led by another skeleton: limbs point where the other's point, soles stand where it stands.</summary>
    public sealed class RetargeterTests
    {
        private const double Tiny = 1e-9;

        [TestCase("SMPL")]
        [TestCase("Unity")]
        [TestCase("Mixamo")]
        [TestCase("CMU")]
        [TestCase("VRM")]
        public void EveryNamingIsRecognised(string style)
        {
            var index = Array.IndexOf(JointNameTables.Styles, style);
            var theirs = JointNameTables.Tables[index].Split(' ').Select(pair => pair.Split('=')[0]).ToArray();
            var naming = JointNaming.Recognise(theirs);
            Assert.That(naming.Style, Is.EqualTo(style));
            Assert.That(naming.Joints[Array.FindIndex(theirs, name => name.EndsWith("ips") || name == "pelvis")], Is.EqualTo("pelvis"));
        }

        [Test]
        public void NamespacesDoNotCount()
        {
            var names = TestBody.Names.Select(joint => "mixamorig:" + TestBody.MixamoName(joint)).ToArray();
            Assert.That(JointNaming.Recognise(names).Joints, Is.EqualTo(TestBody.Names));
        }

        [Test]
        public void AMappingGoesOverWhatIsRecognised()
        {
            var names = TestBody.Names.Concat(new[] { "MyKnee" }).ToArray();
            var mapping = new Dictionary<string, string> { ["MyKnee"] = "left_knee" };
            var naming = JointNaming.Recognise(names, mapping);
            Assert.That(naming.Joints.Last(), Is.EqualTo("left_knee"));
            Assert.That(naming.Joints[Array.IndexOf(TestBody.Names, "left_knee")], Is.Null);
            var wrong = new Dictionary<string, string> { ["Knee"] = "left_knee" };
            var refusal = Assert.Throws<RefusalException>(() => JointNaming.Recognise(names, wrong));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.MappingUnknownJoint));
        }

        [Test]
        public void UnknownNamesAreRefusedWithWhatIsMissing()
        {
            var refusal = Assert.Throws<RefusalException>(() => JointNaming.Recognise(new[] { "a", "b" }));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.RetargetUnknownJoints));
            Assert.That(refusal.Message, Does.Contain("left_knee").And.Contain("Mixamo"));
        }

        [Test]
        public void ThePoseOfTheSameBonesComesBack()
        {
            var body = TestBody.Skeleton();
            var pose = TestBody.AnyPose(1);
            var places = TestBody.Forward(body, pose, out var rotations);
            // Bones whose frames point anywhere in the reference, in centimetres.
            var rest = TestBody.AnyRotations(2);
            var standing = TestBody.Forward(body, TestBody.Standing(body), out _);
            var source = new StandingSkeleton(
                TestBody.Names, standing.Select(place => 100 * place).ToArray(), rest);
            var retargeter = new Retargeter(source, body);
            Assert.That(retargeter.Scale, Is.EqualTo(0.01).Within(Tiny));
            var back = new AvatarFrame(body.JointCount, 0);
            var turned = rotations.Select((rotation, joint) => rotation * rest[joint]).ToArray();
            retargeter.Pose(turned, 100 * At(places, "left_hip"), 100 * At(places, "right_hip"), back);
            var found = TestBody.Forward(body, back, out _);
            for (var joint = 0; joint < found.Length; joint++)
            {
                Assert.That((found[joint] - places[joint]).Length, Is.LessThan(1e-7), TestBody.Names[joint]);
            }
        }

        [Test]
        public void LimbsOfAnotherRestPosePointTheSameWay()
        {
            var body = TestBody.Skeleton();
            // The other stands with arms hanging at 45 degrees, and has legs twice as long.
            var other = TestBody.Skeleton(armDropRad: Math.PI / 4, legs: 2);
            var standing = TestBody.Forward(other, TestBody.Standing(other), out var rest);
            var retargeter = new Retargeter(new StandingSkeleton(TestBody.Names, standing, rest), body);
            var places = TestBody.Forward(other, TestBody.AnyPose(3), out var rotations);
            var frame = new AvatarFrame(body.JointCount, 0);
            retargeter.Pose(rotations, At(places, "left_hip"), At(places, "right_hip"), frame);
            var found = TestBody.Forward(body, frame, out _);
            foreach (var limb in new[] { "hip knee", "knee ankle", "shoulder elbow", "elbow wrist" })
            {
                foreach (var side in new[] { "left_", "right_" })
                {
                    var (start, end) = (side + limb.Split(' ')[0], side + limb.Split(' ')[1]);
                    var wanted = Unit(At(places, end) - At(places, start));
                    Assert.That((Unit(At(found, end) - At(found, start)) - wanted).Length, Is.LessThan(1e-6), start);
                }
            }
            Assert.That(retargeter.Scale, Is.EqualTo(0.5).Within(Tiny));
        }

        [Test]
        public void APathIsAsLongAsTheLegsMakeIt()
        {
            var body = TestBody.Skeleton();
            var other = TestBody.Skeleton(legs: 2);
            var standing = TestBody.Forward(other, TestBody.Standing(other), out var rest);
            var retargeter = new Retargeter(new StandingSkeleton(TestBody.Names, standing, rest), body);
            var here = new AvatarFrame(body.JointCount, 0);
            var there = new AvatarFrame(body.JointCount, 0);
            retargeter.Pose(rest, At(standing, "left_hip"), At(standing, "right_hip"), here);
            var way = new Vec3(1, 0, 2);
            retargeter.Pose(rest, At(standing, "left_hip") + way, At(standing, "right_hip") + way, there);
            var moved = there.RootTranslationM - here.RootTranslationM;
            Assert.That((moved - 0.5 * way).Length, Is.LessThan(1e-7));
        }

        [Test]
        public void SolesStandOnTheGroundWhateverTheAnkles()
        {
            var body = TestBody.Skeleton();
            var other = TestBody.Skeleton(legs: 1.7);
            // High heels: all of it 8 cm higher.
            var standing = TestBody.Forward(other, TestBody.Standing(other), out var rest)
                .Select(place => place + new Vec3(0, 0.08, 0)).ToArray();
            var retargeter = new Retargeter(new StandingSkeleton(TestBody.Names, standing, rest), body);
            var frame = new AvatarFrame(body.JointCount, 0);
            retargeter.Pose(rest, At(standing, "left_hip"), At(standing, "right_hip"), frame);
            var found = TestBody.Forward(body, frame, out _);
            var leg = (At(found, "left_hip") - At(found, "left_knee")).Length
                + (At(found, "left_knee") - At(found, "left_ankle")).Length;
            Assert.That(At(found, "left_foot").Y, Is.EqualTo(0.034 * leg).Within(1e-3));
        }

        [TestCase(90)]
        [TestCase(180)]
        public void AReferenceThatFacesElsewhereIsTurned(double degrees)
        {
            var body = TestBody.Skeleton();
            var turn = Quat.FromRotationVector(new Vec3(0, degrees * Math.PI / 180, 0));
            var standing = TestBody.Forward(body, TestBody.Standing(body), out var rest).Select(turn.Rotate).ToArray();
            var retargeter = new Retargeter(new StandingSkeleton(TestBody.Names, standing, rest), body);
            var frame = new AvatarFrame(body.JointCount, 0);
            retargeter.Pose(rest, At(standing, "left_hip"), At(standing, "right_hip"), frame);
            var found = TestBody.Forward(body, frame, out _);
            Assert.That((At(found, "left_wrist") - At(standing, "left_wrist")).Length, Is.LessThan(1e-6));
        }

        [Test]
        public void WhatLiesOnItsSideIsRefused()
        {
            var body = TestBody.Skeleton();
            var turn = Quat.FromRotationVector(new Vec3(Math.PI / 2, 0, 0));
            var lying = TestBody.Forward(body, TestBody.Standing(body), out var rest).Select(turn.Rotate).ToArray();
            var refusal = Assert.Throws<RefusalException>(() => _ = new StandingSkeleton(TestBody.Names, lying, rest));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.SourceInvalid));
        }

        [Test]
        public void AnAvatarOfOtherNamesIsRefused()
        {
            var body = TestBody.Skeleton();
            var standing = TestBody.Forward(body, TestBody.Standing(body), out var rest);
            var named = new Skeleton(
                TestBody.Names.Select(name => "bone_" + name).ToArray(), body.Parents.ToArray(), body.ZeroJointsM.ToArray(),
                body.RestRotations.ToArray(), body.RestTranslationM);
            var refusal = Assert.Throws<RefusalException>(
                () => _ = new Retargeter(new StandingSkeleton(TestBody.Names, standing, rest), named));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.RetargetNoLegs));
        }

        [Test]
        public void NothingIsAllocatedInAPose()
        {
            var body = TestBody.Skeleton();
            var standing = TestBody.Forward(body, TestBody.Standing(body), out var rest);
            var retargeter = new Retargeter(new StandingSkeleton(TestBody.Names, standing, rest), body);
            var frame = new AvatarFrame(body.JointCount, 0);
            retargeter.Pose(rest, standing[0], standing[1], frame);
            var allocated = Allocation.Counter();
            var before = allocated();
            for (var pose = 0; pose < 1000; pose++)
            {
                retargeter.Pose(rest, standing[0], standing[1], frame);
            }
            Assert.That(allocated() - before, Is.LessThan(1000));
        }

        private static Vec3 At(Vec3[] places, string joint)
        {
            return places[Array.IndexOf(TestBody.Names, joint)];
        }

        private static Vec3 Unit(Vec3 v)
        {
            return (1 / v.Length) * v;
        }
    }
}
