// UnityEngine.Playables (com.unity.modules.director). ALL.
using System;

namespace UnityEngine.Playables
{
    public interface IPlayable
    {
    }

    public interface IPlayableBehaviour
    {
        void OnGraphStart(Playable playable);
        void OnGraphStop(Playable playable);
        void OnPlayableCreate(Playable playable);
        void OnPlayableDestroy(Playable playable);
        void OnBehaviourPlay(Playable playable, FrameData info);
        void OnBehaviourPause(Playable playable, FrameData info);
        void PrepareFrame(Playable playable, FrameData info);
        void ProcessFrame(Playable playable, FrameData info, object playerData);
    }

    public abstract class PlayableBehaviour : IPlayableBehaviour, ICloneable
    {
        public virtual extern void OnGraphStart(Playable playable);
        public virtual extern void OnGraphStop(Playable playable);
        public virtual extern void OnPlayableCreate(Playable playable);
        public virtual extern void OnPlayableDestroy(Playable playable);
        public virtual extern void OnBehaviourPlay(Playable playable, FrameData info);
        public virtual extern void OnBehaviourPause(Playable playable, FrameData info);
        public virtual extern void PrepareFrame(Playable playable, FrameData info);
        public virtual extern void ProcessFrame(Playable playable, FrameData info, object playerData);
        public virtual extern object Clone();
    }

    public struct FrameData
    {
        public extern float deltaTime { get; }
        public extern float weight { get; }
        public extern float effectiveWeight { get; }
        public extern bool seekOccurred { get; }
        public extern bool timeLooped { get; }
    }

    public struct Playable : IPlayable, IEquatable<Playable>
    {
        public static extern Playable Null { get; }
        public extern bool Equals(Playable other);
        public extern Type GetPlayableType();
    }

    public static class PlayableExtensions
    {
        public static extern bool IsValid<U>(this U playable) where U : struct, IPlayable;
        public static extern PlayableGraph GetGraph<U>(this U playable) where U : struct, IPlayable;
        public static extern double GetTime<U>(this U playable) where U : struct, IPlayable;
        public static extern void SetTime<U>(this U playable, double value) where U : struct, IPlayable;
        public static extern double GetDuration<U>(this U playable) where U : struct, IPlayable;
        public static extern void SetDuration<U>(this U playable, double value) where U : struct, IPlayable;
        public static extern void SetSpeed<U>(this U playable, double value) where U : struct, IPlayable;
        public static extern double GetSpeed<U>(this U playable) where U : struct, IPlayable;
        public static extern int GetInputCount<U>(this U playable) where U : struct, IPlayable;
        public static extern Playable GetInput<U>(this U playable, int inputPort) where U : struct, IPlayable;
        public static extern float GetInputWeight<U>(this U playable, int inputIndex) where U : struct, IPlayable;
        public static extern void SetInputWeight<U>(this U playable, int inputIndex, float weight) where U : struct, IPlayable;
        public static extern PlayState GetPlayState<U>(this U playable) where U : struct, IPlayable;
    }

    public enum PlayState
    {
        Paused = 0, Playing = 1, Delayed = 2,
    }

    public struct ScriptPlayable<T> : IPlayable, IEquatable<ScriptPlayable<T>>
        where T : class, IPlayableBehaviour, new()
    {
        public static extern ScriptPlayable<T> Create(PlayableGraph graph, int inputCount = 0);
        public static extern ScriptPlayable<T> Create(PlayableGraph graph, T template, int inputCount = 0);
        public extern T GetBehaviour();
        public extern bool Equals(ScriptPlayable<T> other);
        public static extern implicit operator Playable(ScriptPlayable<T> playable);
        public static extern explicit operator ScriptPlayable<T>(Playable playable);
    }

    public struct PlayableGraph
    {
        public static extern PlayableGraph Create();
        public static extern PlayableGraph Create(string name);
        public extern bool IsValid();
        public extern bool IsPlaying();
        public extern void Play();
        public extern void Stop();
        public extern void Evaluate();
        public extern void Evaluate(float deltaTime);
        public extern void Destroy();
        public extern IExposedPropertyTable GetResolver();
    }

    public struct PlayableBinding
    {
    }

    public interface IPlayableAsset
    {
        Playable CreatePlayable(PlayableGraph graph, GameObject owner);
        double duration { get; }
        System.Collections.Generic.IEnumerable<PlayableBinding> outputs { get; }
    }

    [Serializable]
    public abstract class PlayableAsset : ScriptableObject, IPlayableAsset
    {
        public abstract Playable CreatePlayable(PlayableGraph graph, GameObject owner);
        public virtual extern double duration { get; }
        public virtual extern System.Collections.Generic.IEnumerable<PlayableBinding> outputs { get; }
    }

    public class PlayableDirector : Behaviour
    {
        public extern double time { get; set; }
        public extern PlayableAsset playableAsset { get; set; }
        public extern Object GetGenericBinding(Object key);
        public extern void Play();
        public extern void Evaluate();
    }
}

namespace UnityEngine
{
    public interface IExposedPropertyTable
    {
    }
}
