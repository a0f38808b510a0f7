// A C# command line over Roslyn: csc.dll @A.rsp @B.rsp compiles one assembly for each response file, in order.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

internal static class Csc
{
    private static int Main(string[] responseFiles)
    {
        return responseFiles.All(file => Compile(new[] { file })) ? 0 : 1;
    }

    private static bool Compile(string[] arguments)
    {
        var command = CSharpCommandLineParser.Default.Parse(arguments, Directory.GetCurrentDirectory(), null);
        var diagnostics = new List<Diagnostic>(command.Errors);
        if (diagnostics.Any(each => each.Severity == DiagnosticSeverity.Error))
        {
            return Tell(diagnostics);
        }
        var parse = (CSharpParseOptions)command.ParseOptions;
        var trees = command.SourceFiles.Select(file => CSharpSyntaxTree.ParseText(
            SourceText.From(File.ReadAllText(file.Path), Encoding.UTF8), parse, file.Path));
        var references = command.MetadataReferences.Select(reference => (MetadataReference)
            MetadataReference.CreateFromFile(Path.GetFullPath(reference.Reference), reference.Properties));
        var name = Path.GetFileNameWithoutExtension(command.OutputFileName);
        var compilation = CSharpCompilation.Create(
            name, trees, references, (CSharpCompilationOptions)command.CompilationOptions);
        using (var assembly = new MemoryStream())
        using (var documentation = new MemoryStream())
        {
            var result = compilation.Emit(assembly, xmlDocumentationStream: documentation);
            diagnostics.AddRange(result.Diagnostics.Where(each => !each.IsSuppressed));
            if (!result.Success)
            {
                return Tell(diagnostics);
            }
            Directory.CreateDirectory(command.OutputDirectory);
            File.WriteAllBytes(Path.Combine(command.OutputDirectory, command.OutputFileName), assembly.ToArray());
        }
        return Tell(diagnostics);
    }

    private static bool Tell(List<Diagnostic> diagnostics)
    {
        foreach (var each in diagnostics.Where(each => each.Severity >= DiagnosticSeverity.Warning))
        {
            Console.WriteLine(each);
        }
        return diagnostics.All(each => each.Severity < DiagnosticSeverity.Error);
    }
}
