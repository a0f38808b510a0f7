using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Ani3d
{
    /// <content>Packages that are read by byte ranges: what is needed is fetched ahead, and read without waiting then.</content>
    public sealed partial class Package
    {
        /// <summary>Opens a package of byte ranges, and owns the source. Blocks no thread.</summary>
        /// <param name="source">of <see cref="HttpRangeSource"/>, or of <see cref="Client.OpenRangesAsync"/>.</param>
        /// <param name="cancel">ends opening.</param>
        /// <exception cref="RefusalException">of the server, or of the package.</exception>
        public static async Task<Package> OpenAsync(RangeSource source, CancellationToken cancel = default)
        {
            if (source == null)
            {
                throw new ArgumentNullException(nameof(source));
            }
            try
            {
                // The header is in the first bytes, which are here; the table mostly is.
                var header = Ani3d.Header.Read(source);
                var table = new ByteRange(header.TableOffset, header.TableLength);
                await source.FetchAsync(new[] { table }, cancel).ConfigureAwait(false);
                var described = new Container(source).Entries.Where(IsDescription).Select(RangeOf);
                await source.FetchAsync(described.Append(table), cancel).ConfigureAwait(false);
                return Open(source);
            }
            catch
            {
                source.Dispose();
                throw;
            }
        }

        /// <summary>
        /// Reads sections ahead where the package is read by byte ranges; does nothing where it is in memory or a file.
        /// </summary>
        /// <param name="wanted">whether a section is.</param>
        /// <param name="cancel">ends reading.</param>
        /// <exception cref="RefusalException">of the server.</exception>
        public Task FetchAsync(Func<SectionEntry, bool> wanted, CancellationToken cancel = default)
        {
            return _source is RangeSource ranges
                ? ranges.FetchAsync(Sections.Where(wanted).Select(RangeOf), cancel) : Task.CompletedTask;
        }

        /// <summary>
        /// Reads ahead what does not belong to a clip: Gaussians of the first levels of detail, model, driver and picture.
        /// </summary>
        /// <param name="levels">how many levels.</param>
        /// <param name="cancel">ends reading.</param>
        /// <exception cref="RefusalException">of the server.</exception>
        public Task FetchAvatarAsync(int levels, CancellationToken cancel = default)
        {
            return FetchAsync(entry => entry.Key.Clip < 0 && entry.LevelNumber < levels, cancel);
        }

        /// <summary>Reads groups of frames of a clip ahead.</summary>
        /// <param name="clip">number of the clip.</param>
        /// <param name="first">number of the first group.</param>
        /// <param name="count">how many groups.</param>
        /// <param name="cancel">ends reading.</param>
        /// <exception cref="RefusalException">of the server.</exception>
        public Task FetchGroupsAsync(int clip, int first, int count, CancellationToken cancel = default)
        {
            return FetchAsync(
                entry => entry.Key.Clip == clip
                    && ((entry.Key.Group >= first && entry.Key.Group < first + count) || entry.Key.Name == FormatConstants.Section.Further),
                cancel);
        }

        private static bool IsDescription(SectionEntry entry)
        {
            return entry.Key.Name == FormatConstants.Section.Manifest || entry.Key.Name == FormatConstants.Section.Skeleton;
        }

        private static ByteRange RangeOf(SectionEntry entry)
        {
            return new ByteRange(entry.Offset, entry.StoredLength);
        }
    }
}
