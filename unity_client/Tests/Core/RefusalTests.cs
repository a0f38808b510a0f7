using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Files that are no packages are refused, each with its code.</summary>
    public sealed class RefusalTests
    {
        [Test]
        public void NothingAtAllIsForeign()
        {
            var refusal = Assert.Throws<RefusalException>(() => Package.Open(new byte[0]));
            Assert.That(refusal.Code, Is.EqualTo(RefusalCodes.PackageWrongMagic));
            Assert.That(refusal.Family, Is.EqualTo("foreign"));
        }
    }
}
