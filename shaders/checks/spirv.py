"""What a SPIR-V module says of itself: entry point, buffers, uniforms, capabilities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0x07230203
# Numbers of the SPIR-V specification.
_NAME, _MEMBER_NAME, _ENTRY_POINT, _MODE, _CAPABILITY = 5, 6, 15, 16, 17
_TYPE_VECTOR, _TYPE_IMAGE, _TYPE_ARRAY, _TYPE_STRUCT, _CONSTANT = 23, 25, 28, 30, 43
_FUNCTION, _VARIABLE, _DECORATE, _MEMBER_DECORATE = 54, 59, 71, 72
# Place of the operands that may be variables, of instructions in functions.
_USES = {
    57: slice(3, None),  # arguments of a call
    62: slice(1, 2),  # store
    **dict.fromkeys((61, 65, 66, 68), slice(3, 4)),  # load, access, length
    **dict.fromkeys(range(227, 243), slice(3, 4)),  # atomics
}
_BLOCK, _BUFFER_BLOCK, _BINDING, _SET, _OFFSET = 2, 3, 33, 34, 35
_LOCAL_SIZE = 17
_UNIFORM_CONSTANT, _UNIFORM, _STORAGE_BUFFER = 0, 2, 12
STAGES = {0: "vertex", 4: "fragment", 5: "compute"}
# Wave (subgroup) operations, 16-bit and 8-bit types: what kernels do without.
FORBIDDEN = {
    **dict.fromkeys(range(61, 69), "a wave operation"),
    18: "a group operation",
    4423: "a wave operation",
    4431: "a wave operation",
    5297: "a wave operation",
    9: "16-bit floats",
    22: "16-bit integers",
    39: "8-bit integers",
    4433: "16-bit storage",
    4448: "8-bit storage",
    10: "64-bit floats",
    11: "64-bit integers",
}


@dataclass(frozen=True)
class Resource:
    """One thing that a module is bound to.

    Attributes:
        name: as the HLSL has it; ``$Globals`` for the uniforms.
        kind: ``storage``, ``uniform`` or ``image``.
        binding: its number.
        used: whether code refers to it.
    """

    name: str
    kind: str
    binding: int
    used: bool


@dataclass(frozen=True)
class Module:
    """One compiled entry point.

    Attributes:
        words: the module, with all resources in one descriptor set.
        entry: name of the entry point.
        stage: ``vertex``, ``fragment`` or ``compute``.
        group: threads of a group, of a compute kernel.
        resources: buffers, images and the block of uniforms.
        uniforms: offset in bytes of each uniform, in the block.
        uniform_bytes: size of the block.
        capabilities: numbers.
    """

    words: NDArray[np.uint32]
    entry: str
    stage: str
    group: tuple[int, int, int]
    resources: tuple[Resource, ...]
    uniforms: dict[str, int]
    uniform_bytes: int
    capabilities: frozenset[int]

    @property
    def forbidden(self) -> list[str]:
        """What it uses that kernels are to do without."""
        return sorted({FORBIDDEN[number] for number in self.capabilities if number in FORBIDDEN})

    def named(self, kind: str) -> list[str]:
        """Names of the resources of a kind that code refers to."""
        return [resource.name for resource in self.resources if resource.kind == kind and resource.used]


def read_module(data: bytes, *, descriptor_set: int = 0) -> Module:
    """A module with one entry point; its resources are put into ``descriptor_set``.

    Raises:
        ValueError: it is no SPIR-V, or has none or several entry points.
    """
    words = np.frombuffer(data, np.uint32).copy()
    if len(words) < 5 or words[0] != _MAGIC:
        raise ValueError(f"a module of {len(data)} bytes, expected SPIR-V of this byte order")
    return _Reader(words, descriptor_set).module()


class _Reader:
    """One pass over the instructions."""

    def __init__(self, words: NDArray[np.uint32], descriptor_set: int) -> None:
        self._words = words
        self._names: dict[int, str] = {}
        self._member_names: dict[int, dict[int, str]] = {}
        self._offsets: dict[int, dict[int, int]] = {}
        self._decorations: dict[int, dict[int, int]] = {}
        self._types: dict[int, tuple[int, list[int]]] = {}
        self._variables: dict[int, tuple[int, int]] = {}
        self._entries: list[tuple[int, str]] = []
        self._used: set[int] = set()
        self._capabilities: set[int] = set()
        self._group = (0, 0, 0)
        in_function = False
        for number, operands, place in self._instructions():
            in_function = in_function or number == _FUNCTION
            if in_function:
                self._used.update(operands[_USES.get(number, slice(0, 0))])
            else:
                self._declare(number, operands)
            if number == _DECORATE and operands[2] == _SET:
                words[place + 3] = descriptor_set

    def module(self) -> Module:
        """What was found."""
        if len(self._entries) != 1:
            raise ValueError(f"{len(self._entries)} entry points, expected one")
        model, entry = self._entries[0]
        uniforms: dict[str, int] = {}
        size = 0
        resources: list[Resource] = []
        for variable, (pointer, storage) in self._variables.items():
            kind, struct = self._kind(pointer, storage)
            if not kind:
                continue
            name = self._names.get(variable) or self._names.get(struct, "")
            if kind == "uniform":
                name = "$Globals"
                uniforms = {
                    _plain(self._member_names[struct][member]): offset
                    for member, offset in self._offsets.get(struct, {}).items()
                }
                size = self._block_bytes(struct)
            binding = self._decorations.get(variable, {}).get(_BINDING, 0)
            resources.append(Resource(_plain(name), kind, binding, variable in self._used))
        stage = STAGES.get(model, f"model {model}")
        capabilities = frozenset(self._capabilities)
        return Module(self._words, entry, stage, self._group, tuple(resources), uniforms, size, capabilities)

    def _instructions(self) -> Iterator[tuple[int, list[int], int]]:
        """Number, words and place of each instruction; the first of its words is its head."""
        place, words = 5, self._words
        while place < len(words):
            length = int(words[place]) >> 16
            if length == 0:
                raise ValueError(f"an instruction of no words at word {place}")
            yield int(words[place]) & 0xFFFF, words[place : place + length].tolist(), place
            place += length

    def _declare(self, number: int, operands: list[int]) -> None:
        if number == _NAME:
            self._names[operands[1]] = _text(operands[2:])
        elif number == _MEMBER_NAME:
            self._member_names.setdefault(operands[1], {})[operands[2]] = _text(operands[3:])
        elif number == _ENTRY_POINT:
            self._entries.append((operands[1], _text(operands[3:])))
        elif number == _MODE and operands[2] == _LOCAL_SIZE:
            self._group = (operands[3], operands[4], operands[5])
        elif number == _CAPABILITY:
            self._capabilities.add(operands[1])
        elif number == _DECORATE:
            self._decorations.setdefault(operands[1], {})[operands[2]] = operands[3] if len(operands) > 3 else 1
        elif number == _MEMBER_DECORATE and operands[3] == _OFFSET:
            self._offsets.setdefault(operands[1], {})[operands[2]] = operands[4]
        elif 19 <= number <= 39:
            self._types[operands[1]] = (number, operands[2:])
        elif number == _VARIABLE:
            self._variables[operands[2]] = (operands[1], operands[3])

    def _kind(self, pointer: int, storage: int) -> tuple[str, int]:
        """What a variable is, and the type behind its pointer."""
        target = self._types[pointer][1][1]
        marks = self._decorations.get(target, {})
        if storage == _STORAGE_BUFFER or (storage == _UNIFORM and _BUFFER_BLOCK in marks):
            return "storage", target
        if storage == _UNIFORM and _BLOCK in marks:
            return "uniform", target
        if storage == _UNIFORM_CONSTANT and self._types[target][0] == _TYPE_IMAGE:
            return "image", target
        return "", target

    def _block_bytes(self, struct: int) -> int:
        """Size of the block of uniforms, up to a whole vector; arrays are of float4 alone."""
        members = self._types[struct][1]
        ends = [offset + self._member_bytes(members[member]) for member, offset in self._offsets[struct].items()]
        return (max(ends, default=0) + 15) // 16 * 16

    def _member_bytes(self, type_id: int) -> int:
        number, operands = self._types[type_id]
        if number == _TYPE_STRUCT:  # slangc's arrays are in one
            return sum(map(self._member_bytes, operands))
        if number == _TYPE_ARRAY:
            return 16 * self._constant(operands[1])
        return 4 * operands[1] if number == _TYPE_VECTOR else 4

    def _constant(self, wanted: int) -> int:
        for number, operands, _ in self._instructions():
            if number == _CONSTANT and operands[2] == wanted:
                return operands[3]
        raise ValueError(f"no constant {wanted}")


def _text(words: list[int]) -> str:
    return np.array(words, np.uint32).tobytes().split(b"\0")[0].decode()


def _plain(name: str) -> str:
    """A name as the HLSL has it: slangc appends a number."""
    return name[:-2] if name.endswith("_0") else name
