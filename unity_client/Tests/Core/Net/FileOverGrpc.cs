using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using Ani3d.Messages;

namespace Ani3d.Tests
{
    /// <summary>A gRPC server that downloads one file, and loses the connection after the second piece when it is told to.</summary>
    internal sealed class FileOverGrpc
    {
        public const int ChunkBytes = 50000;
        public static readonly string Digest = new string('a', 64);
        private readonly byte[] _file;
        private readonly Func<bool> _loses;

        public FileOverGrpc(byte[] file, Func<bool> loses)
        {
            _file = file;
            _loses = loses;
            Server = new FakeServer(Answer);
        }

        public FakeServer Server { get; }

        /// <summary>Digest of the package as it is now.</summary>
        public string Now { get; set; } = Digest;

        /// <summary>What the server says the length is; null for the truth.</summary>
        public ulong? StatedLength { get; set; }

        /// <summary>What is done to each piece before it is sent.</summary>
        public Action<DownloadResponse> Change { get; set; } = _ => { };

        /// <summary>Whether a condition on the digest is heeded.</summary>
        public bool HeedsDigests { get; set; } = true;

        private HttpResponseMessage Answer(FakeCall call)
        {
            var request = call.RequestsUntil<DownloadRequest>(all => all.Count == 1)[0];
            if (HeedsDigests && request.IfDigest.Length > 0 && request.IfDigest != Now)
            {
                var json = "{\"code\":\"service-digest-changed\",\"subject\":\"ada\",\"found\":\"f\",\"expected\":\"e\",\"fix\":\"x\"}";
                return Server.Refusal(call, 9, ("ani3d-error-bin", Convert.ToBase64String(
                    System.Text.Encoding.UTF8.GetBytes(json))));
            }
            // The first bytes of a package come whole.
            var loses = request.Offset > 0 && _loses();
            var pieces = Pieces((int)request.Offset, request.Limit).Select(FakeServer.Framed);
            return loses
                ? Server.Bytes(call, pieces.Take(2), null, body => body.Failure = new IOException("reset"))
                : Server.Bytes(call, pieces);
        }

        private IEnumerable<DownloadResponse> Pieces(int offset, ulong limit)
        {
            var end = limit == 0 ? _file.Length : (int)Math.Min((ulong)_file.Length, (ulong)offset + limit);
            var first = true;
            while (first || offset < end)
            {
                var count = Math.Min(ChunkBytes, end - offset);
                var piece = new DownloadResponse
                {
                    Offset = (ulong)offset,
                    Data = new ArraySegment<byte>(_file, offset, count),
                    Digest = first ? Now : string.Empty,
                    TotalSizeBytes = first ? StatedLength ?? (ulong)_file.Length : 0,
                };
                Change(piece);
                yield return piece;
                offset += count;
                first = false;
            }
        }
    }
}
