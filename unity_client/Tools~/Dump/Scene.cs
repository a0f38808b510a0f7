using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Ani3d.Dump
{
    /// <summary>Clips, times and shares of the frame that is written. Time stands still in it.</summary>
    internal sealed class Scene
    {
        private readonly PlayableAvatar _avatar;
        private readonly List<Over> _over = new List<Over>();
        private string _clip;
        private double _timeS;

        /// <summary>The first clip at its beginning.</summary>
        public Scene(PlayableAvatar avatar)
        {
            _avatar = avatar;
            _clip = avatar.Package.Manifest.Clips.Count > 0 ? avatar.Package.Manifest.Clips[0].Name : null;
        }

        /// <summary>Takes an option and its values from the front; false where there is no such option.</summary>
        public bool Take(Queue<string> arguments)
        {
            switch (arguments.Dequeue())
            {
                case "--clip" when arguments.Count > 0:
                    _clip = arguments.Dequeue();
                    return true;
                case "--time" when arguments.Count > 0:
                    _timeS = Number(arguments.Dequeue());
                    return true;
                case "--over" when arguments.Count > 2:
                    _over.Add(new Over(arguments.Dequeue(), Number(arguments.Dequeue()), Number(arguments.Dequeue())));
                    return true;
                case "--mask" when arguments.Count > 0 && _over.Count > 0:
                    _over[_over.Count - 1].Joints = arguments.Dequeue().Split(',');
                    return true;
                default:
                    return false;
            }
        }

        /// <summary>What the GPU needs of it.</summary>
        public GpuFrame Shown()
        {
            var player = new ClipPlayer(_avatar) { Rate = 0 };
            if (_clip == null)
            {
                return player.Frame;
            }
            player.Play(_clip, 0, _timeS);
            player.UpdateAndWait(0);
            foreach (var over in _over)
            {
                Lay(player, over);
            }
            return player.Frame;
        }

        private void Lay(ClipPlayer player, Over over)
        {
            if (over.Joints == null)
            {
                // The time at which a fade of a second has come to the share.
                player.Play(over.Clip, 1, over.TimeS);
                player.UpdateAndWait(0);
                player.UpdateAndWait(TimeOf(over.Share));
                return;
            }
            var weights = Enumerable.Repeat(1.0, over.Joints.Length).ToArray();
            var layer = player.AddLayer(
                _avatar.Package.Manifest.FindClip(over.Clip), _avatar.MaskOf(over.Joints, weights), 0, over.TimeS, 0);
            layer.Weight = over.Share;
            player.UpdateAndWait(0);
        }

        private static double TimeOf(double share)
        {
            double low = 0, high = 1;
            for (var round = 0; round < 60; round++)
            {
                var middle = (low + high) / 2;
                (low, high) = middle * middle * (3 - 2 * middle) < share ? (middle, high) : (low, middle);
            }
            return high;
        }

        private static double Number(string text)
        {
            return double.Parse(text, CultureInfo.InvariantCulture);
        }

        private sealed class Over
        {
            public Over(string clip, double timeS, double share)
            {
                Clip = clip;
                TimeS = timeS;
                Share = share;
            }

            public string Clip { get; }

            public double TimeS { get; }

            public double Share { get; }

            public string[] Joints { get; set; }
        }
    }
}
