using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Ani3d.Messages;
using NUnit.Framework;

namespace Ani3d.Tests
{
    /// <summary>Messages against Python's protobuf, and against servers that may be anybody.</summary>
    public sealed class MessageTests
    {
        private const int Mutations = 5000;
        private readonly ProtobufReader _reader = new ProtobufReader();

        /// <summary>Name, bytes, further bytes and text of messages that Python has written.</summary>
        internal static string[][] Golden()
        {
            var path = Environment.GetEnvironmentVariable("ANI3D_MESSAGES");
            if (string.IsNullOrEmpty(path))
            {
                Assert.Ignore("ANI3D_MESSAGES does not say where the messages of the repository are");
            }
            return File.ReadAllLines(path).Select(line => line.Split('\t')).ToArray();
        }

        internal static byte[] Bytes(string hex)
        {
            return Enumerable.Range(0, hex.Length / 2).Select(i => Convert.ToByte(hex.Substring(2 * i, 2), 16)).ToArray();
        }

        [Test]
        public void MessagesSayWhatPythonWrote()
        {
            var names = new HashSet<string>();
            foreach (var row in Golden())
            {
                var message = MessageText.New(row[0]);
                Read(Bytes(row[1] + row[2]), message);
                Assert.That(MessageText.Of(message), Is.EqualTo(row[3]), row[0]);
                names.Add(row[0]);
            }
            Assert.That(names, Has.Count.GreaterThan(40));
        }

        [Test]
        public void MessagesAreWrittenByteForByteAsPythonWritesThem()
        {
            var writer = new ProtobufWriter();
            foreach (var row in Golden())
            {
                var message = MessageText.New(row[0]);
                Read(Bytes(row[1]), message);
                writer.Begin(0);
                message.Write(writer);
                Assert.That(writer.Written.ToArray(), Is.EqualTo(Bytes(row[1])), row[0]);
            }
        }

        [Test]
        public void AMessageThatIsReadAgainKeepsNothingOfTheOneBefore()
        {
            foreach (var rows in Golden().GroupBy(row => row[0]))
            {
                var message = MessageText.New(rows.Key);
                foreach (var row in rows.Reverse())
                {
                    Read(Bytes(row[1]), message);
                    Assert.That(MessageText.Of(message), Is.EqualTo(row[3]), row[0]);
                }
            }
        }

        [Test]
        public void PiecesOfAMessageAreUnited()
        {
            var first = new PlayResponse { Epoch = 1, Header = new Messages.Header { Clip = "walk" } };
            var second = new PlayResponse { Sequence = 2, Header = new Messages.Header { Fps = 30 } };
            first.Frames.Add().FrameIndex = 5;
            second.Frames.Add().FrameIndex = 6;
            var united = new PlayResponse();
            Read(Written(first).Concat(Written(second)).ToArray(), united);
            Assert.That(united.Epoch + united.Sequence, Is.EqualTo(3));
            Assert.That(united.Header.Clip + united.Header.Fps, Is.EqualTo("walk30"));
            Assert.That(united.Frames[0].FrameIndex + united.Frames[1].FrameIndex, Is.EqualTo(11));
        }

        [Test]
        public void TheLastCommandOfARequestHolds()
        {
            var bytes = Written(new PlayRequest { Seek = new SeekCommand { TimeS = 1 } })
                .Concat(Written(new PlayRequest { Loop = new LoopCommand { Loop = true } })).ToArray();
            var request = new PlayRequest();
            Read(bytes, request);
            Assert.That(request.Seek, Is.Null);
            Assert.That(request.Loop.Loop, Is.True);
        }

