using System;
using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// A Gaussian human of an .a3d package: plays its clips, or shows poses of another source, and is drawn by every camera of
    /// every render pipeline. Avatars of one package share its buffers. It faces +Z of its object, and stands on it.
    /// </summary>
    /// <remarks>Main thread alone. Nothing is allocated from frame to frame once it plays.</remarks>
    [ExecuteAlways]
    [DisallowMultipleComponent]
    [DefaultExecutionOrder(1000)]
    [AddComponentMenu("ani3d/Gaussian Avatar")]
    public sealed partial class GaussianAvatar : MonoBehaviour
    {
        private const double LongestStepS = 0.5;

        [SerializeField, Tooltip("An imported .a3d. Leave it empty where a script loads one.")]
        private AvatarAsset asset = default;

        [SerializeField, Tooltip("Name of the clip to begin with; the first one where it is empty.")]
        private string clip = string.Empty;

        [SerializeField, Tooltip("The time of the clip to begin at, seconds. It is what is shown while editing.")]
        private float startTime = 0;

        [SerializeField, Tooltip("Seconds of the clip a second; negative to go backwards.")]
        private float speed = 1;

        [SerializeField]
        private AvatarLoop loop = AvatarLoop.AsClip;

        [SerializeField, Tooltip("What becomes of the root's way over the ground.")]
        private AvatarRoot root = AvatarRoot.AsClip;

        [SerializeField]
        private AvatarTime clock = AvatarTime.Game;

        [SerializeField, Range(0, 2), Tooltip("Cloth and hair: 0 is the rigid layer alone, 1 what the clip has.")]
        private float residual = 1;

        [SerializeField, Tooltip("Level of detail; -1 for the one that its size in the picture asks for.")]
        private int level = -1;

        [SerializeField, Min(0), Tooltip("Multiplies the number of Gaussians that its size in the picture asks for.")]
        private float quality = 1;

        [SerializeField]
        private Color tint = new Color(1, 1, 1, 1);

        [SerializeField, Tooltip("Stops: 1 doubles the light.")]
        private float exposure = 0;

        [SerializeField, Tooltip("Takes the light of the place that it stands in from light probes.")]
        private bool lightProbes = false;

        private readonly AvatarLight _light = new AvatarLight();
        private readonly AvatarJoints _joints = new AvatarJoints();
        private readonly AvatarSteps _steps = new AvatarSteps();
        private PackageSource _source;
        private AvatarAsset _ofAsset;
        private SharedAvatar _shared;
        private AvatarShow _show;
        private IPoseSource _poses;
        private bool _isChanged;
        private double _tickS;
        private int _refusedFrame;

        /// <summary>A package was loaded and is shown from now on.</summary>
        public event Action<GaussianAvatar> Loaded;

        /// <summary>A package, a clip or a pose was refused. What was shown before goes on.</summary>
        public event Action<GaussianAvatar, RefusalException> Refused;

        /// <summary>A marker of the current clip was passed.</summary>
        public event Action<GaussianAvatar, Marker> MarkerPassed;

        /// <summary>How far it is.</summary>
        public AvatarState State => _show != null ? AvatarState.Ready : Refusal != null ? AvatarState.Refused
            : _shared != null ? AvatarState.Loading : AvatarState.Empty;

        /// <summary>Why the last thing was refused, with a code and what to do; null where nothing was.</summary>
        public RefusalException Refusal { get; private set; }

        /// <summary>The package; null until it is loaded.</summary>
        public Package Package => _show?.Shared.Playable.Package;

        /// <summary>
        /// What plays clips: seeking, ranges, layers with all that they can do. Null until it is loaded.
        /// </summary>
        public ClipPlayer Player => _show?.Clips;

        /// <summary>Name of the clip that was played last; empty before.</summary>
        public string Clip => _show != null && _show.Clips.Clip >= 0
            ? Package.Manifest.Clips[_show.Clips.Clip].Name : clip;

        /// <summary>Time of the clip, seconds. Setting it goes there, which may take a moment.</summary>
        public double Time
        {
            get => _show?.Clips.TimeS ?? startTime;
            set
            {
                if (_show != null)
                {
                    _show.Clips.Seek(value);
                }
                else
                {
                    startTime = (float)value;
                }
            }
        }

        /// <summary>Seconds of the clip a second; negative to go backwards.</summary>
        public float Speed
        {
            get => speed;
            set
            {
                speed = value;
                _isChanged = true;
            }
        }

        /// <summary>Whether clips begin again at their end.</summary>
        public AvatarLoop Loop
        {
            get => loop;
            set
            {
                loop = value;
                _isChanged = true;
            }
        }

        /// <summary>What becomes of the root's way. It holds for clips that are played from now on.</summary>
        public AvatarRoot Root
        {
            get => root;
            set
            {
                root = value;
                _isChanged = true;
            }
        }

        /// <summary>Which clock it follows.</summary>
        public AvatarTime Clock
        {
            get => clock;
            set => clock = value;
        }

        /// <summary>Times the residual layer, cloth and hair: 0 is the rigid layer alone, 1 what the clip has.</summary>
        public float Residual
        {
            get => residual;
            set
            {
                residual = value;
                _isChanged = true;
            }
        }

        /// <summary>Level of detail, 0 is the coarsest; -1 for the one that its size in the picture asks for.</summary>
        public int Level
        {
            get => level;
            set
            {
                level = value;
                _isChanged = true;
            }
        }

        /// <summary>Level of detail that is shown, or gone to.</summary>
        public int ShownLevel => _show?.Level ?? 0;

        /// <summary>Gaussians that are drawn.</summary>
        public int GaussianCount => _show?.Drawn.Count ?? 0;

        /// <summary>Multiplies the number of Gaussians that its size in the picture asks for.</summary>
        public float Quality
        {
            get => quality;
            set => quality = value;
        }

        /// <summary>A colour that multiplies its light.</summary>
        public Color Tint
        {
            get => tint;
            set
            {
                tint = value;
                _isChanged = true;
            }
        }

        /// <summary>Stops: 1 doubles the light.</summary>
        public float Exposure
        {
            get => exposure;
            set
            {
                exposure = value;
                _isChanged = true;
            }
        }

        /// <summary>Whether light probes light it.</summary>
        public bool LightProbes
        {
            get => lightProbes;
            set
            {
                lightProbes = value;
                _isChanged = true;
            }
        }

        /// <summary>
        /// The root's step of the last frame in its object's space, metres, with <see cref="AvatarRoot.StepsOnly"/>.
        /// </summary>
        public Vector3 RootStep => _steps.StepM;

        /// <summary>The root's turn of the last frame about the up axis, degrees as Unity counts them.</summary>
        public float RootTurn => _steps.TurnDegrees;

        /// <summary>What it may fill in the world; empty until it is loaded.</summary>
        public Bounds Bounds => AvatarBounds.InWorld(_show?.Drawn.Bounds ?? Box.Empty, transform.localToWorldMatrix);

        /// <summary>What is loaded, for components of this package; null until it is.</summary>
        internal AvatarShow Show => _show;

        /// <summary>Plays a clip from its beginning, fading over from what is shown.</summary>
        /// <param name="name">of the clip.</param>
        /// <param name="fadeSeconds">until it alone is shown; 0 for a cut.</param>
        /// <param name="fromSeconds">the time of the clip to begin at.</param>
        public void Play(string name, float fadeSeconds = 0.25f, double fromSeconds = 0)
        {
            if (_show == null)
            {
                // Once it is loaded.
                clip = name;
                startTime = (float)fromSeconds;
                return;
            }
            _show.Clips.Play(AvatarClips.Find(_show, name, this.name), fadeSeconds, fromSeconds);
            clip = name;
        }

        /// <summary>Lays a clip over some joints, such as those of the upper body.</summary>
        /// <param name="name">of the clip.</param>
        /// <param name="mask">over which joints: <c>Player.Avatar.MaskOf</c> makes one, once.</param>
        /// <param name="fadeSeconds">until it is wholly there.</param>
        /// <returns>The layer: its weight may be changed; <see cref="StopLayer"/> takes it away.</returns>
        public Layer PlayLayer(string name, JointMask mask, float fadeSeconds = 0.25f)
        {
            if (_show == null)
            {
                throw new InvalidOperationException($"{this.name}: no package is loaded yet; wait for Loaded");
            }
            return _show.Clips.AddLayer(AvatarClips.Find(_show, name, this.name), mask, fadeSeconds);
        }

        /// <summary>Takes a layer away.</summary>
        public void StopLayer(Layer layer, float fadeSeconds = 0.25f)
        {
            if (layer != null)
            {
                _show?.Clips.RemoveLayer(layer, fadeSeconds);
            }
        }

        /// <summary>Lets time go on, where <see cref="Clock"/> is manual; the frame is made in LateUpdate.</summary>
        /// <param name="seconds">0 to make the frame anew.</param>
        public void Tick(double seconds)
        {
            _tickS += seconds;
        }

        /// <summary>
        /// A Transform that follows a joint, for props in hands: a child of this object, made when it is first asked for. Null
        /// where nothing is loaded, or there is no such joint.
        /// </summary>
        public Transform FindJoint(string name)
        {
            return _joints.Find(this, name);
        }

        private void OnEnable()
        {
            if (_source == null || asset != _ofAsset)
            {
                _source = asset ? asset.Source : null;
                _ofAsset = asset;
            }
            AvatarDrawing.Add(this);
            RenewSource();
            BeginLoading();
        }

        // Before a reload of the domain, too: what is on the GPU would be lost, not freed.
        private void OnDisable()
        {
            Close();
            AvatarDrawing.Remove(this);
        }

        private void OnDestroy()
        {
            _joints.Destroy();
        }

        // It may come at any time, off the scene too: only a note is made.
        private void OnValidate()
        {
            _isChanged = true;
        }

        private void LateUpdate()
        {
            if (_isChanged && asset != _ofAsset)
            {
                // Given in the inspector.
                Asset = asset;
            }
            if (Application.isEditor && RenewSource())
            {
                // Imported again while it is shown.
                Close();
                BeginLoading();
            }
            if (_show == null && !HasLoaded())
            {
                KeepEditorAwake(_shared != null && Refusal == null);
                return;
            }
            if (_isChanged)
            {
                _isChanged = false;
                Apply();
                if (!Application.isPlaying)
                {
                    BeginClip();
                }
            }
            Advance();
            AvatarDrawing.Watch();
            _show.FadeLevel(UnityEngine.Time.unscaledDeltaTime);
            var drawn = _show.Drawn;
            drawn.ToWorld = transform.localToWorldMatrix;
            drawn.Layer = gameObject.layer;
            if (_light.Update(drawn, tint, exposure, lightProbes, transform.position))
            {
                drawn.Version++;
            }
        }

        private void Advance()
        {
            try
            {
                if (_show.Advance(Seconds(), _poses, IsSequenced))
                {
                    _steps.Take(_show.Clips.Step, _poses == null && !IsSequenced);
                    if (root == AvatarRoot.MovesObject && Application.isPlaying)
                    {
                        _steps.Move(transform);
                    }
                    _joints.Follow(_show);
                }
                KeepEditorAwake(_show.Clips.IsWaiting);
            }
            catch (RefusalException refusal)
            {
                Tell(refusal);
            }
        }

        private double Seconds()
        {
            var seconds = !Application.isPlaying ? 0 : clock == AvatarTime.Game ? UnityEngine.Time.deltaTime
                : clock == AvatarTime.Unscaled ? UnityEngine.Time.unscaledDeltaTime : 0;
            var all = Math.Min(seconds, LongestStepS) + _tickS;
            _tickS = 0;
            return all;
        }

        private void Close()
        {
            if (_show != null)
            {
                _show.Clips.MarkerPassed -= TellMarker;
                _show.Dispose();
                _show = null;
            }
            _shared?.Release();
            _shared = null;
            Refusal = null;
        }

        // Whether loading has ended well; what is to be shown first is asked for then.
        private bool HasLoaded()
        {
            if (_shared == null || !_shared.IsLoaded || Refusal != null)
            {
                return false;
            }
            if (_shared.Error != null)
            {
                Tell(AvatarBounds.RefusalOf(_shared.Error, _source.ToString()));
                return false;
            }
            _show = new AvatarShow(_shared);
            _show.Clips.MarkerPassed += TellMarker;
            Apply();
            _show.ShowLevel(level < 0 ? int.MaxValue : level, level >= 0 || !Application.isPlaying);
            BeginClip();
            Loaded?.Invoke(this);
            return true;
        }

        private void BeginClip()
        {
            try
            {
                AvatarClips.Begin(_show, clip, startTime, name);
            }
            catch (RefusalException refusal)
            {
                Tell(refusal);
            }
        }

        private void Apply()
        {
            AvatarClips.Apply(_show.Clips, speed, loop, root);
            _show.Gain = Math.Max(residual, 0);
            if (level >= 0)
            {
                _show.ShowLevel(level, true);
            }
        }

        private void TellMarker(Marker marker)
        {
            MarkerPassed?.Invoke(this, marker);
        }

        private void Tell(RefusalException refusal)
        {
            // What is damaged is found again in each frame.
            var isAgain = Refusal?.Message == refusal.Message && UnityEngine.Time.frameCount - _refusedFrame <= 1;
            _refusedFrame = UnityEngine.Time.frameCount;
            if (isAgain)
            {
                return;
            }
            Refusal = refusal;
            Debug.LogError($"{name}: {refusal.Message}", this);
            Refused?.Invoke(this, refusal);
        }

        // While editing, nothing calls LateUpdate by itself.
        private void KeepEditorAwake(bool isWaiting)
        {
#if UNITY_EDITOR
            if (isWaiting && !Application.isPlaying)
            {
                UnityEditor.EditorApplication.QueuePlayerLoopUpdate();
            }
#endif
        }
    }
}
