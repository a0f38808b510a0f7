using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Ani3d.Messages;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>The window of credits over a wide network, in a simulation whose time is virtual.</summary>
    public sealed class CreditWindowTests
    {
        private const double Hz = 60;

        [TestCase(0.001, 0)]
        [TestCase(0.05, 0.05)]
        [TestCase(0.2, 0.05)]
        [TestCase(0.3, 0.05)]
        public void NothingIsDroppedAndNothingWaitsWhateverTheWay(double roundTripS, double jitterS)
        {
            var network = new Network(roundTripS, jitterS, roundTripS + 0.002);
            network.Run(20);
            Assert.That(network.Drops, Is.Empty);
            Assert.That(network.OldestS, Is.LessThanOrEqualTo(roundTripS / 2 + jitterS + 2 / Hz));
        }

        /// <summary>tests/golden/credit_windows.py says what the lines are.</summary>
        [Test]
        public void CreditsFollowTheWayAsThoseOfTheOtherClients()
        {
            var path = Environment.GetEnvironmentVariable("ANI3D_CREDIT_WINDOWS");
            if (string.IsNullOrEmpty(path))
            {
                Assert.Ignore("ANI3D_CREDIT_WINDOWS does not say where the traces of the repository are");
            }
            double nowS = 0;
            var way = new RoundTrip();
            CreditWindow window = null;
            string[] given = null;
            var checks = 0;
            foreach (var line in File.ReadLines(path))
            {
                var words = line.Split(' ');
                if (words[0] == "case")
                {
                    (given, way, window) = (words, new RoundTrip(), null);
                    continue;
                }
                double Number(int at) => double.Parse(words[at], CultureInfo.InvariantCulture);
                if (words[0] == "trip")
                {
                    way.Took(Number(1));
                    continue;
                }
                nowS = Number(1);
                var credits = given[2] == "-" ? (int?)null : int.Parse(given[2], CultureInfo.InvariantCulture);
                window = window ?? new CreditWindow(credits, way, given[3] == "1", () => nowS);
                checks += Replay(window, words, Number) ? 1 : 0;
            }
            Assert.That(checks, Is.GreaterThan(900));
        }

        [Test]
        public void WhatHasComeIsSaidWhereItIsAskedFor()
        {
            double nowS = 5;
            var receipts = new Receipts(() => nowS);
            var credit = new CreditCommand();
            receipts.Begin();
            receipts.Opened(true);
            Assert.That(receipts.IsDue);
            receipts.Say(credit);
            Assert.That((credit.ReceivedCount, credit.ReceivedAgoS), Is.EqualTo(((ulong?)0, (double?)0)));
            receipts.Received(2, 1000, 0.01, false);
            nowS = 5.25;
            Assert.That(receipts.IsDue, Is.False);
            receipts.Say(credit);
            Assert.That((credit.ReceivedCount, credit.ReceivedAgoS), Is.EqualTo(((ulong?)2, (double?)0.25)));
            receipts.Received(1, 70000, 0, false);
            Assert.That(receipts.IsDue);
            receipts.Say(credit);
            Assert.That((credit.ReceivedCount, credit.ReceivedAgoS), Is.EqualTo(((ulong?)3, (double?)null)));
            receipts.Begin();
            receipts.Opened(false);
            receipts.Received(1, 70000, 0.01, true);
            receipts.Say(credit);
            Assert.That((receipts.IsDue, credit.ReceivedCount), Is.EqualTo((false, (ulong?)null)));
        }

        [Test]
        public void FourCreditsDropTwoThirdsOverThreeHundredMilliseconds()
        {
            var network = new Network(0.3, 0, 0.3, credits: 4);
            network.Run(20);
            Assert.That(network.Drops, Has.Count.GreaterThan(0.6 * 20 * Hz));
        }

        [Test]
        public void AStreamThatIsAClientsFirstCallMeasuresTheWayByItsHeader()
        {
            var network = new Network(0.3, 0.05, null);
            network.Run(20);
            Assert.That(network.Window.First, Is.EqualTo(CreditWindow.LeastCredits));
            Assert.That(network.Drops, Is.Not.Empty.And.All.LessThan(1.5));
        }

        [Test]
        public void DropsMakeTheWindowGrowOnlyWhereTheClientWaits()
        {
            var way = new RoundTrip();
            way.Took(0.3);
            var window = new CreditWindow(null, way);
            var size = window.Size;
            for (ulong dropped = 1; dropped < 9; dropped++)
            {
                window.Received(1, 12000, dropped, 0.0005);
            }
            Assert.That(window.Size, Is.EqualTo(size));
            window.Received(1, 12000, 20, 0.1);
            Assert.That(window.Size, Is.GreaterThan(size));
        }

        [Test]
        public void MemoryTimeAndServersBoundTheWindow()
        {
            var way = new RoundTrip();
            foreach (var seconds in new[] { 90.0, 30.0, 40.0 })
            {
                way.Took(seconds);
            }
            Assert.That(way.ShortestS, Is.EqualTo(30));
            var window = new CreditWindow(null, way);
            Assert.That(window.Size, Is.EqualTo(CreditWindow.LeastCredits + Hz));
            window.Received(1, 4000000, 0, 0);
            Assert.That(window.Size, Is.EqualTo(CreditWindow.LeastCredits));
            var every = new CreditWindow(null, way, everyFrame: true);
            Assert.That(every.Size, Is.EqualTo(CreditWindow.LeastCredits));
            every.Received(1, 12000, 0, 0);
            Assert.That(every.Size, Is.EqualTo(CreditWindow.MostCredits));
            every.Received(1, 1000000, 0, 0);
            Assert.That(every.Size, Is.EqualTo(CreditWindow.MostBytes / 1000000));
            every.Received(1, int.MaxValue, 0, 0);
            Assert.That(every.Size, Is.EqualTo(CreditWindow.LeastCredits));
        }

        [TestCase(double.NaN)]
        [TestCase(double.PositiveInfinity)]
        [TestCase(-1)]
        [TestCase(1e300)]
        public void ARateThatNobodyCanMeanChangesNoBound(double rateHz)
        {
            var way = new RoundTrip();
            way.Took(0.3);
            var window = new CreditWindow(null, way);
            window.Opened(rateHz);
            Assert.That(window.Size, Is.InRange(CreditWindow.LeastCredits, CreditWindow.MostCredits));
        }

        /// <summary>One line of a trace; whether something had to come out.</summary>
        private static bool Replay(CreditWindow window, string[] words, Func<int, double> number)
        {
            switch (words[0])
            {
                case "begin":
                    window.Begin();
                    return false;
                case "opened":
                    window.Opened(number(2));
                    return false;
                case "received":
                    window.Received((int)number(2), (long)number(3), (ulong)number(4), number(5));
                    return false;
                case "used":
                    for (var frame = 0; frame < number(2); frame++)
                    {
                        window.Used();
                    }
                    return false;
                default:
                    Assert.That(words[0] == "due" ? window.Due() : window.Size, Is.EqualTo((int)number(2)), string.Join(" ", words));
                    return true;
            }
        }

        /// <summary>A server that sends what is paid for, a way that takes its time, and a client that shows at once.</summary>
        private sealed class Network
        {
            private readonly List<(double TimeS, Action Act)> _events = new List<(double, Action)>();
            private readonly Random _dice = new Random(1);
            private readonly double[] _lastS = new double[2];
            private readonly double _wayS;
            private readonly double _jitterS;
            private double _nowS;
            private double _shownS;
            private int _credits;

            public Network(double roundTripS, double jitterS, double? measuredS, int? credits = null)
            {
                (_wayS, _jitterS) = (roundTripS / 2, jitterS);
                var way = new RoundTrip();
                if (measuredS != null)
                {
                    way.Took(measuredS.Value);
                }
                Window = new CreditWindow(credits, way, false, () => _nowS);
                _credits = Window.First;
            }

            public CreditWindow Window { get; }

            public List<double> Drops { get; } = new List<double>();

            public double OldestS { get; private set; }

            public void Run(double seconds)
            {
                Window.Begin();
                Send(0, () =>
                {
                    Send(1, () => Window.Opened(Hz));
                    Tick();
                });
                while (_events[0].TimeS < seconds)
                {
                    var next = _events[0];
                    _events.RemoveAt(0);
                    _nowS = next.TimeS;
                    next.Act();
                }
            }

            private void At(double timeS, Action act)
            {
                var place = _events.Count;
                while (place > 0 && _events[place - 1].TimeS > timeS)
                {
                    place--;
                }
                _events.Insert(place, (timeS, act));
            }

            // What was sent first arrives first, as over TCP.
            private void Send(int direction, Action act)
            {
                var timeS = Math.Max(_lastS[direction], _nowS + _wayS + _jitterS * _dice.NextDouble());
                _lastS[direction] = timeS;
                At(timeS, act);
            }

            private void Tick()
            {
                At(_nowS + 1 / Hz, Tick);
                if (_credits == 0)
                {
                    Drops.Add(_nowS);
                    return;
                }
                _credits--;
                var (sentS, dropped) = (_nowS, (ulong)Drops.Count);
                Send(1, () => Show(sentS, dropped));
            }

            private void Show(double sentS, ulong dropped)
            {
                Window.Received(1, 12000, dropped, _nowS - _shownS);
                _shownS = _nowS;
                OldestS = Math.Max(OldestS, _nowS - sentS);
                Window.Used();
                var due = Window.Due();
                if (due > 0)
                {
                    Send(0, () => _credits = Math.Min(_credits + due, CreditWindow.MostCredits));
                }
            }
        }
    }
}
