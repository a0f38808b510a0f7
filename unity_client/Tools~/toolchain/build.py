"""The client's assemblies for one or both profiles."""

from __future__ import annotations

import shutil

from toolchain.assemblies import (
    Assembly,
    client_example,
    client_program,
    compile_all,
    conformance,
    core,
    readme_example,
    simulation,
    tests,
    trace,
)
from toolchain.dotnet import DotNet, find_dotnet
from toolchain.downloads import ToolchainError
from toolchain.mono import Mono
from toolchain.paths import ASSEMBLIES


def net_assemblies(dotnet: DotNet) -> list[Assembly]:
    """Reader, tests, runner, the examples of pages and the client as a program for .NET."""
    output = core("net", dotnet.references)
    references = [*dotnet.references, output.path]
    examples = [readme_example("net", references), client_example("net", references)]
    programs = [conformance("net", references), *examples, client_program(references)]
    return [output, tests("net", [*references, dotnet.nunit]), *programs]


def simulation_assembly(dotnet: DotNet) -> Assembly:
    """The layer that draws avatars in a simulated engine; after the reader for .NET."""
    return simulation("net", [*dotnet.references, core("net", dotnet.references).path, dotnet.nunit])


def trace_program() -> tuple[DotNet, Assembly]:
    """.NET and the program that writes down what avatars send to the GPU, compiled.

    Raises:
        ToolchainError: there is no .NET, or the sources do not compile.
    """
    dotnet = find_dotnet()
    reader = core("net", dotnet.references)
    program = trace("net", [*dotnet.references, reader.path])
    said = compile_all(dotnet, [reader, program])
    if said:
        raise ToolchainError(said)
    return dotnet, program


def unity_assemblies(dotnet: DotNet, mono: Mono) -> list[Assembly]:
    """Reader and tests for Mono's 4.5 assemblies, Unity's profile."""
    output = core("unity", mono.references)
    return [output, tests("unity", [*mono.references, output.path, *mono.facades, dotnet.nunit])]


def built(dotnet: DotNet, assemblies: list[Assembly]) -> str:
    """What the compiler says; NUnit lies beside the tests then."""
    said = compile_all(dotnet, assemblies)
    for folder in {assembly.output for assembly in assemblies}:
        shutil.copy(dotnet.nunit, folder)
    return said


def conformance_runner() -> tuple[DotNet, Assembly]:
    """.NET and the runner of spec/vectors, compiled.

    Raises:
        ToolchainError: there is no .NET, or the sources do not compile.
    """
    dotnet = find_dotnet()
    reader, _, runner, *_ = net_assemblies(dotnet)
    said = compile_all(dotnet, [reader, runner])
    if said:
        raise ToolchainError(said)
    ASSEMBLIES.mkdir(parents=True, exist_ok=True)
    return dotnet, runner


def client_runner() -> tuple[DotNet, Assembly]:
    """.NET and the client as a program, compiled.

    Raises:
        ToolchainError: there is no .NET, or the sources do not compile.
    """
    dotnet = find_dotnet()
    reader, *_, program = net_assemblies(dotnet)
    said = compile_all(dotnet, [reader, program])
    if said:
        raise ToolchainError(said)
    return dotnet, program
