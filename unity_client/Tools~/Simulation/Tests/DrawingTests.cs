using System.Linq;
using NUnit.Framework;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d.Tests
{
    /// <summary>What is dispatched and drawn, in which order and with which numbers, in a simulated engine.</summary>
    public sealed class DrawingTests
    {
        private static readonly string[] SortAndDraw = Enumerable.Repeat(new[] { "SortCount", "SortScan", "SortScatter" }, 4)
            .SelectMany(round => round).Append("DrawArguments").ToArray();

        private Stage _stage;

        [SetUp]
        public void Begin()
        {
            _stage = new Stage();
        }

        [TearDown]
        public void End()
        {
            _stage.Dispose();
        }

        [Test]
        public void AFrameIsDeformedSeenSortedAndDrawn()
        {
            var avatar = Ready();
            _stage.Run(1, avatar);
            var executed = _stage.Executed();
            var deform = System.Array.IndexOf(executed, "Deform");
            Assert.That(executed.Take(deform).Distinct(), Is.SubsetOf(new[] { "DetailCosines", "DetailParents" }));
            Assert.That(executed[deform + 1], Is.EqualTo("View"));
            Assert.That(executed.Skip(deform + 2).Take(SortAndDraw.Length), Is.EqualTo(SortAndDraw));
            Assert.That(executed.Skip(deform + 2 + SortAndDraw.Length), Is.EqualTo(new[]
            {
                "Draw 0", "DrawIndirect 1", "Draw 2", "Draw 4",
            }));
        }

        [Test]
        public void InAGammaProjectTheSceneIsNotRead()
        {
            QualitySettings.activeColorSpace = ColorSpace.Gamma;
            var avatar = Ready();
            _stage.Run(1, avatar);
            Assert.That(_stage.Executed().Where(name => name.StartsWith("Draw ")), Is.EqualTo(new[] { "Draw 0", "Draw 3" }));
        }

        [Test]
        public void WhatStandsStillIsNotWorkedOutAgain()
        {
            var avatar = Ready();
            avatar.Speed = 0;
            _stage.Run(3, avatar);
            _stage.Executed();
            _stage.Run(1, avatar);
            Assert.That(_stage.Executed(), Is.EqualTo(new[] { "Draw 0", "DrawIndirect 1", "Draw 2", "Draw 4" }));
            _stage.Camera.worldToCameraMatrix = Moved(_stage.Camera.worldToCameraMatrix, 0.1f);
            _stage.Run(1, avatar);
            Assert.That(_stage.Executed().Take(2), Is.EqualTo(new[] { "View", "SortCount" }), "the camera moved");
            avatar.Tint = new Color(1, 0.5f, 0.5f, 1);
            _stage.Run(1, avatar);
            Assert.That(_stage.Executed().Take(2), Is.EqualTo(new[] { "View", "SortCount" }), "its colour changed");
        }

        [Test]
        public void AllAvatarsAreInOneOrder()
        {
            var first = Ready();
            var second = _stage.Avatar("second");
            second.transform.localPosition = new Vector3(0.5f, 0, 0.3f);
            _stage.Run(3, second);
            CommandBuffer.Executed.Clear();
            _stage.Run(1, second);
            var views = CommandBuffer.Executed.Where(command => command.Name == "View").ToArray();
            int one = first.GaussianCount, both = one + second.GaussianCount;
            Assert.That(views.Select(view => view.Number("_First")), Is.EqualTo(new double[] { 0, one }));
            Assert.That(views.Select(view => view.Number("_AllGaussians")), Is.All.EqualTo(both));
            Assert.That(views[0].Vectors[Shader.PropertyToID("_Range")], Is.EqualTo(views[1].Vectors[Shader.PropertyToID("_Range")]));
            Assert.That(CommandBuffer.Executed.Count(command => command.Name == "DrawArguments"), Is.EqualTo(1));
            var sorted = CommandBuffer.Executed.First(command => command.Name == "SortCount");
            Assert.That(sorted.Number("_AllGaussians"), Is.EqualTo(both));
            Assert.That(sorted.X, Is.EqualTo((both + 1023) / 1024));
        }

        [Test]
        public void EachCameraHasAnOrderOfItsOwn()
        {
            var avatar = Ready();
            avatar.Speed = 0;
            _stage.Run(3, avatar);
            var other = Stage.NewCamera();
            other.worldToCameraMatrix = Moved(other.worldToCameraMatrix, 0.2f);
            Program.Frame(0, _stage.Camera, other);
            _stage.Executed();
            for (var frame = 0; frame < 3; frame++)
            {
                Program.Frame(0, _stage.Camera, other);
            }
            Assert.That(_stage.Executed().Distinct(), Is.EquivalentTo(new[] { "Draw 0", "DrawIndirect 1", "Draw 2", "Draw 4" }),
                "neither takes the other's order for its own");
        }

        [Test]
        public void BothEyesAreInOneDispatchAndDrawnIntoTheirSlices()
        {
            var avatar = Ready();
            _stage.Camera.stereoEnabled = true;
            UnityEngine.XR.XRSettings.eyeTextureDesc = new RenderTextureDescriptor(300, 320)
            {
                dimension = TextureDimension.Tex2DArray, volumeDepth = 2,
            };
            _stage.Run(2, avatar);
            CommandBuffer.Executed.Clear();
            _stage.Run(1, avatar);
            var view = CommandBuffer.Executed.Single(command => command.Name == "View");
            Assert.That(view.Number("_Eyes"), Is.EqualTo(2));
            var rows = view.Arrays[Shader.PropertyToID("_ToCamera")];
            Assert.That(rows[0].w - rows[3].w, Is.EqualTo(0.064f).Within(1e-5));
            Assert.That(view.Buffer("_Views").count, Is.GreaterThanOrEqualTo(4 * avatar.GaussianCount));
            var draws = CommandBuffer.Executed.Where(command => command.Kind == CommandKind.DrawIndirect).ToArray();
            Assert.That(draws.Select(draw => draw.Number("_Ani3dEye")), Is.EqualTo(new double[] { 0, 1 }));
            Assert.That(draws.Select(draw => draw.Target.Slice), Is.EqualTo(new[] { 0, 1 }));
            Assert.That(draws.Select(draw => draw.Material.Keywords.Single()), Is.All.EqualTo("ANI3D_ARRAY"));
            Assert.That(((RenderTexture)draws[0].Target.Texture).volumeDepth, Is.EqualTo(2));
            Assert.That(((RenderTexture)draws[0].Target.Texture).DepthBits, Is.EqualTo(32));
        }

        [Test]
        public void ThePictureLiesAsTexturesOfTheApiDo()
        {
            var avatar = Ready();
            Assert.That(Up(avatar), Is.EqualTo(-1), "the first row of a texture is the lowest of the picture");
            SystemInfo.graphicsUVStartsAtTop = false;
            try
            {
                Assert.That(Up(avatar), Is.EqualTo(1));
            }
            finally
            {
                SystemInfo.graphicsUVStartsAtTop = true;
            }
        }

        [Test]
        public void WhatIsOutOfSightCostsNothing()
        {
            var avatar = Ready();
            avatar.transform.localPosition = new Vector3(0, 0, -50);
            _stage.Run(2, avatar);
            _stage.Executed();
            _stage.Run(3, avatar);
            Assert.That(_stage.Executed(), Is.Empty);
            avatar.transform.localPosition = default;
            _stage.Run(1, avatar);
            Assert.That(_stage.Executed(), Does.Contain("Deform"));
        }

        [TestCase(CameraType.Preview)]
        [TestCase(CameraType.Reflection)]
        public void OtherCamerasShowNone(CameraType type)
        {
            Ready();
            var other = Stage.NewCamera();
            other.cameraType = type;
            _stage.Executed();
            Program.Frame(0, other);
            Assert.That(_stage.Executed(), Is.Empty);
            Assert.That(other.Commands, Is.Empty);
        }

        [Test]
        public void ACameraThatMasksTheLayerShowsNone()
        {
            var avatar = Ready();
            avatar.gameObject.layer = 7;
            _stage.Run(1, avatar);
            _stage.Camera.cullingMask = ~(1 << 7);
            _stage.Executed();
            _stage.Run(2, avatar);
            Assert.That(_stage.Executed(), Is.Empty);
        }

        [Test]
        public void TheRigidLayerHasNoDetail()
        {
            var avatar = Ready();
            avatar.Residual = 0;
            _stage.Run(2, avatar);
            CommandBuffer.Executed.Clear();
            _stage.Run(2, avatar);
            Assert.That(CommandBuffer.Executed.Any(command => command.Name == "DetailCosines"), Is.False);
            var deform = CommandBuffer.Executed.Last(command => command.Name == "Deform");
            Assert.That(deform.Number("_Sources"), Is.EqualTo(0));
            var nodes = new float[deform.Buffer("_Nodes").Content.Length / 4];
            System.Buffer.BlockCopy(deform.Buffer("_Nodes").Content, 0, nodes, 0, 4 * nodes.Length);
            Assert.That(nodes.Where((_, at) => at % 8 == 0), Is.All.EqualTo(1), "no turn");
            Assert.That(nodes.Where((_, at) => at % 8 != 0).Select(System.Math.Abs), Is.All.LessThan(1e-6), "no way");
        }

        [Test]
        public void ACrossfadeMixesTheDetailOfBothClips()
        {
            var avatar = Ready();
            avatar.Play("start", 0.3f);
            _stage.Wait(() =>
            {
                _stage.Run(1, avatar);
                return CommandBuffer.Executed.Any(
                    command => command.Name == "Deform" && command.Number("_Sources") == 2);
            });
            var deform = CommandBuffer.Executed.Last(command => command.Name == "Deform");
            var share = deform.Vectors[Shader.PropertyToID("_SourceShares")].y;
            Assert.That(share, Is.GreaterThan(0).And.LessThan(1));
            Assert.That(deform.Buffer("_Detail").count % (4 * 3), Is.EqualTo(0), "four slots");
            _stage.Run(30, avatar);
            deform = CommandBuffer.Executed.Last(command => command.Name == "Deform");
            Assert.That(deform.Number("_Sources"), Is.EqualTo(1));
        }

        private GaussianAvatar Ready()
        {
            var avatar = _stage.Avatar();
            _stage.Run(3, avatar);
            CommandBuffer.Keeps = true;
            CommandBuffer.Executed.Clear();
            return avatar;
        }

        private float Up(GaussianAvatar avatar)
        {
            CommandBuffer.Executed.Clear();
            _stage.Run(1, avatar);
            var draw = CommandBuffer.Executed.Single(command => command.Kind == CommandKind.DrawIndirect);
            Assert.That(draw.Number("_Ani3dLastRow"), Is.EqualTo(-1), "the camera's target lies the same way");
            return draw.Arrays[Shader.PropertyToID("_ToTarget")][0].w;
        }

        private static Matrix4x4 Moved(Matrix4x4 view, float x)
        {
            view.m03 += x;
            return view;
        }
    }
}
