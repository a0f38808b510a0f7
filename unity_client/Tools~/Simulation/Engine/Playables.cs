// Playables, as far as a mixer asks: inputs with weights and times, which a test sets.
using System;
using System.Collections.Generic;

namespace UnityEngine.Playables
{
    public interface IPlayableBehaviour
    {
    }

    public abstract class PlayableBehaviour : IPlayableBehaviour
    {
        public virtual void ProcessFrame(Playable playable, FrameData info, object playerData)
        {
        }

        public virtual void OnGraphStop(Playable playable)
        {
        }

        public virtual void OnPlayableDestroy(Playable playable)
        {
        }
    }

    public struct FrameData
    {
        public float deltaTime { get; set; }
    }

    /// <summary>What a Playable refers to.</summary>
    public sealed class PlayableNode
    {
        public IPlayableBehaviour Behaviour;
        public double Time;
        public float Weight = 1;
        public List<PlayableNode> Inputs = new List<PlayableNode>();
    }

    public struct Playable
    {
        public PlayableNode Node;

        public Type GetPlayableType()
        {
            return Node.Behaviour.GetType();
        }
    }

    public struct ScriptPlayable<T>
        where T : class, IPlayableBehaviour
    {
        private Playable _playable;

        public T GetBehaviour()
        {
            return (T)_playable.Node.Behaviour;
        }

        public static explicit operator ScriptPlayable<T>(Playable playable)
        {
            return new ScriptPlayable<T> { _playable = playable };
        }
    }

    public static class PlayableExtensions
    {
        public static bool IsValid(this Playable playable)
        {
            return playable.Node != null;
        }

        public static int GetInputCount(this Playable playable)
        {
            return playable.Node.Inputs.Count;
        }

        public static Playable GetInput(this Playable playable, int number)
        {
            return new Playable { Node = playable.Node.Inputs[number] };
        }

        public static float GetInputWeight(this Playable playable, int number)
        {
            return playable.Node.Inputs[number]?.Weight ?? 0;
        }

        public static double GetTime(this Playable playable)
        {
            return playable.Node.Time;
        }
    }
}
