using System;

namespace Ani3d
{
    /// <summary>Which time of a clip is shown at a time of the blend: a rate, from an anchor on, within a range.</summary>
    internal sealed class PlayClock
    {
        private double _anchorAtS;
        private double _anchorS;
        private double _lowestS = double.NegativeInfinity;
        private double _highestS = double.PositiveInfinity;
        private bool _folds;

        /// <summary>Seconds of the clip a second.</summary>
        public double Rate { get; private set; }

        /// <summary>Where its range begins, seconds.</summary>
        public double LowestS => _lowestS;

        /// <summary>How long what is shown again and again is, seconds; 0 where nothing is.</summary>
        public double FoldS => _folds ? _highestS - _lowestS : 0;

        /// <summary>Begins anew, without a range.</summary>
        public void Begin(double atS, double startS, double rate)
        {
            (_lowestS, _highestS, _folds) = (double.NegativeInfinity, double.PositiveInfinity, false);
            Rate = rate;
            Move(atS, startS);
        }

        /// <summary>Shows another time of the clip from now on.</summary>
        public void Move(double atS, double timeS)
        {
            _anchorAtS = atS;
            _anchorS = timeS;
        }

        /// <summary>Begins later by some seconds.</summary>
        public void Shift(double seconds)
        {
            _anchorAtS += seconds;
        }

        /// <summary>Whether it stands at the end of its range that it goes towards.</summary>
        public bool IsAtEnd(double atS)
        {
            return !_folds && Rate != 0 && RawAt(atS) == (Rate > 0 ? _highestS : _lowestS);
        }

        /// <summary>Runs at another rate from now on.</summary>
        public void SetRate(double atS, double rate)
        {
            Move(atS, RawAt(atS));
            Rate = rate;
        }

        /// <summary>Keeps to a part of the clip from now on.</summary>
        /// <param name="atS">now.</param>
        /// <param name="lowestS">where it begins.</param>
        /// <param name="highestS">where it ends.</param>
        /// <param name="folds">whether it begins again at its end; else it stays there.</param>
        public void SetRange(double atS, double lowestS, double highestS, bool folds)
        {
            var now = TimeAt(atS);
            (_lowestS, _highestS, _folds) = (lowestS, highestS, folds && highestS > lowestS);
            Move(atS, now);
        }

        /// <summary>The time that is counted on over all repetitions.</summary>
        public double RawAt(double atS)
        {
            var raw = _anchorS + Rate * (atS - _anchorAtS);
            return _folds ? raw : Math.Min(Math.Max(raw, _lowestS), _highestS);
        }

        /// <summary>The time that is shown.</summary>
        public double TimeAt(double atS)
        {
            return Folded(RawAt(atS));
        }

        /// <summary>The time that is shown when so many seconds of the clip have gone by.</summary>
        public double AheadAt(double atS, double lengthS)
        {
            var raw = RawAt(atS) + Math.Sign(Rate) * lengthS;
            return Folded(_folds ? raw : Math.Min(Math.Max(raw, _lowestS), _highestS));
        }

        private double Folded(double raw)
        {
            if (!_folds)
            {
                return raw;
            }
            var length = _highestS - _lowestS;
            var past = (raw - _lowestS) / length;
            return _lowestS + (past - Math.Floor(past)) * length;
        }
    }
}
