using System;
using UnityEngine;

namespace Ani3d
{
    /// <summary>
    /// An imported .a3d: its bytes as they are in the file, or why it was refused. A scene refers to it by way of the prefab
    /// that the importer makes beside it. It keeps its type for ever; what it holds may change.
    /// </summary>
    [PreferBinarySerialization]
    public sealed class AvatarAsset : ScriptableObject
    {
        [SerializeField, HideInInspector]
        private byte[] bytes = Array.Empty<byte>();

        [SerializeField, HideInInspector]
        private string digest = string.Empty;

        [SerializeField, HideInInspector]
        private string[] refusal = Array.Empty<string>();

        /// <summary>The package, as it is in the file. It must not be changed; empty where it was refused.</summary>
        public byte[] Bytes => bytes;

        /// <summary>SHA-256 of the content, 64 hexadecimal digits; empty where the package was refused.</summary>
        public string Digest => digest;

        /// <summary>Whether the file was refused when it was imported.</summary>
        public bool HasFailed => refusal.Length > 0;

        /// <summary>One of <see cref="RefusalCodes"/>; empty where the package is well.</summary>
        public string FailureCode => HasFailed ? refusal[0] : string.Empty;

        /// <summary>What was found where the file was refused; empty where the package is well.</summary>
        internal string FailureText => HasFailed ? refusal[2] : string.Empty;

        /// <summary>The package as a source that a <c>GaussianAvatar</c> loads.</summary>
        public PackageSource Source => new AssetSource(this);

        /// <summary>Why the file was refused, as it was told on import.</summary>
        public RefusalException Failure()
        {
            return HasFailed ? new RefusalException(refusal[0], refusal[1], refusal[2]) : null;
        }

        /// <summary>Makes this asset hold a package that was checked; the importer calls it.</summary>
        public void Hold(byte[] package, string packageDigest)
        {
            bytes = package;
            digest = packageDigest;
            refusal = Array.Empty<string>();
        }

        /// <summary>Makes this asset hold a refusal; the importer calls it.</summary>
        public void Refuse(RefusalException exception)
        {
            bytes = Array.Empty<byte>();
            digest = string.Empty;
            refusal = new[] { exception.Code, exception.Subject, exception.Found };
        }
    }
}
