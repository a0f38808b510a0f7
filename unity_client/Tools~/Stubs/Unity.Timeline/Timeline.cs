// UnityEngine.Timeline: package com.unity.timeline 1.6.4 and 1.8.10.
using System;
using System.Collections.Generic;
using UnityEngine.Playables;

namespace UnityEngine.Timeline
{
    [Flags]
    public enum ClipCaps
    {
        None = 0, Looping = 1, Extrapolation = 2, ClipIn = 4, SpeedMultiplier = 8, Blending = 16, AutoScale = 40, All = ~0,
    }

    public interface ITimelineClipAsset
    {
        ClipCaps clipCaps { get; }
    }

    public interface IPropertyCollector
    {
        void AddFromName<T>(GameObject obj, string name) where T : Component;
        void AddFromName<T>(string name) where T : Component;
    }

    public interface IPropertyPreview
    {
        void GatherProperties(PlayableDirector director, IPropertyCollector driver);
    }

    [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
    public class TrackClipTypeAttribute : Attribute
    {
        public extern TrackClipTypeAttribute(Type clipClass);
    }

    [AttributeUsage(AttributeTargets.Class)]
    public class TrackBindingTypeAttribute : Attribute
    {
        public extern TrackBindingTypeAttribute(Type type);
    }

    [AttributeUsage(AttributeTargets.Class)]
    public class TrackColorAttribute : Attribute
    {
        public extern TrackColorAttribute(float r, float g, float b);
    }

    [Serializable]
    public class TimelineClip
    {
        public extern Object asset { get; set; }
        public extern string displayName { get; set; }
        public extern double start { get; set; }
        public extern double duration { get; set; }
        public extern double end { get; }
        public extern double clipIn { get; set; }
        public extern double timeScale { get; set; }
        public extern double easeInDuration { get; set; }
        public extern double easeOutDuration { get; set; }
        public extern double ToLocalTime(double time);
    }

    [Serializable]
    public abstract class TrackAsset : PlayableAsset, IPropertyPreview
    {
        public sealed override extern double duration { get; }
        public sealed override extern Playable CreatePlayable(PlayableGraph graph, GameObject go);
        public extern IEnumerable<TimelineClip> GetClips();
        public extern TimelineClip CreateDefaultClip();
        public virtual extern Playable CreateTrackMixer(PlayableGraph graph, GameObject go, int inputCount);
        public virtual extern void GatherProperties(PlayableDirector director, IPropertyCollector driver);
        protected virtual extern Playable CreatePlayable(PlayableGraph graph, GameObject gameObject, TimelineClip clip);
        protected virtual extern void OnCreateClip(TimelineClip clip);
    }
}
