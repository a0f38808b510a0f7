using System;
using System.IO;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d.Messages
{
    /// <summary>
    /// One call: requests go out as they are queued, responses are read one after the other, by one reader at a time.
    /// </summary>
    internal sealed class GrpcCall : IDisposable
    {
        private const int PrefixBytes = 5;
        private const int FirstBufferBytes = 1 << 14;
        // What a message takes at the slowest that is waited for.
        private const double SlowestBytesPerS = 16384;
        private readonly GrpcChannel _channel;
        private readonly string _method;
        private readonly CancellationTokenSource _ended;
        private readonly CancellationToken _endedToken;
        private readonly CancellationTokenSource _alarm = new CancellationTokenSource();
        private HttpResponseMessage _response;
        private Stream _stream;
        private readonly ProtobufReader _reader = new ProtobufReader();
        private byte[] _buffer = new byte[FirstBufferBytes];
        private int _begin;
        private int _end;
        private double _deadlineS;
        private double _waitedS;
        private double _silenceS;
        private double _armedS;
        private int _isDisposed;

        /// <summary>Creates a call of a channel.</summary>
        public GrpcCall(GrpcChannel channel, string method, IMessage heartbeat)
        {
            _channel = channel;
            _method = method;
            _ended = CancellationTokenSource.CreateLinkedTokenSource(_alarm.Token, channel.Closed);
            _endedToken = _ended.Token;
            Requests = new GrpcRequests(heartbeat, _endedToken);
        }

        /// <summary>What is sent.</summary>
        public GrpcRequests Requests { get; }

        /// <summary>Ends the call so many seconds from now, and tells the server.</summary>
        public void SetDeadline(double seconds)
        {
            _deadlineS = seconds;
            Wait(seconds);
        }

        /// <summary>Ends the call unless <see cref="WaitNoLonger"/> follows within so many seconds.</summary>
        public void Wait(double seconds)
        {
            _waitedS = seconds;
            Arm(seconds);
        }

        /// <summary>Lets the call go on for as long as it likes.</summary>
        /// <param name="silenceS">the longest wait for a response, seconds; 0 for none.</param>
        public void WaitNoLonger(double silenceS = 0)
        {
            _waitedS = 0;
            _silenceS = silenceS;
            Arm(0);
        }

        /// <summary>
        /// Reads the next response; its bytes are valid until the next call. Cancelling ends the whole call.
        /// </summary>
        /// <returns>false where the call is over, and went well.</returns>
        /// <exception cref="RefusalException">of the server, or of the way to it.</exception>
        public async ValueTask<bool> ReadAsync(IMessage response, CancellationToken cancel)
        {
            var registration = cancel.CanBeCanceled ? cancel.Register(End, this) : default;
            try
            {
                cancel.ThrowIfCancellationRequested();
                ArmWithin(_silenceS);
                if (_stream == null)
                {
                    await StartAsync().ConfigureAwait(false);
                }
                if (!await FillAsync(PrefixBytes, true).ConfigureAwait(false))
                {
                    GrpcStatus.CheckEnd(_response, _channel.Target);
                    return false;
                }
                var length = LengthOfNext();
                if (_end - _begin < PrefixBytes + length)
                {
                    // A message that began to come has to come to an end.
                    ArmWithin(_channel.TimeoutS + length / SlowestBytesPerS);
                    await FillAsync(PrefixBytes + length, false).ConfigureAwait(false);
                }
                ArmWithin(0);
                var bytes = new ArraySegment<byte>(_buffer, _begin + PrefixBytes, length);
                _begin += PrefixBytes + length;
                _reader.Read(bytes, response);
                return true;
            }
            catch (Exception failure) when (!(failure is RefusalException))
            {
                throw Coded(failure, cancel);
            }
            finally
            {
                registration.Dispose();
            }
        }

        /// <summary>Reads to the end of a call that has one response.</summary>
        public async Task FinishAsync(CancellationToken cancel)
        {
            if (await ReadAsync(new Ended(), cancel).ConfigureAwait(false))
            {
                throw Broken("a second response");
            }
        }

        /// <summary>Ends the call.</summary>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            {
                return;
            }
            Requests.Complete();
            _ended.Cancel();
            _response?.Dispose();
            // It hangs on the client's token, which outlives many calls.
            _ended.Dispose();
            _alarm.Dispose();
        }

        private static void End(object state)
        {
            var call = (GrpcCall)state;
            try
            {
                call._ended.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended already.
            }
        }

        private async Task StartAsync()
        {
            var head = await _channel.HeadAsync(_method, Requests, _deadlineS, _endedToken).ConfigureAwait(false);
            _response = await _channel.SendAsync(head, _endedToken).ConfigureAwait(false);
            if (Volatile.Read(ref _isDisposed) != 0)
            {
                _response.Dispose();
            }
            GrpcStatus.CheckHead(_response, _channel.Target);
            _stream = await _response.Content.ReadAsStreamAsync().ConfigureAwait(false);
        }

        private int LengthOfNext()
        {
            if (_buffer[_begin] != 0)
            {
                throw Broken("a compressed message");
            }
            uint length = 0;
            for (var k = 1; k < PrefixBytes; k++)
            {
                length = length << 8 | _buffer[_begin + k];
            }
            if (length > (uint)_channel.MaxMessageBytes)
            {
                throw Broken($"a message of {length} bytes");
            }
            return (int)length;
        }

        // Memory grows with what has come, not with what a prefix says. False at the end where that may be.
        private async ValueTask<bool> FillAsync(int count, bool mayEnd)
        {
            while (_end - _begin < count)
            {
                if (_begin > 0 && _begin + count > _buffer.Length)
                {
                    Buffer.BlockCopy(_buffer, _begin, _buffer, 0, _end - _begin);
                    _end -= _begin;
                    _begin = 0;
                }
                if (_end == _buffer.Length)
                {
                    Array.Resize(ref _buffer, (int)Math.Min(2L * _buffer.Length, Math.Max(count, _buffer.Length + 1L)));
                }
                var room = new Memory<byte>(_buffer, _end, _buffer.Length - _end);
                var read = await _stream.ReadAsync(room, _endedToken).ConfigureAwait(false);
                _end += read;
                if (read == 0 && mayEnd && _end == _begin)
                {
                    return false;
                }
                if (read == 0)
                {
                    GrpcStatus.CheckEnd(_response, _channel.Target);
                    throw Broken("an end within a message");
                }
            }
            return true;
        }

        // Within a wait as a whole, single messages have no alarm of their own.
        private void ArmWithin(double seconds)
        {
            if (_waitedS == 0)
            {
                Arm(seconds);
            }
        }

        private void Arm(double seconds)
        {
            if (_armedS == 0 && seconds == 0)
            {
                return;
            }
            _armedS = seconds;
            var milliseconds = seconds > 0 ? (int)Math.Min(1000 * seconds + 1, int.MaxValue) : Timeout.Infinite;
            try
            {
                _alarm.CancelAfter(milliseconds);
            }
            catch (ObjectDisposedException)
            {
                // The call has ended meanwhile, which whoever reads it is told.
            }
        }

        private Exception Coded(Exception failure, CancellationToken cancel)
        {
            if (cancel.IsCancellationRequested)
            {
                return new OperationCanceledException(cancel);
            }
            if (_alarm.IsCancellationRequested)
            {
                return GrpcStatus.NoAnswer(_channel.Target, _armedS);
            }
            if (_endedToken.IsCancellationRequested)
            {
                return GrpcStatus.WasCancelled(_channel.Target);
            }
            return GrpcStatus.Lost(_channel.Target, failure);
        }

        private RefusalException Broken(string found)
        {
            return new RefusalException(
                RefusalCodes.ServiceBadMessage, _channel.Target, found,
                $"messages of at most {_channel.MaxMessageBytes} bytes that are not compressed",
                "Check that the address belongs to an ani3d server, or raise the client's MaxMessageBytes.");
        }
    }
}