        // Of PlayResponse: 1 epoch, 5 header, 6 frames.
        [TestCase("0a", "a length that is cut off")]
        [TestCase("2a05080108", "a field that is longer than the message")]
        [TestCase("2affffffff0f08", "a field of 4 GiB")]
        [TestCase("2affffffffffffffffff01", "a field of 2^64 - 1 bytes")]
        [TestCase("08ffffffffffffffffffff01", "a number without an end")]
        [TestCase("0001", "field 0")]
        [TestCase("808080808001", "a tag of more than 32 bits")]
        [TestCase("0e", "a wire type that is none")]
        [TestCase("0c", "the end of a group that did not begin")]
        [TestCase("fb3f0801", "a group without an end")]
        [TestCase("2a040a02c328", "a text that is not UTF-8")]
        [TestCase("2900000000", "a double that is cut off")]
        public void WhatDoesNotDecodeIsRefused(string hex, string what)
        {
            Assert.That(CodeOf(Bytes(hex), new PlayResponse()), Is.EqualTo(RefusalCodes.ServiceBadMessage), what);
        }

        [Test]
        public void GroupsInGroupsWithoutEndAreRefused()
        {
            var deep = Enumerable.Repeat((byte)0x0B, 1 << 20).ToArray();
            Assert.That(CodeOf(deep, new PlayResponse()), Is.EqualTo(RefusalCodes.ServiceBadMessage));
        }

        [Test]
        public void AFieldOfAnotherTypeIsSkipped()
        {
            var response = new PlayResponse();
            Read(Bytes("0a0208011001"), response);
            Assert.That(response.Epoch, Is.Zero, "epoch came as bytes");
            Assert.That(response.Sequence, Is.EqualTo(1));
        }

        [Test]
        public void EmptyElementsWithoutEndAreRefusedBeforeMemoryIsFull()
        {
            var empty = new byte[8 << 20];
            for (var i = 0; i < empty.Length; i += 2)
            {
                empty[i] = 0x32;
            }
            var before = GC.GetTotalMemory(true);
            Assert.That(CodeOf(empty, new PlayResponse()), Is.EqualTo(RefusalCodes.ServiceBadMessage));
            Assert.That(GC.GetTotalMemory(true) - before, Is.LessThan(64 << 20));
        }

        [Test]
        public void EveryBeginningOfAMessageIsReadOrRefused()
        {
            foreach (var row in Golden())
            {
                var bytes = Bytes(row[1]);
                for (var length = 0; length < bytes.Length; length += 1 + bytes.Length / 150)
                {
                    var message = MessageText.New(row[0]);
                    Assert.That(
                        CodeOf(bytes.Take(length).ToArray(), message), Is.Null.Or.EqualTo(RefusalCodes.ServiceBadMessage));
                }
            }
        }

        [Test]
        public void MutatedMessagesAreReadOrRefused()
        {
            var refused = Mutate(Mutation.Count(Mutations));
            Assert.That(refused, Is.GreaterThan(Mutations / 10));
        }

        private int Mutate(int count)
        {
            var random = new Random(7);
            var golden = Golden().Select(row => (Name: row[0], Bytes: Bytes(row[1] + row[2]))).Where(row => row.Bytes.Length > 0)
                .ToArray();
            var refused = 0;
            for (var k = 0; k < count; k++)
            {
                var (name, bytes) = golden[random.Next(golden.Length)];
                var mutated = Mutation.Of(bytes, random);
                var message = MessageText.New(name);
                var code = CodeOf(mutated, message);
                Assert.That(code, Is.Null.Or.EqualTo(RefusalCodes.ServiceBadMessage), Convert.ToBase64String(mutated));
                refused += code == null ? 0 : 1;
            }
            return refused;
        }

        private static byte[] Written(IMessage message)
        {
            var writer = new ProtobufWriter();
            writer.Begin(0);
            message.Write(writer);
            return writer.Written.ToArray();
        }

        private void Read(byte[] bytes, IMessage message)
        {
            _reader.Read(new ArraySegment<byte>(bytes), message);
        }

        private string CodeOf(byte[] bytes, IMessage message)
        {
            try
            {
                Read(bytes, message);
                return null;
            }
            catch (RefusalException refusal)
            {
                return refusal.Code;
            }
        }
    }
}
