using UnityEngine;

namespace Ani3d.Samples
{
    /// <summary>Asks for a server, a session and a token, and shows the session and how the connection is doing.</summary>
    [RequireComponent(typeof(LiveAvatar))]
    public sealed class LiveSample : MonoBehaviour
    {
        private LiveAvatar _live;
        private GaussianAvatar _avatar;
        private string _token = string.Empty;

        private void OnEnable()
        {
            _live = GetComponent<LiveAvatar>();
            _avatar = GetComponent<GaussianAvatar>();
            _live.StateChanged += Tell;
        }

        private void OnDisable()
        {
            _live.StateChanged -= Tell;
        }

        private void Tell(ConnectionState state, RefusalException why)
        {
            Debug.Log(why == null ? state.ToString() : $"{state}: {why.Message}", this);
        }

        private void OnGUI()
        {
            GUILayout.BeginArea(new Rect(12, 12, 320, 320));
            GUILayout.Label("Server (host:port)");
            _live.Server.Address = GUILayout.TextField(_live.Server.Address);
            GUILayout.Label("Session");
            _live.Session = GUILayout.TextField(_live.Session);
            GUILayout.Label("Token, where the server wants one");
            _token = GUILayout.PasswordField(_token, '*');
            _live.Server.Tls = GUILayout.Toggle(_live.Server.Tls, "TLS");
            if (GUILayout.Button("Connect"))
            {
                _live.Server.Token = _token;
                _live.Connect();
            }
            GUILayout.Label($"{_live.State}, publisher {_live.Source}");
            GUILayout.Label($"{_avatar.State}, {_avatar.GaussianCount:N0} Gaussians");
            if (_live.Refusal != null)
            {
                GUILayout.Label(_live.Refusal.Message);
            }
            GUILayout.EndArea();
        }
    }
}
