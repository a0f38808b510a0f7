using System;

namespace Ani3d
{
    /// <summary>
    /// One eye as kernels need it: from the avatar to an OpenCV camera (x right, y down, z forward, pixels from the upper
    /// left corner), and what depth in the target is.
    /// </summary>
    public readonly struct EyeView
    {
        private EyeView(RigidTransform toCamera, Pinhole lens, double depthA, double depthB)
        {
            ToCamera = toCamera;
            Lens = lens;
            DepthA = depthA;
            DepthB = depthB;
        }

        /// <summary>From the avatar's space, metres, to the camera's; it may scale.</summary>
        public RigidTransform ToCamera { get; }

        /// <summary>Focal lengths, centre and size, pixels.</summary>
        public Pinhole Lens { get; }

        /// <summary>a of depth in the target: a + b / z, or a + b z of an orthographic camera.</summary>
        public double DepthA { get; }

        /// <summary>b of depth in the target.</summary>
        public double DepthB { get; }

        /// <summary>Where the camera stands in the avatar's space, metres.</summary>
        public Vec3 PositionM
        {
            get
            {
                var cofactors = ToCamera.Rotation.Cofactors().Transposed();
                return (-1 / ToCamera.Rotation.Determinant) * (cofactors * ToCamera.Offset);
            }
        }

        /// <summary>Where the camera looks in the avatar's space, unit length.</summary>
        public Vec3 Forward
        {
            get
            {
                var cofactors = ToCamera.Rotation.Cofactors().Transposed();
                var way = (1 / ToCamera.Rotation.Determinant) * (cofactors * new Vec3(0, 0, 1));
                return (1 / way.Length) * way;
            }
        }

        /// <summary>The view of an engine's camera.</summary>
        /// <param name="worldToCamera">
        /// view matrix: from the left-handed world to x right, y up, z backward, as Unity's worldToCameraMatrix.
        /// </param>
        /// <param name="avatarToWorld">of the avatar's object in the left-handed world.</param>
        /// <param name="projection">as OpenGL has it, as Unity's Camera.projectionMatrix.</param>
        /// <param name="inTarget">
        /// the projection that is used in the target, as Unity's GL.GetGPUProjectionMatrix; its row 2 says what depth is.
        /// </param>
        /// <param name="widthPx">of the target.</param>
        /// <param name="heightPx">of the target.</param>
        public static EyeView Of(
            EngineMatrix worldToCamera, EngineMatrix avatarToWorld, EngineMatrix projection, EngineMatrix inTarget,
            int widthPx, int heightPx)
        {
            var engine = EngineMatrix.AffineProduct(worldToCamera, avatarToWorld);
            var turned = new Mat3(1, 0, 0, 0, -1, 0, 0, 0, -1);
            var toCamera = new RigidTransform(
                turned * (engine.Rotation * EngineFrame.Mirror), turned * engine.Offset);
            var lens = Pinhole.Of(projection, widthPx, heightPx);
            // Depth is (r z_engine + s) / w with z_engine = -z, w = z in perspective and 1 otherwise.
            double r = inTarget.Linear.M22, s = inTarget.Offset.Z;
            return lens.IsOrthographic
                ? new EyeView(toCamera, lens, s, -r)
                : new EyeView(toCamera, lens, -r, s);
        }

        /// <summary>Depth in the target at a distance along the camera's axis.</summary>
        public double DepthAt(double z)
        {
            return Lens.IsOrthographic ? DepthA + DepthB * z : DepthA + DepthB / z;
        }

        /// <summary>The view from between two eyes: what one depth order for both is made from.</summary>
        public static EyeView Between(EyeView left, EyeView right)
        {
            var middle = 0.5 * (left.ToCamera.Offset + right.ToCamera.Offset);
            var rotation = 0.5 * (left.ToCamera.Rotation + right.ToCamera.Rotation);
            return new EyeView(new RigidTransform(rotation, middle), left.Lens, left.DepthA, left.DepthB);
        }
    }
}
