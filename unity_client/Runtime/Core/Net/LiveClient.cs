using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Ani3d.Messages;

namespace Ani3d
{
    /// <summary>The live sessions of a server; <see cref="Client.Live"/>.</summary>
    public sealed class LiveClient
    {
        private readonly GrpcChannel _channel;

        internal LiveClient(GrpcChannel channel)
        {
            _channel = channel;
        }

        /// <summary>Creates a session of an avatar.</summary>
        /// <param name="avatarId">as listed.</param>
        /// <param name="sessionId">what subscribers name; empty lets the server choose.</param>
        /// <param name="rigid">whether the driver of cloth and hair is left out.</param>
        /// <param name="cancel">ends the call.</param>
        /// <exception cref="RefusalException">
        /// avatar-not-found, live-session-exists, live-bad-session-id, service-too-many-sessions and others.
        /// </exception>
        public Task<LiveTicket> CreateAsync(
            string avatarId, string sessionId = "", bool rigid = false, CancellationToken cancel = default)
        {
            return CreateAsync(_channel, avatarId, sessionId, rigid, cancel);
        }

        /// <summary>The open sessions, in the order of their ids.</summary>
        public async Task<IReadOnlyList<LiveListing>> ListAsync(CancellationToken cancel = default)
        {
            var response = await _channel.AskAsync<ListSessionsResponse>(
                GrpcMethod.ListSessions, new ListSessionsRequest(), cancel).ConfigureAwait(false);
            return Enumerable.Range(0, response.Sessions.Count).Select(i => new LiveListing(response.Sessions[i])).ToArray();
        }

        /// <summary>The listing of one session; servers that cannot be reached are asked again.</summary>
        /// <param name="sessionId">as its publisher named it.</param>
        /// <param name="waits">whether a session that is not there yet is waited for.</param>
        /// <param name="cancel">ends the search.</param>
        /// <exception cref="RefusalException">live-session-not-found and others.</exception>
        public async Task<LiveListing> FindAsync(string sessionId, bool waits, CancellationToken cancel = default)
        {
            var delays = new Reconnecting(double.PositiveInfinity);
            while (true)
            {
                try
                {
                    foreach (var session in await ListAsync(cancel).ConfigureAwait(false))
                    {
                        if (session.SessionId == sessionId)
                        {
                            return session;
                        }
                    }
                    if (!waits)
                    {
                        throw new RefusalException(
                            RefusalCodes.LiveSessionNotFound, _channel.Target, $"no session {sessionId}", "one that is open",
                            "Open the session first, or wait for it.");
                    }
                }
                catch (RefusalException refusal) when (waits && Reconnecting.IsPassing(refusal))
                {
                    // It may come back; the wait below is the same for both.
                }
                await delays.WaitAsync(cancel).ConfigureAwait(false);
            }
        }

        /// <summary>Ends a session for its publisher and all subscribers.</summary>
        /// <exception cref="RefusalException">live-session-not-found, live-wrong-key and others.</exception>
        public async Task EndAsync(LiveTicket ticket, CancellationToken cancel = default)
        {
            var request = new EndSessionRequest { SessionId = ticket.SessionId, PublishKey = ticket.PublishKey };
            await _channel.AskAsync<EndSessionResponse>(GrpcMethod.EndSession, request, cancel).ConfigureAwait(false);
        }

        /// <summary>Becomes a session's publisher.</summary>
        /// <param name="ticket">of the session.</param>
        /// <param name="source">the skeleton of the poses; null for the avatar's own joints.</param>
        /// <param name="options">how to publish; null for the usual.</param>
        /// <param name="cancel">ends the call while it begins.</param>
        /// <exception cref="RefusalException">
        /// live-session-not-found, live-wrong-key, live-fenced, retarget-unknown-joints, source-invalid and others.
        /// </exception>
        public async Task<LivePublisher> PublishAsync(
            LiveTicket ticket, SourceSkeleton source = null, PublishOptions options = null,
            CancellationToken cancel = default)
        {
            options = options ?? new PublishOptions();
            CheckCredits(options.Credits);
            var decoder = new FrameDecoder(options.Package);
            var window = new CreditWindow(options.Credits, _channel.RoundTrip);
            var publish = new PublishCommand
            {
                Source = (source ?? new SourceSkeleton()).ToMessage(),
                AnswerMode = (FrameMode)(options.Answers ?? 0),
                Credits = (uint)window.First,
                ResumeEpoch = (uint)options.ResumeEpoch,
                JitterBufferS = options.JitterBufferS,
                LockFeet = options.LockFeet,
                InPlace = options.InPlace,
            };
            decoder.AddCodecs(publish.Codecs);
            var publisher = new LivePublisher(_channel, ticket, publish, decoder, window);
            await publisher.OpenAsync(cancel).ConfigureAwait(false);
            if (options.Answers == null)
            {
                publisher.Listen();
            }
            return publisher;
        }

        /// <summary>Watches a session from its latest frame on.</summary>
        /// <param name="sessionId">as listed.</param>
        /// <param name="form">what frames shall hold.</param>
        /// <param name="credits">frames that may be on their way at once; null for as many as the way there takes.</param>
        /// <param name="package">the avatar's, where it is held: light frames come in a tenth of the bytes.</param>
        /// <param name="cancel">ends the call while it begins.</param>
        /// <param name="adaptive">frames are left out where the link carries no more.</param>
        /// <exception cref="RefusalException">live-session-not-found and others.</exception>
        public async Task<LiveSubscription> SubscribeAsync(
            string sessionId, FrameForm form = FrameForm.Light, int? credits = null, HeldPackage package = null,
            CancellationToken cancel = default, bool adaptive = true)
        {
            CheckCredits(credits);
            var decoder = new FrameDecoder(package);
            var window = new CreditWindow(credits, _channel.RoundTrip);
            var subscribe = new SubscribeCommand
            {
                SessionId = sessionId,
                Mode = (FrameMode)form,
                Credits = (uint)window.First,
                Adaptive = adaptive,
            };
            decoder.AddCodecs(subscribe.Codecs);
            var subscription = new LiveSubscription(_channel, subscribe, decoder, window);
            await subscription.OpenAsync(cancel).ConfigureAwait(false);
            return subscription;
        }

        internal static async Task<LiveTicket> CreateAsync(
            GrpcChannel channel, string avatarId, string sessionId, bool rigid, CancellationToken cancel)
        {
            var request = new CreateSessionRequest { AvatarId = avatarId, SessionId = sessionId, Rigid = rigid };
            var made = await channel.AskAsync<CreateSessionResponse>(GrpcMethod.CreateSession, request, cancel)
                .ConfigureAwait(false);
            return new LiveTicket(avatarId, made.SessionId, made.PublishKey, made.AbandonedAfterS, made.Driven, rigid);
        }

        private static void CheckCredits(int? credits)
        {
            if (credits < 1)
            {
                throw new RefusalException(
                    RefusalCodes.LiveBadOption, "live options", $"{credits} credits", "at least one credit",
                    "Correct the option.");
            }
        }
    }
}
