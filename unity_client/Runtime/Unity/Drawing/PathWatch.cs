namespace Ani3d
{
    /// <summary>Notices where no render path draws avatars, which is told once.</summary>
    internal sealed class PathWatch
    {
        private const int Patience = 120;
        private int _begunFrame;
        private int _missing;
        private int _lastMissing = -1;
        private bool _isTold;

        /// <summary>Begins to wait.</summary>
        public void Restart(int frame)
        {
            _begunFrame = frame;
            _missing = 0;
            _isTold = false;
        }

        /// <summary>A camera has asked whether there is anything to draw.</summary>
        /// <param name="frame">when.</param>
        /// <param name="draws">whether there is.</param>
        public void Begun(int frame, bool draws)
        {
            _begunFrame = frame;
            if (draws && frame != _lastMissing)
            {
                _missing++;
                _lastMissing = frame;
            }
        }

        /// <summary>A camera has drawn.</summary>
        public void Recorded()
        {
            _missing = 0;
        }

        /// <summary>Whether nothing has been drawn for long; only once.</summary>
        /// <param name="frame">now.</param>
        /// <param name="why">what was not done, and what to do.</param>
        public bool IsSilent(int frame, out string why)
        {
            why = _missing > Patience
                ? "a render path began and did not draw them. In URP of Unity 6, turn Compatibility Mode (Render Graph Disabled) "
                    + "off in Project Settings > Graphics."
                : frame - _begunFrame > Patience
                    ? "no camera of a known render pipeline asks for them. Expected the built-in pipeline, URP 12 or HDRP 12 and "
                        + "newer; pipelines of your own call AvatarDrawing.Begin and AvatarDrawing.Record."
                    : null;
            var isSilent = why != null && !_isTold;
            _isTold |= isSilent;
            return isSilent;
        }
    }
}
