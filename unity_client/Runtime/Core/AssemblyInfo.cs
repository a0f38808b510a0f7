using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Ani3d.Core.Tests")]
[assembly: InternalsVisibleTo("Conformance")]
