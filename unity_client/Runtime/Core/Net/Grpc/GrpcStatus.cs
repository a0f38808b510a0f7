using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;

namespace Ani3d.Messages
{
    /// <summary>How a call ended, and which refusal that is.</summary>
    internal static class GrpcStatus
    {
        private const string Trailers = "__ResponseTrailers";
        private const string Answering = "an ani3d server that answers";
        private const int MaxMessageChars = 2000;
        private const int Cancelled = 1;
        private const int DeadlineExceeded = 4;
        private const int ResourceExhausted = 8;
        private const int Unimplemented = 12;
        private const int Internal = 13;
        private const int Unavailable = 14;

        private static readonly string[] Names =
        {
            "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
            "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
            "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
        };

        /// <summary>Refuses unless a response is one of gRPC's; its status may be in its headers already.</summary>
        public static void CheckHead(HttpResponseMessage response, string target)
        {
            var status = (int)response.StatusCode;
            var type = response.Content?.Headers.ContentType?.MediaType ?? string.Empty;
            if (status == 200 && type.StartsWith("application/grpc", StringComparison.Ordinal))
            {
                return;
            }
            if (status == 502 || status == 503 || status == 504)
            {
                throw Refused(target, Unavailable, $"HTTP status {status}");
            }
            throw Refused(target, Unimplemented, $"HTTP status {status}, content of type '{Short(type)}'");
        }

        /// <summary>
        /// Returns where the call went well. Trailers are in the response where it has room for them, otherwise in a
        /// property of the request; a call without messages has them in its headers.
        /// </summary>
        public static void CheckEnd(HttpResponseMessage response, string target)
        {
            HttpHeaders headers = response.TrailingHeaders;
            if (Value(headers, "grpc-status") == null && response.RequestMessage != null
                && PropertiesOf(response.RequestMessage).TryGetValue(Trailers, out var kept) && kept is HttpHeaders property)
            {
                headers = property;
            }
            if (Value(headers, "grpc-status") == null)
            {
                headers = response.Headers;
            }
            var text = Value(headers, "grpc-status");
            if (text == null)
            {
                throw Refused(target, Unavailable, "a stream that ends without a status");
            }
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status))
            {
                throw Refused(target, 2, $"status '{Short(text)}'");
            }
            if (status != 0)
            {
                throw Coded(headers) ?? Refused(target, status, Decoded(Value(headers, "grpc-message")));
            }
        }

        /// <summary>The refusal that a failure of the connection is.</summary>
        public static RefusalException Lost(string target, Exception failure)
        {
            for (var cause = failure; cause != null; cause = cause.InnerException)
            {
                // Handlers in native code have no exception of their own for it, but they say so.
                var words = cause.Message.ToLowerInvariant();
                if (cause is AuthenticationException || words.Contains("certificate") || words.Contains("handshake"))
                {
                    return new RefusalException(
                        RefusalCodes.ServiceTlsFailed, target, Short(cause.Message), "a server whose authority is known",
                        "Check the authority that the handler is given, and that the server's certificate is for this address.",
                        failure);
                }
            }
            return Refused(target, Unavailable, Short(failure.Message), failure);
        }

        /// <summary>A server that is there and does not answer.</summary>
        public static RefusalException NoAnswer(string target, double timeoutS)
        {
            var found = string.Format(CultureInfo.InvariantCulture, "no answer within {0:g} s", timeoutS);
            return new RefusalException(
                RefusalCodes.ServiceTimeout, target, found, Answering, "Try again, or raise the client's timeout.");
        }

        /// <summary>A call that this program has ended.</summary>
        public static RefusalException WasCancelled(string target)
        {
            return Refused(target, Cancelled, "this program closed the call");
        }

        private static RefusalException Refused(string target, int status, string details, Exception cause = null)
        {
            // A proxy whose server dies resets the streams of its clients, which is called an internal error.
            var meant = status == Internal && details.Contains("RST_STREAM") ? Unavailable : status;
            var name = status >= 0 && status < Names.Length ? Names[status] : $"status {status}";
            var found = $"{name}: {(details.Length > 0 ? details : "no details")}";
            var (code, fix) = NextStep(meant);
            return new RefusalException(code, target, found, Answering, fix, cause);
        }

        private static (string Code, string Fix) NextStep(int status)
        {
            switch (status)
            {
                case Unavailable:
                    return (
                        RefusalCodes.ServiceUnreachable,
                        "Check the address, that `ani3d serve` is running there, whether it wants TLS, and that the "
                        + "handler speaks HTTP/2.");
                case DeadlineExceeded:
                    return (RefusalCodes.ServiceTimeout, "Try again, or raise the client's timeout.");
                case ResourceExhausted:
                    return (RefusalCodes.ServiceOverloaded, "Close other sessions or send smaller messages.");
                case Unimplemented:
                    return (RefusalCodes.ServiceNotAni3d, "Check that the address belongs to an ani3d server.");
                case Cancelled:
                    return (RefusalCodes.ServiceCancelled, "Start again if this was not intended.");
                default:
                    return (RefusalCodes.ServiceFailed, "Look at the server's log.");
            }
        }

        // What the server coded; null where it coded nothing, or another program uses the key.
        private static RefusalException Coded(HttpHeaders headers)
        {
            var value = Value(headers, "ani3d-error-bin");
            var parts = value == null ? null : ErrorParts.Read(FromBase64(value));
            string[] keys = { "code", "subject", "found", "expected", "fix" };
            if (parts == null || !keys.All(parts.ContainsKey))
            {
                return null;
            }
            return new RefusalException(
                Short(parts["code"]), Short(parts["subject"]), Short(parts["found"]), Short(parts["expected"]),
                Short(parts["fix"]));
        }

        private static byte[] FromBase64(string value)
        {
            var text = value.Split(',')[0].Trim().TrimEnd('=');
            try
            {
                return Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
            }
            catch (FormatException)
            {
                return Array.Empty<byte>();
            }
        }

        private static string Decoded(string message)
        {
            var bytes = new List<byte>();
            for (var i = 0; message != null && i < message.Length; i++)
            {
                var isEscape = message[i] == '%' && i + 2 < message.Length;
                if (isEscape && byte.TryParse(
                    message.Substring(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                {
                    bytes.Add(value);
                    i += 2;
                }
                else
                {
                    bytes.Add(message[i] < 0x80 ? (byte)message[i] : (byte)'?');
                }
            }
            return Short(Encoding.UTF8.GetString(bytes.ToArray()));
        }

        private static string Value(HttpHeaders headers, string name)
        {
            return headers != null && headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
        }

#pragma warning disable CS0618 // The keeper of trailers under .NET Standard 2.0, and no other.
        private static IDictionary<string, object> PropertiesOf(HttpRequestMessage request)
        {
            return request.Properties;
        }
#pragma warning restore CS0618

        private static string Short(string text)
        {
            return text.Length <= MaxMessageChars ? text : text.Substring(0, MaxMessageChars) + " …";
        }
    }
}
