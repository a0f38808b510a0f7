"""Responses: those of one call, taken from gRPC by a thread of their own."""

from __future__ import annotations

import queue
import threading
from typing import Any

import grpc

from ani3d_runtime.client.protocol.calls import error_of

# One that the caller works on, and one on its way to it.
_AHEAD = 2


class Responses:
    """Iterate to get the responses of a call that streams them.

    gRPC waits in Python code that holds locks. Ctrl-C is answered by the main thread wherever it is: there it leaves a
    lock broken, and the command fails by another error or never ends. So the caller waits for a simple queue, which
    no signal can break, and a thread that gets no signals waits for gRPC.

    Args:
        call: of gRPC, as its multi-callable returned it.
        target: what errors name.
    """

    def __init__(self, call: Any, target: str) -> None:
        self._call = call
        self._target = target
        # What is asked for is counted, so that a server which sends faster than it is read fills no memory.
        self._wanted: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._taken: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._end: BaseException | None = None
        for _ in range(_AHEAD):
            self._wanted.put(None)
        threading.Thread(target=self._take, name="ani3d-responses", daemon=True).start()

    def __iter__(self) -> Responses:
        return self

    def __next__(self) -> Any:
        """The next response.

        Raises:
            StopIteration: the call has ended well.
            Ani3dError: why it has not, again and again.
        """
        if self._end is None:
            response = self._taken.get()
            if not isinstance(response, BaseException):
                self._wanted.put(None)
                return response
            self._end = response
        raise self._end

    def cancel(self) -> None:
        """Hang up; who waits for a response gets ``service-cancelled``."""
        self._call.cancel()
        self._wanted.put(None)

    def _take(self) -> None:
        try:
            while True:
                self._wanted.get()
                self._taken.put(next(self._call))
        except grpc.RpcError as error:
            self._taken.put(error_of(error, self._target))
        except BaseException as error:  # StopIteration, or what the caller would else wait for in vain
            self._taken.put(error)
