using System.Reflection;
using System.Runtime.CompilerServices;

// That of package.json; make unity compares them.
[assembly: AssemblyVersion("0.1.0")]
[assembly: InternalsVisibleTo("Ani3d.Core.Tests")]
[assembly: InternalsVisibleTo("Conformance")]
