using System.Linq;
using NUnit.Framework;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d.Tests
{
    /// <summary>Colliders and shadow casters of an avatar, in a simulated engine.</summary>
    public sealed class AvatarBodyTests
    {
        private Stage _stage;

        [TearDown]
        public void End()
        {
            _stage?.Dispose();
        }

        [Test]
        public void CollidersHangOnJoints()
        {
            _stage = new Stage("by-hand-driver");
            var avatar = _stage.Avatar();
            var colliders = avatar.gameObject.AddComponent<AvatarColliders>();
            var capsules = avatar.Show.Shared.Playable.Driver().Capsules;
            Assert.That(colliders.CapsuleCount, Is.EqualTo(capsules.Length).And.GreaterThan(0));
            _stage.Run(5, avatar);
            foreach (var capsule in capsules)
            {
                // Where the posed capsule's middle is in the world, x mirrored.
                var joint = avatar.Show.Joints[capsule.Joint];
                var middle = 0.5 * (joint.Apply(capsule.A) + joint.Apply(capsule.B));
                var found = Colliders(avatar).Min(each => Distance(each.transform.position, middle));
                Assert.That(found, Is.LessThan(1e-5));
            }
            Assert.That(Colliders(avatar).All(each => each.gameObject.GetComponent<Rigidbody>().isKinematic), Is.True);
            colliders.enabled = false;
            Assert.That(Colliders(avatar), Is.Empty);
        }

        [Test]
        public void CapsulesCastTheShadowAndAreNotSeen()
        {
            _stage = new Stage("by-hand-driver");
            var avatar = new GameObject("ada").AddComponent<GaussianAvatar>();
            var shadow = avatar.gameObject.AddComponent<AvatarShadow>();
            avatar.Load(Vectors.Package("valid", "by-hand-driver"));
            _stage.Wait(() => shadow.CapsuleCount > 0);
            var renderers = Hanging<MeshRenderer>(avatar);
            Assert.That(renderers.Select(each => each.shadowCastingMode), Is.All.EqualTo(ShadowCastingMode.ShadowsOnly));
            Assert.That(renderers.Select(each => each.sharedMaterial), Is.All.Not.Null);
            Assert.That(Mesh.AliveCount, Is.EqualTo(shadow.CapsuleCount));
            shadow.enabled = false;
            Assert.That(Mesh.AliveCount, Is.EqualTo(0));
        }

        [Test]
        public void APackageWithoutADriverIsTold()
        {
            _stage = new Stage();
            var avatar = _stage.Avatar();
            avatar.gameObject.AddComponent<AvatarColliders>();
            Assert.That(Debug.Logged.Single(), Does.StartWith("avatar: the package has no driver"));
        }

        private static CapsuleCollider[] Colliders(GaussianAvatar avatar)
        {
            return Hanging<CapsuleCollider>(avatar);
        }

        private static T[] Hanging<T>(GaussianAvatar avatar)
            where T : Component
        {
            return avatar.GetComponentsInChildren<T>(true);
        }

        private static double Distance(Vector3 found, Vec3 expected)
        {
            return (new Vec3(-found.x, found.y, found.z) - expected).Length;
        }
    }
}
