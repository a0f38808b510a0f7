using System;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine;
using UnityEngine.Events;

namespace Ani3d
{
    /// <summary>
    /// Shows a live session of a server on a <see cref="GaussianAvatar"/>: fetches the avatar's package where it has none, watches
    /// the session, and goes on after losses. Cloth and hair come with the frames: the server's driver moves them.
    /// </summary>
    [AddComponentMenu("ani3d/Live Avatar")]
    [DisallowMultipleComponent]
    [RequireComponent(typeof(GaussianAvatar))]
    public sealed class LiveAvatar : MonoBehaviour, IDrivenPoseSource
    {
        [SerializeField]
        private ServerEndpoint server = new ServerEndpoint();

        [SerializeField, Tooltip("The session to watch, as its publisher named it. Empty to connect by a script.")]
        private string session = string.Empty;

        [SerializeField, Tooltip("Whether a session that is not there yet is waited for.")]
        private bool waitsForSession = true;

        [SerializeField, Tooltip("The state of the connection has changed.")]
        private StateEvent onStateChanged = new StateEvent();

        private GaussianAvatar _avatar;
        private Client _client;
        private LiveWatch _watch;
        private CancellationTokenSource _finding;
        private StreamedFrame _frame;
        private string _watchedDigest;
        private bool _isFirst;

        /// <summary>The state of the connection has changed, with the refusal that led to it or null.</summary>
        public event Action<ConnectionState, RefusalException> StateChanged;

        /// <summary>The publisher's state has changed.</summary>
        public event Action<SourceState> SourceChanged;

        /// <summary>The server. What is changed holds from the next <see cref="Connect"/> on.</summary>
        public ServerEndpoint Server => server;

        /// <summary>The session to watch. What is changed holds from the next <see cref="Connect"/> on.</summary>
        public string Session
        {
            get => session;
            set => session = value;
        }

        /// <summary>How the connection is doing.</summary>
        public ConnectionState State { get; private set; } = ConnectionState.Closed;

        /// <summary>How the publisher is doing, as the server last said.</summary>
        public SourceState Source { get; private set; } = SourceState.Waiting;

        /// <summary>Why the connection was lost or refused; null where it was not.</summary>
        public RefusalException Refusal { get; private set; }

        /// <summary>Session time of the pose that is shown, seconds; NaN before the first.</summary>
        public double ShownTimeS => _frame == null ? double.NaN : _frame.TimeS;

        /// <summary>Connects anew, with what server, token and session are now.</summary>
        public void Connect()
        {
            Disconnect();
            if (!isActiveAndEnabled)
            {
                return;
            }
            Tell(ConnectionState.Connecting, null);
            try
            {
                _client = server.Connect();
            }
            catch (RefusalException refusal)
            {
                Tell(ConnectionState.Closed, refusal);
                return;
            }
            if (_avatar.Package != null)
            {
                Watch(_avatar);
            }
            else if (_avatar.State != AvatarState.Loading)
            {
                _finding = new CancellationTokenSource();
                FindPackage(_client, _finding.Token);
            }
        }

        /// <summary>Hangs up. The avatar keeps its last pose.</summary>
        public void Disconnect()
        {
            StopWatching();
            HangUp();
            if (State != ConnectionState.Closed)
            {
                Tell(ConnectionState.Closed, null);
            }
        }

        /// <inheritdoc/>
        bool IPoseSource.TryRead(AvatarFrame pose, out double timeS, out bool isDiscontinuous)
        {
            timeS = 0;
            isDiscontinuous = false;
            if (_watch == null || !_watch.TryTake(ref _frame) || _frame.Light == null)
            {
                return false;
            }
            pose.TakeMotion(_frame.Light);
            timeS = _frame.TimeS;
            isDiscontinuous = _isFirst;
            _isFirst = false;
            return true;
        }

        private void OnEnable()
        {
            _avatar = GetComponent<GaussianAvatar>();
            _avatar.Loaded += Watch;
            _avatar.Refused += GiveUp;
            _avatar.PoseSource = this;
            if (session.Length > 0)
            {
                Connect();
            }
        }

        // Also before a reload of the domain: threads would outlive it.
        private void OnDisable()
        {
            Disconnect();
            _avatar.Loaded -= Watch;
            _avatar.Refused -= GiveUp;
            if (ReferenceEquals(_avatar.PoseSource, this))
            {
                _avatar.PoseSource = null;
            }
        }

