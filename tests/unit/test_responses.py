"""Responses of a call come through a thread of their own, which Ctrl-C cannot break."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import grpc
import pytest

from ani3d_runtime.client.blocking.responses import Responses
from ani3d_runtime.errors import Ani3dError
from tests.waiting import until


class _Call:
    """Stands in for a call of gRPC: counts what is read, and waits where there is no more."""

    def __init__(self, responses: Iterator[object]) -> None:
        self._responses = responses
        self._hung_up = threading.Event()
        self.readers: set[str] = set()
        self.read_count = 0

    def __next__(self) -> object:
        self.readers.add(threading.current_thread().name)
        response = next(self._responses, None)
        if response is None:
            self._hung_up.wait()
            raise _CancelledError
        if isinstance(response, Exception):
            raise response
        self.read_count += 1
        return response

    def cancel(self) -> bool:
        self._hung_up.set()
        return True


class _CancelledError(grpc.RpcError):
    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.CANCELLED

    def details(self) -> str:
        return "cancelled"

    def trailing_metadata(self) -> tuple[()]:
        return ()


def test_ctrl_c_while_waiting_leaves_a_call_that_can_be_cancelled() -> None:
    call = _Call(iter(["first"]))
    responses = Responses(call, "server")
    assert next(responses) == "first"
    interrupt = threading.Timer(0.05, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))

    def wait() -> None:
        interrupt.start()
        next(responses)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            wait()
    finally:
        signal.signal(signal.SIGINT, before)
    responses.cancel()
    for _ in range(2):
        with pytest.raises(Ani3dError) as caught:
            next(responses)
        assert caught.value.code == "service-cancelled"
    assert threading.main_thread().name not in call.readers


def test_no_more_is_read_than_is_taken_and_a_little_ahead() -> None:
    call = _Call(iter(range(1, 1000)))
    responses = Responses(call, "server")
    until(lambda: call.read_count == 2)
    assert [next(responses) for _ in range(10)] == list(range(1, 11))
    until(lambda: call.read_count == 12)
    responses.cancel()


def test_a_fault_of_the_call_reaches_who_waits() -> None:
    responses = Responses(_Call(iter([ValueError("closed channel")])), "server")
    with pytest.raises(ValueError, match="closed channel"):
        next(responses)


def test_the_end_is_the_end() -> None:
    assert list(Responses(iter(["a", "b"]), "server")) == ["a", "b"]
