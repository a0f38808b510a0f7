using System;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine;
using UnityEngine.Networking;

namespace Ani3d
{
    /// <summary>
    /// A package at an address that Unity's own web request reads whole: http, https, file, and the jar of an Android build.
    /// It works on every platform, Web builds too. Core's byte ranges and the server's download need fewer bytes at once.
    /// </summary>
    public sealed class AddressSource : PackageSource
    {
        private readonly string _address;

        /// <summary>Creates a source.</summary>
        /// <param name="address">such as https://example.org/dancer.a3d.</param>
        public AddressSource(string address)
        {
            _address = address ?? throw new ArgumentNullException(nameof(address));
        }

        /// <inheritdoc/>
        public override string Key => _address;

        /// <summary>The source of a file below StreamingAssets, on whatever platform.</summary>
        /// <param name="path">below the folder, such as avatars/dancer.a3d.</param>
        public static PackageSource InStreamingAssets(string path)
        {
            var whole = Application.streamingAssetsPath + "/" + path;
            // In a jar on Android and at an address on the Web; files elsewhere.
            return whole.Contains("://") ? (PackageSource)new AddressSource(whole) : new FileSource(whole);
        }

        /// <inheritdoc/>
        /// <exception cref="RefusalException"><c>service-unreachable</c>: the address does not answer with the bytes.</exception>
        public override async Task<Package> OpenAsync(CancellationToken cancellation)
        {
            // Continues on the main thread: web requests belong to it.
            var bytes = await Download(cancellation);
            return await BackgroundWork.Run(() => Package.Open(bytes), cancellation);
        }

        private async Task<byte[]> Download(CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            using (var request = UnityWebRequest.Get(_address))
            {
                var done = new TaskCompletionSource<bool>();
                request.SendWebRequest().completed += _ => done.TrySetResult(true);
                using (cancellation.Register(() => done.TrySetCanceled(cancellation)))
                {
                    // Where it is cancelled, disposing of the request aborts it.
                    await done.Task;
                }
                if (request.result != UnityWebRequest.Result.Success)
                {
                    var found = $"{request.error} (status {request.responseCode})";
                    throw new RefusalException(RefusalCodes.ServiceUnreachable, _address, found);
                }
                return request.downloadHandler.data;
            }
        }
    }
}
