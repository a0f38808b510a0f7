using UnityEngine;

namespace Ani3d.Samples
{
    /// <summary>Buttons for the clips of a package, with a crossfade; sliders for speed, cloth and hair, and light.</summary>
    [RequireComponent(typeof(GaussianAvatar))]
    public sealed class DancerSample : MonoBehaviour
    {
        private const float Width = 260;

        [SerializeField, Tooltip("Seconds of a crossfade.")]
        private float fade = 0.4f;

        private GaussianAvatar _avatar;

        private void OnEnable()
        {
            _avatar = GetComponent<GaussianAvatar>();
        }

        private void OnGUI()
        {
            GUILayout.BeginArea(new Rect(12, 12, Width, 420));
            if (_avatar.State != AvatarState.Ready)
            {
                GUILayout.Label(_avatar.Refusal == null ? _avatar.State.ToString() : _avatar.Refusal.Message);
                GUILayout.EndArea();
                return;
            }
            GUILayout.Label($"{_avatar.Clip}  {_avatar.Time:0.00} s  {_avatar.GaussianCount:N0} Gaussians");
            foreach (var clip in _avatar.Package.Manifest.Clips)
            {
                if (GUILayout.Button(clip.Name))
                {
                    _avatar.Play(clip.Name, fade);
                }
            }
            GUILayout.Label($"Crossfade {fade:0.0} s");
            fade = GUILayout.HorizontalSlider(fade, 0, 2);
            GUILayout.Label($"Speed {_avatar.Speed:0.0}");
            _avatar.Speed = GUILayout.HorizontalSlider(_avatar.Speed, -2, 2);
            GUILayout.Label("Cloth and hair: rigid … as baked");
            _avatar.Residual = GUILayout.HorizontalSlider(_avatar.Residual, 0, 1);
            GUILayout.Label($"Exposure {_avatar.Exposure:0.0} stops");
            _avatar.Exposure = GUILayout.HorizontalSlider(_avatar.Exposure, -2, 2);
            GUILayout.EndArea();
        }
    }
}
