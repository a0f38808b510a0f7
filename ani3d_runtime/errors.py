"""Coded errors. Every refusal that a user can meet is one of these.

Ani3dError
├── UsageError          the command or call itself is wrong (exit code 2)
├── InputError          a user's file or array cannot be used as it is
│   ├── SplatFileError  a file of Gaussians
│   ├── PlyError        a Gaussian PLY
│   ├── MotionError     a motion file or array
│   ├── BodyModelError  a body model file
│   └── ResidualError   a residual file or array
├── PackageError        an .a3d file
│   ├── NotAPackageError     not ours
│   ├── FuturePackageError   ours, written by a newer version
│   └── BrokenPackageError   ours and damaged
├── NotFoundError       a named avatar, clip, motion or frame does not exist
├── ResourceError       disk, memory or a missing optional dependency
└── ServiceError        the other end of a connection
    ├── UnauthenticatedError  it does not know who calls
    └── ForbiddenError        it knows, and does not allow it

A message has four parts, so that a reader can act on it: the object, what was found, what was
expected, and what to do next. The code is stable across releases and languages.
"""

from __future__ import annotations


class Ani3dError(Exception):
    """Base of every error that ani3d raises on purpose.

    Args:
        code: stable kebab-case name of the refusal, such as ``ply-missing-property``.
        subject: the file, array or object that is refused.
        found: what was there.
        expected: what would have been accepted.
        fix: what the user can do next, as an imperative sentence.
    """

    def __init__(self, code: str, subject: object, *, found: str, expected: str, fix: str) -> None:
        self.code = code
        self.subject = str(subject)
        self.found = found
        self.expected = expected
        self.fix = fix
        super().__init__(f"{self.subject}: found {found}; expected {expected}. {fix}")

    def to_json(self) -> dict[str, str]:
        """The error as scripts read it."""
        return {
            "code": self.code,
            "subject": self.subject,
            "found": self.found,
            "expected": self.expected,
            "fix": self.fix,
        }

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only fields do not survive the default pickling between bake processes.
        return (_rebuild, (type(self), self.code, self.subject, self.found, self.expected, self.fix))


def _rebuild(kind: type[Ani3dError], code: str, subject: str, found: str, expected: str, fix: str) -> Ani3dError:
    return kind(code, subject, found=found, expected=expected, fix=fix)


class UsageError(Ani3dError):
    """The command or call itself is wrong."""


class InputError(Ani3dError):
    """A user's file or array cannot be used as it is."""


class SplatFileError(InputError):
    """A file of Gaussians cannot be used."""


class PlyError(InputError):
    """A Gaussian PLY cannot be used."""


class MotionError(InputError):
    """A motion cannot be used."""


class BodyModelError(InputError):
    """A body model cannot be used."""


class ResidualError(InputError):
    """A residual layer cannot be used."""


class PackageError(Ani3dError):
    """An .a3d package cannot be read."""


class NotAPackageError(PackageError):
    """The file is not an .a3d package."""


class FuturePackageError(PackageError):
    """The package was written by a newer version of ani3d."""


class BrokenPackageError(PackageError):
    """The package is ours and damaged."""


class NotFoundError(Ani3dError):
    """A named avatar, clip, motion or frame does not exist."""


class ResourceError(Ani3dError):
    """Disk, memory or an optional dependency is missing."""


class ServiceError(Ani3dError):
    """The other end of a connection failed or refused."""


class UnauthenticatedError(ServiceError):
    """The server does not know who calls: no token, or one that it does not accept."""


class ForbiddenError(ServiceError):
    """The server knows who calls and does not allow the call."""
