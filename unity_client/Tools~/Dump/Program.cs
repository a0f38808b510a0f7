// Writes what the GPU reads of one frame of a package: raw little-endian files, and index.json that says what they are.
using System;
using System.Collections.Generic;

namespace Ani3d.Dump
{
    internal static class Program
    {
        private const string Usage = "usage: dump.py PACKAGE FOLDER [--clip NAME] [--time SECONDS] "
            + "[--over NAME SECONDS SHARE [--mask JOINT,…]]… ; --mask makes a layer of a clip that would be faded in else";

        private static int Main(string[] arguments)
        {
            var left = new Queue<string>(arguments);
            if (left.Count < 2)
            {
                Console.Error.WriteLine(Usage);
                return 2;
            }
            using (var package = Package.OpenFile(left.Dequeue()))
            using (var avatar = new PlayableAvatar(package, false))
            {
                var folder = left.Dequeue();
                var scene = new Scene(avatar);
                while (left.Count > 0)
                {
                    if (!scene.Take(left))
                    {
                        Console.Error.WriteLine(Usage);
                        return 2;
                    }
                }
                new FrameFiles(avatar, folder).Write(scene.Shown());
            }
            return 0;
        }
    }
}