        private void Update()
        {
            _watch?.Poll();
        }

        // Of an avatar without a package: that of the session's avatar, from the same server.
        private void FindPackage(Client client, CancellationToken cancellation)
        {
            var finding = client.Live.FindAsync(session, waitsForSession, cancellation);
            finding.ContinueWith(
                found => Found(found, cancellation), CancellationToken.None, TaskContinuationOptions.None,
                TaskScheduler.FromCurrentSynchronizationContext());
        }

        private void Found(Task<LiveListing> found, CancellationToken cancellation)
        {
            if (cancellation.IsCancellationRequested || this == null)
            {
                return;
            }
            if (found.Status != TaskStatus.RanToCompletion)
            {
                var error = found.Exception?.InnerException ?? new TaskCanceledException(found);
                HangUp();
                Tell(ConnectionState.Closed, error as RefusalException ?? new RefusalException(
                    RefusalCodes.ServiceFailed, server.Address, error.Message, "the session's avatar", "Report this.", error));
                return;
            }
            if (_avatar.Package != null || _avatar.State == AvatarState.Loading)
            {
                // It has one of its own, whose loading began after the connection.
                return;
            }
            // Its own events tell when it is loaded, or refused.
            _avatar.Load(new ServerSource(server, found.Result.AvatarId));
        }

        private void Watch(GaussianAvatar avatar)
        {
            if (_client == null || (_watch != null && avatar.Package.Digest == _watchedDigest))
            {
                return;
            }
            // Another package was loaded meanwhile: frames come for the one that is shown.
            StopWatching();
            if (avatar.Package.Digest != _watchedDigest)
            {
                _frame = null;
                _watchedDigest = avatar.Package.Digest;
            }
            var (client, id, held) = (_client, session, new HeldPackage(avatar.Package, avatar.Player.Avatar.Model));
            _isFirst = true;
            _watch = new LiveWatch(
                async cancel => new SubscriptionFeed(await client.Live.SubscribeAsync(
                    id, FrameForm.Light, package: held, cancel: cancel).ConfigureAwait(false)),
                waitsForSession);
            _watch.StateChanged += Tell;
            _watch.SourceChanged += TellSource;
        }

        // Without a package there is nothing to show; another Connect tries again.
        private void GiveUp(GaussianAvatar avatar, RefusalException why)
        {
            if (_client == null || _watch != null || avatar.Package != null)
            {
                return;
            }
            HangUp();
            Tell(ConnectionState.Closed, why);
        }

        private void StopWatching()
        {
            if (_watch != null)
            {
                _watch.StateChanged -= Tell;
                _watch.SourceChanged -= TellSource;
                _watch.Dispose();
                _watch = null;
            }
        }

        private void HangUp()
        {
            _finding?.Cancel();
            _finding = null;
            _client?.Dispose();
            _client = null;
        }

        // What a server or a decoder says, and what to do about it here.
        private RefusalException Explained(RefusalException why)
        {
            string fix;
            switch (why?.Code)
            {
                case RefusalCodes.TokenMissing:
                    fix = "Set Server.Token by a script, then Connect(). It is kept nowhere: set it again where scripts were compiled "
                        + "in play mode.";
                    break;
                case RefusalCodes.ServiceDigestChanged:
                    fix = $"The session {session} shows another package than {name}, which stays as it was. Call Unload() of its "
                        + "Gaussian Avatar, then Connect(): the session's package is fetched. Or load that package, or name another "
                        + "session.";
                    break;
                default:
                    return why;
            }
            return new RefusalException(why.Code, why.Subject, why.Found, why.Expected, fix, why);
        }

        private void Tell(ConnectionState state, RefusalException why)
        {
            why = Explained(why);
            State = state;
            Refusal = why;
            if (why != null && state == ConnectionState.Closed)
            {
                Debug.LogError($"{name}: {why.Message}", this);
            }
            StateChanged?.Invoke(state, why);
            onStateChanged.Invoke(state);
        }

        private void TellSource(SourceState source)
        {
            Source = source;
            SourceChanged?.Invoke(source);
        }

        /// <summary>The event of the inspector.</summary>
        [Serializable]
        public sealed class StateEvent : UnityEvent<ConnectionState>
        {
        }
    }
}
