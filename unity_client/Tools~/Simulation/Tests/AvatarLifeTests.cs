using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d.Tests
{
    /// <summary>An avatar from loading to the end, in a simulated engine: what it makes, it gives back.</summary>
    public sealed class AvatarLifeTests
    {
        private Stage _stage;

        [SetUp]
        public void Begin()
        {
            _stage = new Stage();
        }

        [TearDown]
        public void End()
        {
            Application.isEditor = false;
            _stage.Dispose();
        }

        [Test]
        public void ALoadedAvatarPlaysItsFirstClip()
        {
            var loaded = 0;
            var avatar = new GameObject("ada").AddComponent<GaussianAvatar>();
            avatar.Loaded += _ => loaded++;
            Assert.That(avatar.State, Is.EqualTo(AvatarState.Empty));
            avatar.Load(Vectors.Package("valid", Stage.PackageName));
            Assert.That(avatar.State, Is.EqualTo(AvatarState.Loading));
            _stage.Wait(() => avatar.State == AvatarState.Ready);
            _stage.Run(30, avatar);
            Assert.That((loaded, avatar.Clip), Is.EqualTo((1, "walk")));
            Assert.That(avatar.Time, Is.EqualTo(0.5).Within(0.02));
            Assert.That(avatar.GaussianCount, Is.GreaterThan(0));
            Assert.That(avatar.Bounds.size.y, Is.GreaterThan(0.1f));
            Assert.That(Debug.Logged, Is.Empty);
        }

        [Test]
        public void NothingIsLeftOfAnAvatarThatIsDisabled()
        {
            var avatar = _stage.Avatar();
            _stage.Run(10, avatar);
            Assert.That(GraphicsBuffer.Alive, Is.Not.Empty);
            avatar.enabled = false;
            AssertNothingIsLeft();
        }

        [Test]
        public void NothingIsLeftOfAnAvatarThatIsDisabledWhileItLoads()
        {
            var avatar = new GameObject("ada").AddComponent<GaussianAvatar>();
            avatar.Load(Vectors.Package("valid", Stage.PackageName));
            avatar.enabled = false;
            _stage.Wait(() => SharedAvatar.OpenCount == 0);
            AssertNothingIsLeft();
        }

        [Test]
        public void ADomainReloadMakesEverythingAnew()
        {
            var avatar = _stage.Avatar();
            _stage.Run(5, avatar);
            Program.DisableAll();
            AssertNothingIsLeft();
            Program.EnableAll();
            _stage.Wait(() => avatar.State == AvatarState.Ready);
            _stage.Run(5, avatar);
            Assert.That(avatar.GaussianCount, Is.GreaterThan(0));
            Assert.That(Debug.Logged, Is.Empty);
        }

        [Test]
        public void WithoutADomainReloadPlayModeBeginsAnew()
        {
            var avatar = _stage.Avatar();
            _stage.Run(5, avatar);
            AvatarDrawing.Settings.Budget = 7;
            // What Unity calls as play mode begins.
            typeof(AvatarDrawing).GetMethod(
                "Reset", System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic).Invoke(null, null);
            Assert.That(AvatarDrawing.Settings.Budget, Is.EqualTo(1_000_000));
            Assert.That(AvatarDrawing.CameraCount, Is.EqualTo(0));
            _stage.Run(2, avatar);
            Assert.That(AvatarDrawing.CameraCount, Is.EqualTo(1));
        }

        [Test]
        public void ALostDeviceIsNotTheEnd()
        {
            var avatar = _stage.Avatar();
            _stage.Run(5, avatar);
            var before = GraphicsBuffer.AliveBytes;
            GraphicsBuffer.LoseAll();
            _stage.Run(5, avatar);
            Assert.That(GraphicsBuffer.Alive.All(buffer => buffer.IsValid()), Is.True);
            Assert.That(GraphicsBuffer.AliveBytes, Is.LessThanOrEqualTo(before));
            Assert.That(Debug.Logged, Is.Empty);
        }

        [Test]
        public void AvatarsOfOnePackageShareItsBuffers()
        {
            var first = _stage.Avatar("first");
            _stage.Run(5, first);
            var one = GraphicsBuffer.AliveBytes;
            var bytes = Vectors.Package("valid", Stage.PackageName);
            var second = new GameObject("second").AddComponent<GaussianAvatar>();
            var third = new GameObject("third").AddComponent<GaussianAvatar>();
            second.Load(bytes, "same");
            third.Load(bytes, "same");
            _stage.Wait(() => third.State == AvatarState.Ready && second.State == AvatarState.Ready);
            Assert.That(SharedAvatar.OpenCount, Is.EqualTo(2));
            Assert.That(second.Package, Is.SameAs(third.Package));
            _stage.Run(5, third);
            Assert.That(Named("ani3d splats"), Is.EqualTo(2), "one for the first package, one for the other");
            Assert.That(Named("ani3d posed"), Is.EqualTo(3));
            second.enabled = false;
            _stage.Run(5, third);
            Assert.That(third.GaussianCount, Is.GreaterThan(0), "who is left goes on");
            third.enabled = false;
            _stage.Run(1, first);
            Assert.That(GraphicsBuffer.AliveBytes, Is.LessThan(4 * one));
            Assert.That(SharedAvatar.OpenCount, Is.EqualTo(1));
        }

        [Test]
        public void ARefusedPackageIsToldWithItsCodeAndWhatToDo()
        {
            RefusalException told = null;
            var avatar = new GameObject("ada").AddComponent<GaussianAvatar>();
            avatar.Refused += (_, refusal) => told = refusal;
            avatar.Load(new byte[] { 1, 2, 3, 4, 5 });
            _stage.Wait(() => avatar.State == AvatarState.Refused);
            Assert.That(RefusalCodes.FamilyOf[told.Code], Is.EqualTo("foreign").Or.EqualTo("container"));
            Assert.That(told.Fix, Is.Not.Empty);
            Assert.That(Debug.Logged.Single(), Does.StartWith("ada: " + told.Code));
            Program.Frame(0.1f, _stage.Camera);
            Assert.That(Debug.Logged, Has.Count.EqualTo(1), "once, and not in every frame");
        }

        [Test]
        public void AnAssetThatIsGivenInTheInspectorIsLoaded()
        {
            Application.isPlaying = false;
            var asset = ScriptableObject.CreateInstance<AvatarAsset>();
            asset.Hold(Vectors.Package("valid", Stage.PackageName), "digest");
            var avatar = new GameObject("ada").AddComponent<GaussianAvatar>();
            Program.Frame(0, _stage.Camera);
            Give(avatar, "asset", asset);
            _stage.Wait(() => avatar.State == AvatarState.Ready);
            _stage.Wait(() => avatar.GaussianCount > 0);
            Give(avatar, "startTime", 0.7f);
            _stage.Wait(() => avatar.Player.TimeS > 0.6);
            Assert.That(avatar.GaussianCount, Is.EqualTo(700), "while editing, all of them");
            Give(avatar, "asset", null);
            _stage.Wait(() => avatar.State == AvatarState.Empty);
            Assert.That(Debug.Logged, Is.Empty);
        }

        [Test]
        public void AnAssetThatIsImportedAgainIsShownAnew()
        {
            Application.isPlaying = false;
            Application.isEditor = true;
            var asset = ScriptableObject.CreateInstance<AvatarAsset>();
            Hold(asset, Stage.PackageName);
            var avatar = new GameObject("ada").AddComponent<GaussianAvatar>();
            avatar.Asset = asset;
            _stage.Wait(() => avatar.GaussianCount > 0);
            var before = avatar.Package;
            Program.Frame(0, _stage.Camera);
            Assert.That(avatar.Package, Is.SameAs(before), "without an import nothing is loaded again");
            Hold(asset, "looping-clips");
            _stage.Wait(() => avatar.State == AvatarState.Ready && avatar.Package.Digest == asset.Digest);
            Assert.That(avatar.Clip, Is.EqualTo(avatar.Package.Manifest.Clips[0].Name));
            asset.Refuse(new RefusalException(RefusalCodes.PackageTruncated, "a file", "half of it"));
            _stage.Wait(() => avatar.State == AvatarState.Refused);
            asset.Refuse(new RefusalException(RefusalCodes.PackageTruncated, "a file", "a third of it"));
            _stage.Wait(() => avatar.Refusal?.Found == "a third of it");
            Hold(asset, Stage.PackageName);
            _stage.Wait(() => avatar.State == AvatarState.Ready);
            Assert.That(SharedAvatar.OpenCount, Is.EqualTo(1), "what it showed before is given back");
        }

        [Test]
        public void NothingIsLeftOfAnAvatarThatIsUnloaded()
        {
            var asset = ScriptableObject.CreateInstance<AvatarAsset>();
            Hold(asset, Stage.PackageName);
            var avatar = _stage.Avatar();
            avatar.Asset = asset;
            _stage.Wait(() => avatar.GaussianCount > 0);
            avatar.Unload();
            Assert.That((avatar.State, avatar.Asset, avatar.Package), Is.EqualTo((AvatarState.Empty, (AvatarAsset)null, (Package)null)));
            Assert.That(SharedAvatar.OpenCount, Is.EqualTo(0));
            avatar.enabled = false;
            avatar.enabled = true;
            Program.Frame(0.1f, _stage.Camera);
            Assert.That(avatar.State, Is.EqualTo(AvatarState.Empty), "it stays so");
            avatar.Load(Vectors.Package("valid", Stage.PackageName));
            _stage.Wait(() => avatar.State == AvatarState.Ready);
        }

        [Test]
        public void ASourceThatCancelsByItselfIsRefused()
        {
            var avatar = new GameObject("ada").AddComponent<GaussianAvatar>();
            avatar.Load(new Impatient());
            _stage.Wait(() => avatar.State == AvatarState.Refused);
            Assert.That(avatar.Refusal.Found, Does.Contain("cancelled"));
            Assert.That(Debug.Logged, Has.Count.EqualTo(1));
        }

        [Test]
        public void CamerasGetBackWhatTheyWere()
        {
            var other = Stage.NewCamera();
            other.depthTextureMode = DepthTextureMode.Depth;
            var avatar = _stage.Avatar();
            _stage.Run(5, avatar);
            Program.Frame(0.1f, _stage.Camera, other);
            Assert.That(_stage.Camera.depthTextureMode, Is.EqualTo(DepthTextureMode.Depth));
            Assert.That(_stage.Camera.forceIntoRenderTexture, Is.True);
            avatar.enabled = false;
            Assert.That(_stage.Camera.depthTextureMode, Is.EqualTo(DepthTextureMode.None));
            Assert.That(_stage.Camera.forceIntoRenderTexture, Is.False);
            Assert.That(other.depthTextureMode, Is.EqualTo(DepthTextureMode.Depth), "it had it before");
        }

        [Test]
        public void EachAssetThatWasRefusedSaysWhy()
        {
            var codes = new[] { RefusalCodes.PackageTruncated, RefusalCodes.SplatsInvalid };
            var avatars = codes.Select(code =>
            {
                var asset = ScriptableObject.CreateInstance<AvatarAsset>();
                asset.Refuse(new RefusalException(code, "a file", "something"));
                var avatar = new GameObject(code).AddComponent<GaussianAvatar>();
                avatar.Asset = asset;
                return avatar;
            }).ToArray();
            _stage.Wait(() => avatars.All(avatar => avatar.State == AvatarState.Refused));
            Assert.That(avatars.Select(avatar => avatar.Refusal.Code), Is.EqualTo(codes));
        }

        [Test]
        public void AnUnknownClipIsToldWithThoseThatThereAre()
        {
            var avatar = _stage.Avatar();
            _stage.Run(1, avatar);
            var refusal = Assert.Throws<RefusalException>(() => avatar.Play("waltz"));
            Assert.That(refusal.Code, Is.EqualTo("clip-not-found"));
            Assert.That(refusal.Message, Does.Contain("walk, start"));
            _stage.Run(1, avatar);
            Assert.That(avatar.Clip, Is.EqualTo("walk"), "what was played goes on");
        }

        [Test]
        public void ADeviceWithoutKernelsIsToldOnce()
        {
            SystemInfo.supportsComputeShaders = false;
            try
            {
                var avatar = _stage.Avatar();
                _stage.Run(20, avatar);
                Assert.That(Debug.Logged.Single(), Does.StartWith("gpu-unsupported: simulated (Vulkan)"));
                Assert.That(AvatarDrawing.Refusal.Code, Is.EqualTo("gpu-unsupported"));
                Assert.That(GraphicsBuffer.Alive, Is.Empty);
            }
            finally
            {
                SystemInfo.supportsComputeShaders = true;
            }
        }

        [Test]
        public void WhereNoPipelineDrawsThatIsToldOnce()
        {
            var avatar = _stage.Avatar();
            for (var frame = 0; frame < 400; frame++)
            {
                // No camera.
                Program.Frame(0.01f);
            }
            Assert.That(avatar.State, Is.EqualTo(AvatarState.Ready));
            Assert.That(Debug.Logged.Single(), Does.Contain("no camera of a known render pipeline"));
        }

        [Test]
        public void AnAvatarThatIsOutOfSightIsNoFault()
        {
            var avatar = _stage.Avatar();
            avatar.transform.localPosition = new Vector3(0, 0, -50);
            for (var frame = 0; frame < 400; frame++)
            {
                Program.Frame(0.01f, _stage.Camera);
            }
            Assert.That(Debug.Logged, Is.Empty);
        }

        [Test]
        public void AJointCarriesAProp()
        {
            var avatar = _stage.Avatar();
            _stage.Run(3, avatar);
            var name = avatar.Package.Skeleton.JointNames[1];
            var hand = avatar.FindJoint(name);
            Assert.That(hand.parent, Is.SameAs(avatar.transform));
            var before = hand.localPosition;
            _stage.Run(20, avatar);
            var joint = avatar.Show.Joints[1].Apply(avatar.Show.Shared.RestJoints[1].Offset);
            Assert.That(hand.localPosition.x, Is.EqualTo(-joint.X).Within(1e-5));
            Assert.That(hand.localPosition.y, Is.EqualTo(joint.Y).Within(1e-5));
            Assert.That(Math.Abs(hand.localPosition.x - before.x) + Math.Abs(hand.localPosition.z - before.z),
                Is.GreaterThan(1e-4), "it moves");
            Assert.That(avatar.FindJoint(name), Is.SameAs(hand));
            Assert.That(avatar.FindJoint("tail"), Is.Null);
        }

        // What the inspector does.
        private static void Give(GaussianAvatar avatar, string field, object value)
        {
            typeof(GaussianAvatar).GetField(
                field, System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic).SetValue(avatar, value);
            Program.Send(avatar, "OnValidate");
        }

        // What the importer does.
        private static void Hold(AvatarAsset asset, string name)
        {
            var bytes = Vectors.Package("valid", name);
            using (var package = Package.Open(bytes))
            {
                asset.Hold(bytes, package.Digest);
            }
        }

        private static int Named(string name)
        {
            return GraphicsBuffer.Alive.Count(buffer => buffer.name == name);
        }

        private sealed class Impatient : PackageSource
        {
            public override string Key => "impatient";

            public override Task<Package> OpenAsync(CancellationToken cancellation)
            {
                return Task.FromException<Package>(new OperationCanceledException()).ContinueWith<Package>(
                    _ => throw new OperationCanceledException(), TaskScheduler.Default);
            }
        }

        private static void AssertNothingIsLeft()
        {
            Assert.That(GraphicsBuffer.Alive.Select(buffer => buffer.name), Is.Empty);
            Assert.That(RenderTexture.AliveCount, Is.EqualTo(0));
            Assert.That(Material.AliveCount, Is.EqualTo(0));
            Assert.That(CommandBuffer.AliveCount, Is.EqualTo(0));
            Assert.That(SharedAvatar.OpenCount, Is.EqualTo(0));
        }
    }
}
