using System;
using System.Linq;
using System.Text;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>The msgpack of packages has one form, and costs no more than its bytes.</summary>
    public sealed class MessagePackTests
    {
        [TestCase("DD FF FF FF FF", TestName = "A list of 4,294,967,295 values")]
        [TestCase("DF FF FF FF FF", TestName = "A map of 4,294,967,295 pairs")]
        [TestCase("C6 FF FF FF FF", TestName = "4,294,967,295 bytes")]
        [TestCase("DB 7F FF FF FF", TestName = "A text of 2,147,483,647 bytes")]
        [TestCase("CC 05", TestName = "An integer in a form longer than need be")]
        [TestCase("D0 05", TestName = "An integer of 0 and more in the signed form")]
        [TestCase("D9 01 61", TestName = "A text in a form longer than need be")]
        [TestCase("82 A1 61 01 A1 61 02", TestName = "A key that comes twice")]
        [TestCase("81 01 01", TestName = "A key that is no text")]
        [TestCase("A2 C0 80", TestName = "Text of overlong UTF-8")]
        [TestCase("A3 ED A0 80", TestName = "Text with a surrogate")]
        [TestCase("A3 EF BB BF", TestName = "Text with a byte order mark")]
        [TestCase("C1", TestName = "A type that there is not")]
        [TestCase("D4 01 01", TestName = "An extension type")]
        [TestCase("CA 00 00 00 00", TestName = "A float32")]
        [TestCase("01 01", TestName = "Bytes behind the end")]
        [TestCase("", TestName = "Nothing")]
        public void OtherFormsAreRefused(string hex)
        {
            Assert.That(CodeOf(Bytes(hex)), Is.EqualTo(RefusalCodes.ManifestInvalid));
        }

        [TestCase("A2 C3 A9", TestName = "Text of two bytes")]
        [TestCase("A3 E2 80 8D", TestName = "A joiner")]
        [TestCase("CF FF FF FF FF FF FF FF FF", TestName = "The largest integer")]
        [TestCase("D3 80 00 00 00 00 00 00 00", TestName = "The smallest integer")]
        [TestCase("82 A1 61 01 A1 62 91 C0", TestName = "A map and a list")]
        public void TheShortestFormIsRead(string hex)
        {
            Assert.That(CodeOf(Bytes(hex)), Is.Null);
        }

        [TestCase(16, true)]
        [TestCase(17, false)]
        public void SixteenLevelsAreRead(int depth, bool isRead)
        {
            var bytes = Enumerable.Repeat((byte)0x91, depth).Concat(new byte[] { 0xC0 }).ToArray();
            Assert.That(CodeOf(bytes) == null, Is.EqualTo(isRead));
        }

        [Test]
        public void TextOfTooManyCharactersIsNone()
        {
            var text = new ArraySegment<byte>(Encoding.UTF8.GetBytes(new string('é', 5)));
            Assert.That(Utf8.TextOf(text, 5), Is.EqualTo("ééééé"));
            Assert.That(Utf8.TextOf(text, 4), Is.Null);
        }

        [TestCase(0x00, 0x1F)]
        [TestCase(0x7F, 0x9F)]
        [TestCase(0x200E, 0x200F)]
        [TestCase(0x2028, 0x202E)]
        [TestCase(0x2066, 0x2069)]
        [TestCase(0xFDD0, 0xFDEF)]
        [TestCase(0xFEFF, 0xFEFF)]
        [TestCase(0xFFFE, 0xFFFF)]
        [TestCase(0x1FFFE, 0x1FFFF)]
        [TestCase(0x10FFFE, 0x10FFFF)]
        public void TheClosedListOfCodePointsIsRefusedAndItsNeighboursAreNot(int first, int last)
        {
            for (var point = first; point <= last; point++)
            {
                Assert.That(TextOf(point), Is.Null, $"U+{point:X4}");
            }
            Assert.That(first == 0 || TextOf(first - 1) != null, Is.True, $"U+{first - 1:X4}");
            Assert.That(last == 0x10FFFF || TextOf(last + 1) != null, Is.True, $"U+{last + 1:X4}");
        }

        private static string TextOf(int point)
        {
            return Utf8.TextOf(new ArraySegment<byte>(Encoding.UTF8.GetBytes(char.ConvertFromUtf32(point))), 1);
        }

        private static byte[] Bytes(string hex)
        {
            var digits = hex.Split(new[] { ' ' }, StringSplitOptions.RemoveEmptyEntries);
            return digits.Select(digit => Convert.ToByte(digit, 16)).ToArray();
        }

        private static string CodeOf(byte[] bytes)
        {
            try
            {
                var reader = new MessagePackReader(new ArraySegment<byte>(bytes), RefusalCodes.ManifestInvalid, "test");
                reader.Skip();
                reader.Finish();
                return null;
            }
            catch (RefusalException refusal)
            {
                return refusal.Code;
            }
        }
    }
}
