using UnityEngine;
using UnityEngine.Playables;

namespace Ani3d
{
    /// <summary>
    /// Mixes its inputs, <see cref="AvatarClipBehaviour"/>s, by their weights on a <see cref="GaussianAvatar"/>: the user data of
    /// the output. What is shown follows from the inputs' times and weights alone, so scrubbing goes anywhere. The avatar plays
    /// its own clips again when the graph stops.
    /// </summary>
    public sealed class AvatarMixerBehaviour : PlayableBehaviour
    {
        private GaussianAvatar _avatar;

        /// <summary>Shows one frame.</summary>
        public override void ProcessFrame(Playable playable, FrameData info, object playerData)
        {
            var avatar = playerData as GaussianAvatar;
            if (!ReferenceEquals(avatar, _avatar))
            {
                Release();
                _avatar = avatar;
            }
            if (!avatar || avatar.Sequence == null)
            {
                return;
            }
            avatar.IsSequenced = Add(playable, avatar);
            if (!avatar.IsSequenced)
            {
                return;
            }
            try
            {
                Show(avatar, info);
            }
            catch (RefusalException refusal)
            {
                // A frame that is refused leaves what is shown as it was.
                Debug.LogError($"{avatar.name}: {refusal.Message}", avatar);
            }
        }

        /// <summary>Gives the avatar back to its own clips.</summary>
        public override void OnGraphStop(Playable playable)
        {
            Release();
        }

        /// <summary>Gives the avatar back to its own clips.</summary>
        public override void OnPlayableDestroy(Playable playable)
        {
            Release();
        }

        private static bool Add(Playable playable, GaussianAvatar avatar)
        {
            var sequence = avatar.Sequence;
            var any = false;
            sequence.Clear();
            for (var number = 0; number < playable.GetInputCount(); number++)
            {
                var weight = playable.GetInputWeight(number);
                var input = playable.GetInput(number);
                if (!(weight > 0) || !input.IsValid() || input.GetPlayableType() != typeof(AvatarClipBehaviour))
                {
                    continue;
                }
                var behaviour = ((ScriptPlayable<AvatarClipBehaviour>)input).GetBehaviour();
                var clip = behaviour.NumberIn(avatar);
                if (clip >= 0)
                {
                    sequence.Add(clip, input.GetTime(), weight, behaviour.Motion);
                    any = true;
                }
            }
            return any;
        }

        private static void Show(GaussianAvatar avatar, FrameData info)
        {
            if (Application.isPlaying)
            {
                avatar.Sequence.Show(info.deltaTime >= 0);
                return;
            }
            // While editing nobody asks again: a group takes some milliseconds.
            avatar.Sequence.ShowAndWait();
#if UNITY_EDITOR
            UnityEditor.EditorApplication.QueuePlayerLoopUpdate();
#endif
        }

        private void Release()
        {
            if (_avatar)
            {
                _avatar.IsSequenced = false;
            }
            _avatar = null;
        }
    }
}
