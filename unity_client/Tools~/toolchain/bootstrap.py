"""Compile one C# file with Roslyn inside this Python process: ``python bootstrap.py JOB`` (see dotnet.py)."""

from __future__ import annotations

import json
import sys
from typing import Any


def compiled(job: dict[str, Any]) -> list[str]:
    """What Roslyn says against a program of one file; it is written where that is nothing."""
    from clr_loader import get_coreclr
    from pythonnet import set_runtime

    set_runtime(get_coreclr(runtime_config=job["config"], dotnet_root=job["root"]))
    import clr

    sys.path.append(job["roslyn"])
    for name in ("Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp"):
        clr.AddReference(name)
    from Microsoft.CodeAnalysis import DiagnosticSeverity, MetadataReference, OutputKind, SyntaxTree
    from Microsoft.CodeAnalysis.CSharp import CSharpCompilation, CSharpCompilationOptions, CSharpSyntaxTree
    from System import Array
    from System.IO import File

    with open(job["source"], encoding="utf-8") as source:
        trees = Array[SyntaxTree]([CSharpSyntaxTree.ParseText(source.read())])
    references = Array[MetadataReference]([MetadataReference.CreateFromFile(path) for path in job["references"]])
    options = CSharpCompilationOptions(OutputKind.ConsoleApplication)
    stream = File.Create(job["output"])
    result = CSharpCompilation.Create("csc", trees, references, options).Emit(stream)
    stream.Close()
    wrong = [each.ToString() for each in result.Diagnostics if each.Severity == DiagnosticSeverity.Error]
    return wrong if not result.Success else []


if __name__ == "__main__":
    faults = compiled(json.loads(sys.argv[1]))
    print("\n".join(faults))
    sys.exit(1 if faults else 0)
