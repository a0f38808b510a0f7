using System.Collections.Generic;
using UnityEngine;

namespace Ani3d
{
    /// <summary>Transforms that follow joints: children of the avatar's object, those alone that were asked for.</summary>
    internal sealed class AvatarJoints
    {
        private readonly List<Followed> _followed = new List<Followed>();
        private AvatarShow _show;

        /// <summary>The Transform of a joint; null where nothing is loaded, or there is no such joint.</summary>
        public Transform Find(GaussianAvatar avatar, string name)
        {
            foreach (var each in _followed)
            {
                if (each.Name == name && each.Object != null)
                {
                    return each.Object.transform;
                }
            }
            var joint = avatar.Package == null ? -1 : avatar.Package.Skeleton.FindJoint(name);
            if (joint < 0)
            {
                return null;
            }
            var made = Left(avatar.transform, name);
            if (made == null)
            {
                // Not saved with the scene: it is made again when it is asked for.
                made = new GameObject(name) { hideFlags = HideFlags.DontSave };
                made.transform.SetParent(avatar.transform, false);
            }
            var followed = new Followed { Name = name, Joint = joint, Object = made };
            _followed.Add(followed);
            Place(avatar.Show, followed);
            return made.transform;
        }

        /// <summary>Moves all of them to where joints are now.</summary>
        public void Follow(AvatarShow show)
        {
            if (!ReferenceEquals(show, _show))
            {
                _show = show;
                Renumber(show);
            }
            for (var i = _followed.Count - 1; i >= 0; i--)
            {
                if (_followed[i].Object == null)
                {
                    _followed.RemoveAt(i);
                }
                else if (_followed[i].Joint >= 0)
                {
                    Place(show, _followed[i]);
                }
            }
        }

        /// <summary>Destroys them.</summary>
        public void Destroy()
        {
            foreach (var each in _followed)
            {
                if (each.Object != null)
                {
                    DrawingKernels.Destroy(each.Object);
                }
            }
            _followed.Clear();
        }

        // What a reload of the domain has left: objects outlive it, and this list does not.
        private static GameObject Left(Transform parent, string name)
        {
            for (var child = 0; child < parent.childCount; child++)
            {
                var each = parent.GetChild(child).gameObject;
                if (each.hideFlags == HideFlags.DontSave && each.name == name)
                {
                    return each;
                }
            }
            return null;
        }

        // Another package may number its joints otherwise.
        private void Renumber(AvatarShow show)
        {
            for (var i = 0; i < _followed.Count; i++)
            {
                var each = _followed[i];
                each.Joint = show.Shared.Playable.Package.Skeleton.FindJoint(each.Name);
                _followed[i] = each;
            }
        }

        private static void Place(AvatarShow show, Followed followed)
        {
            show.PlaceOf(followed.Joint, out var place, out var rotation);
            var transform = followed.Object.transform;
            transform.localPosition = place;
            transform.localRotation = rotation;
        }

        private struct Followed
        {
            public string Name;
            public int Joint;
            public GameObject Object;
        }
    }
}
