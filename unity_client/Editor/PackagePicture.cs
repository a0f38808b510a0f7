using UnityEngine;

namespace Ani3d
{
    /// <summary>The picture that a package carries, as a texture.</summary>
    internal static class PackagePicture
    {
        /// <summary>A texture, which the caller owns; null where the package has no picture, or one that is no PNG.</summary>
        public static Texture2D Read(Package package)
        {
            var png = package.ReadThumbnail();
            if (png == null)
            {
                return null;
            }
            var bytes = new byte[png.Value.Count];
            System.Array.Copy(png.Value.Array, png.Value.Offset, bytes, 0, bytes.Length);
            var texture = new Texture2D(2, 2, TextureFormat.RGBA32, false);
            if (texture.LoadImage(bytes))
            {
                return texture;
            }
            Object.DestroyImmediate(texture);
            return null;
        }
    }
}
