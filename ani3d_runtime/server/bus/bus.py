"""Bus: messages between server processes. Any may be lost; none comes twice, and those of one sender come in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from ani3d_runtime.errors import NotFoundError, ServiceError

# A process that is there answers within milliseconds, unless it compiles kernels.
ANSWER_TIMEOUT_S = 5.0
# Messages that wait because the bus or a listener is slow; the next ones are lost.
MAX_WAITING_BYTES = 16 << 20

Answer: TypeAlias = Callable[[bytes], None]
Receive: TypeAlias = Callable[[bytes, "Answer | None"], None]
"""Takes a message, and how to answer it; None where no answer is expected."""
Stop: TypeAlias = Callable[[], None]


class Bus(Protocol):
    """What a server process sends to the others, and receives from them. Belongs to one event loop.

    Subjects are words of letters, digits, ``_``, ``-`` and ``%``, with dots between.
    """

    @property
    def is_connected(self) -> bool:
        """Whether messages can leave and come at present."""
        ...

    async def connect(self) -> None:
        """Connect to the other processes.

        Raises:
            Ani3dError: why that is not possible; ``bus-unreachable`` above all.
        """
        ...

    async def close(self) -> None:
        """Disconnect, once every message is on its way."""
        ...

    async def listen(self, subject: str, receive: Receive) -> Stop:
        """Receive everything about a subject, one's own messages among it, until the returned function is called.

        The bus may not know of it yet when this returns. It learns it before the next message of this process.
        """
        ...

    def publish(self, subject: str, body: bytes) -> None:
        """Send to all who listen; lost where there is no connection."""
        ...

    async def ask(self, subject: str, body: bytes, timeout_s: float = ANSWER_TIMEOUT_S) -> bytes:
        """The first answer of those who listen.

        Raises:
            NotFoundError: ``bus-nobody-listens``, at once.
            ServiceError: ``service-unreachable`` where there is no connection, or no answer in time.
        """
        ...


def nobody_listens(subject: str) -> NotFoundError:
    """No process has what a question is about."""
    return NotFoundError(
        "bus-nobody-listens",
        subject,
        found="no server process that answers",
        expected="one that has it",
        fix="Create it first.",
    )


def out_of_reach(subject: str, found: str) -> ServiceError:
    """A question could not be answered; it may be later. Clients know the code, and try again."""
    return ServiceError(
        "service-unreachable",
        subject,
        found=found,
        expected="a live bus that is up, and an answer of the server that has the session",
        fix="Try again in a moment; the server's log says what is wrong with its bus.",
    )


def bus_unreachable(where: str, reason: str) -> ServiceError:
    """The bus is not there when a server starts."""
    return ServiceError(
        "bus-unreachable",
        where,
        found=reason,
        expected="a bus that takes connections",
        fix="Start it (nats-server -a 127.0.0.1), or correct --bus.",
    )
