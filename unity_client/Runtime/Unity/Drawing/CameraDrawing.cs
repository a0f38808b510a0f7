using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Ani3d
{
    /// <summary>
    /// What one camera keeps from frame to frame, and how its picture is recorded: all avatars in one depth order. It serves
    /// every render pipeline.
    /// </summary>
    internal sealed class CameraDrawing : IDisposable
    {
        private const int EyesAtMost = 2;
        private static readonly Color Nothing = new Color(0, 0, 0, 0);
        private readonly SplatOrder _order = new SplatOrder();
        private readonly PictureTargets _targets = new PictureTargets();
        private readonly MaterialPropertyBlock[] _ofEyes = { new MaterialPropertyBlock(), new MaterialPropertyBlock() };
        private readonly Vector4[] _toCamera = new Vector4[3 * EyesAtMost];
        private readonly Vector4[] _lens = new Vector4[EyesAtMost];
        private readonly Vector4[] _picture = new Vector4[EyesAtMost];
        private readonly Vector4[] _toTarget = new Vector4[EyesAtMost];
        private List<SeenAvatar> _seen = new List<SeenAvatar>();
        private List<SeenAvatar> _seenBefore = new List<SeenAvatar>();
        private CameraPicture _pictureBefore;
        private bool _isSorted;

        /// <summary>The frame in which it was last used.</summary>
        public int LastFrame { get; set; }

        /// <summary>Gaussians that were drawn last, seen or not.</summary>
        public int Count { get; private set; }

        /// <summary>Whether views and order were worked out anew when it was last recorded.</summary>
        public bool WasSorted { get; private set; }

        /// <summary>Records the picture of some avatars.</summary>
        /// <param name="commands">to be added to.</param>
        /// <param name="picture">the camera's.</param>
        /// <param name="avatars">all there are; those out of sight are left out.</param>
        /// <param name="kernels">of this run.</param>
        /// <param name="settings">how it is composited.</param>
        public void Record(
            CommandBuffer commands, in CameraPicture picture, List<DrawnAvatar> avatars, DrawingKernels kernels,
            DrawingSettings settings)
        {
            WasSorted = false;
            Count = See(picture, avatars, out var range);
            if (Count == 0 || picture.Width <= 0 || picture.Height <= 0)
            {
                return;
            }
            commands.BeginSample("ani3d");
            var isNew = _order.Reserve(Count, picture.Eyes);
            if (isNew || !_isSorted || !IsAsBefore(picture))
            {
                RecordViews(commands, picture, kernels, range);
                _order.Sort(commands, kernels, Count);
                (_seen, _seenBefore) = (_seenBefore, _seen);
                _pictureBefore = picture;
                WasSorted = _isSorted = true;
            }
            RecordPicture(commands, picture, kernels, settings);
            commands.EndSample("ani3d");
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _order.Dispose();
            _targets.Dispose();
            _seen.Clear();
            _seenBefore.Clear();
            _isSorted = false;
        }

        // Which avatars are in sight, and where their Gaussians begin.
        private int See(in CameraPicture picture, List<DrawnAvatar> avatars, out KeyRange range)
        {
            _seen.Clear();
            range = default;
            var first = 0;
            foreach (var avatar in avatars)
            {
                if (!avatar.IsShown || (picture.Camera.cullingMask & (1 << avatar.Layer)) == 0)
                {
                    continue;
                }
                var left = EyeOf(picture, avatar.ToWorld, picture.View, picture.Projection);
                var right = picture.Eyes < 2
                    ? left : EyeOf(picture, avatar.ToWorld, picture.SecondView, picture.SecondProjection);
                if (!avatar.Bounds.IsInSight(left) && (picture.Eyes < 2 || !avatar.Bounds.IsInSight(right)))
                {
                    continue;
                }
                avatar.HeightPx = Math.Max(avatar.HeightPx, avatar.Bounds.HeightInPicture(left));
                var (near, far) = avatar.Bounds.DepthsOf(picture.Eyes < 2 ? left : EyeView.Between(left, right));
                range.Add(near, far, left.Lens.IsOrthographic);
                _seen.Add(new SeenAvatar
                {
                    Avatar = avatar,
                    Version = avatar.Version,
                    Count = avatar.Count,
                    First = first,
                    ToWorld = avatar.ToWorld,
                    Left = left,
                    Right = right,
                });
                first += avatar.Count;
            }
            return first;
        }

        /// <summary>How an eye sees an avatar.</summary>
        public static EyeView EyeOf(in CameraPicture picture, Matrix4x4 toWorld, Matrix4x4 view, Matrix4x4 projection)
        {
            // Into a texture, always: our own. What lies on its head is told by _ToTarget alone.
            var inTarget = GL.GetGPUProjectionMatrix(projection, true);
            return EyeView.Of(
                EngineMatrices.Of(view), EngineMatrices.Of(toWorld), EngineMatrices.Of(projection),
                EngineMatrices.Of(inTarget), picture.Width, picture.Height);
        }

        private bool IsAsBefore(in CameraPicture picture)
        {
            if (!picture.SeesAs(_pictureBefore) || _seen.Count != _seenBefore.Count)
            {
                return false;
            }
            for (var i = 0; i < _seen.Count; i++)
            {
                if (!_seen[i].LooksAs(_seenBefore[i]))
                {
                    return false;
                }
            }
            return true;
        }

        private void RecordViews(CommandBuffer commands, in CameraPicture picture, DrawingKernels kernels, KeyRange range)
        {
            var view = kernels.View;
            var limits = new Vector4(
                picture.Camera.nearClipPlane, picture.Camera.farClipPlane, (float)range.NearM, (float)range.FarM);
            foreach (var seen in _seen)
            {
                SetEye(0, seen.Left);
                SetEye(1, seen.Right);
                view.Set(commands, ShaderIds.Gaussians, seen.Count);
                view.Set(commands, ShaderIds.First, seen.First);
                view.Set(commands, ShaderIds.AllGaussians, Count);
                view.Set(commands, ShaderIds.Eyes, picture.Eyes);
                view.Set(commands, ShaderIds.Degree, seen.Avatar.Degree);
                view.Set(commands, ShaderIds.Orthographic, seen.Left.Lens.IsOrthographic ? 1 : 0);
                view.Set(commands, ShaderIds.ToCamera, _toCamera);
                view.Set(commands, ShaderIds.Lens, _lens);
                view.Set(commands, ShaderIds.Picture, _picture);
                view.Set(commands, ShaderIds.Range, limits);
                view.Set(commands, ShaderIds.TintFactors, seen.Avatar.Tint);
                view.Set(commands, ShaderIds.Posed, seen.Avatar.Posed);
                view.Set(commands, ShaderIds.Harmonics, seen.Avatar.Harmonics);
                view.Set(commands, ShaderIds.Views, _order.Views);
                view.Set(commands, ShaderIds.Keys, _order.Keys);
                view.Set(commands, ShaderIds.Order, _order.Order);
                view.DispatchThreads(commands, seen.Count);
            }
        }

        private void SetEye(int eye, in EyeView view)
        {
            for (var row = 0; row < 3; row++)
            {
                _toCamera[3 * eye + row] = EngineMatrices.Row(view.ToCamera, row);
            }
            var lens = view.Lens;
            _lens[eye] = new Vector4((float)lens.FocalX, (float)lens.FocalY, (float)lens.CentreX, (float)lens.CentreY);
            _picture[eye] = new Vector4(lens.WidthPx, lens.HeightPx, (float)view.DepthA, (float)view.DepthB);
        }

        private void RecordPicture(
            CommandBuffer commands, in CameraPicture picture, DrawingKernels kernels, DrawingSettings settings)
        {
            var overScene = settings.MixAsDisplayed && settings.IsLinear && picture.IsReadable;
            _targets.Reserve(picture, overScene);
            var material = kernels.Material(picture.IsArray);
            // The pipeline may double draws for the eyes of a headset; here each eye is drawn by itself.
            commands.SetInstanceMultiplier(1);
            commands.SetGlobalTexture(ShaderIds.Source, picture.Colour);
            for (var eye = 0; eye < picture.Eyes; eye++)
            {
                var properties = PropertiesOf(eye, picture, settings, overScene);
                commands.SetRenderTarget(PictureTargets.Slice(_targets.Drawn, eye));
                commands.ClearRenderTarget(RTClearFlags.ColorDepth, Nothing, 1, 0);
                DrawTriangle(commands, material, SplatPass.SceneDepth, properties);
                commands.DrawProceduralIndirect(
                    Matrix4x4.identity, material, SplatPass.Gaussians, MeshTopology.Triangles, _order.Arguments, 0, properties);
                if (overScene)
                {
                    commands.SetRenderTarget(PictureTargets.Slice(_targets.Scene, eye));
                    DrawTriangle(commands, material, SplatPass.SceneColour, properties);
                }
                commands.SetRenderTarget(
                    PictureTargets.Slice(picture.Colour, eye), PictureTargets.Slice(picture.Depth, eye));
                commands.SetViewport(new Rect(0, 0, picture.Width, picture.Height));
                DrawTriangle(
                    commands, material, overScene ? SplatPass.CompositeOverScene : SplatPass.Composite, properties);
            }
            // As the pipeline had it: all slices.
            commands.SetRenderTarget(PictureTargets.Slice(picture.Colour, -1), PictureTargets.Slice(picture.Depth, -1));
            commands.SetViewport(new Rect(0, 0, picture.Width, picture.Height));
            commands.SetInstanceMultiplier(picture.Eyes > 1 && !SystemInfo.supportsMultiview ? (uint)picture.Eyes : 1);
        }

        private MaterialPropertyBlock PropertiesOf(
            int eye, in CameraPicture picture, DrawingSettings settings, bool overScene)
        {
            var properties = _ofEyes[eye];
            _toTarget[eye] = ToTarget(picture.Width, picture.Height);
            properties.SetVectorArray(ShaderIds.ToTarget, _toTarget);
            properties.SetBuffer(ShaderIds.Views, _order.Views);
            properties.SetBuffer(ShaderIds.Order, _order.Order);
            properties.SetInteger(ShaderIds.AllGaussians, Count);
            properties.SetInteger(ShaderIds.Eye, eye);
            properties.SetInteger(ShaderIds.LinearTarget, settings.IsLinear ? 1 : 0);
            // Where the camera's target lies the other way about, rows are read from the other end.
            properties.SetInteger(
                ShaderIds.LastRow, picture.IsFlipped == SystemInfo.graphicsUVStartsAtTop ? -1 : picture.Height - 1);
            properties.SetTexture(ShaderIds.Drawn, _targets.Drawn);
            properties.SetTexture(ShaderIds.Scene, overScene ? _targets.Scene : _targets.Drawn);
            return properties;
        }

        // The one place that decides which way up Gaussians are drawn: a texture's first row is the lowest of the picture
        // where texture coordinates begin at the top, as the engine's own flipped projections have it.
        private static Vector4 ToTarget(int width, int height)
        {
            var up = SystemInfo.graphicsUVStartsAtTop ? -1f : 1f;
            return new Vector4(2f / width, -2f * up / height, -1, up);
        }

        private static void DrawTriangle(
            CommandBuffer commands, Material material, int pass, MaterialPropertyBlock properties)
        {
            commands.DrawProcedural(Matrix4x4.identity, material, pass, MeshTopology.Triangles, 3, 1, properties);
        }
    }
}
