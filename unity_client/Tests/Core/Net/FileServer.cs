using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d.Tests
{
    /// <summary>A web server of one file, with ranges as RFC 9110 has them, and what servers do instead.</summary>
    internal sealed class FileServer : HttpMessageHandler
    {
        /// <summary>What it serves.</summary>
        public byte[] File { get; set; }

        /// <summary>Its entity tag; null for none.</summary>
        public string Tag { get; set; } = "\"one\"";

        /// <summary>Whether it knows ranges.</summary>
        public bool HasRanges { get; set; } = true;

        /// <summary>Whether it looks at If-Range.</summary>
        public bool HeedsTags { get; set; } = true;

        /// <summary>Bytes after which a body of ranges ends early; every so many requests.</summary>
        public int ShortAfter { get; set; } = int.MaxValue;

        /// <summary>Answers of another kind for the request of a number, from 0; null where it is answered as usual.</summary>
        public Func<int, HttpRequestMessage, HttpResponseMessage> Instead { get; set; } = (_, __) => null;

        /// <summary>Ranges that were asked for.</summary>
        public List<(long From, long To)> Ranges { get; } = new List<(long, long)>();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
        {
            var range = request.Headers.Range.Ranges.Single();
            Ranges.Add((range.From.Value, range.To.Value));
            var response = Instead(Ranges.Count - 1, request) ?? Answer(request, range.From.Value, range.To.Value);
            response.RequestMessage = request;
            return Task.FromResult(response);
        }

        private HttpResponseMessage Answer(HttpRequestMessage request, long from, long to)
        {
            var asked = request.Headers.TryGetValues("If-Range", out var values) ? values.Single() : null;
            var isOther = HeedsTags && asked != null && asked != Tag;
            if (!HasRanges || isOther)
            {
                return Tagged(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(File) });
            }
            if (from >= File.Length)
            {
                var beyond = new HttpResponseMessage((HttpStatusCode)416) { Content = new ByteArrayContent(Array.Empty<byte>()) };
                beyond.Content.Headers.ContentRange = new ContentRangeHeaderValue(File.Length);
                return beyond;
            }
            var last = Math.Min(to, File.Length - 1);
            var bytes = File.Skip((int)from).Take((int)(last - from + 1)).ToArray();
            var response = new HttpResponseMessage(HttpStatusCode.PartialContent)
            {
                Content = new StreamContent(new FakeBody(new[] { bytes.Take(ShortAfter).ToArray() })),
            };
            response.Content.Headers.ContentRange = new ContentRangeHeaderValue(from, last, File.Length);
            return Tagged(response);
        }

        private HttpResponseMessage Tagged(HttpResponseMessage response)
        {
            if (Tag != null)
            {
                response.Headers.TryAddWithoutValidation("ETag", Tag);
            }
            return response;
        }
    }
}
