"""A call ends with its caller's token, whatever it waits for."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace

import pytest

from ani3d_runtime.errors import UnauthenticatedError
from ani3d_runtime.server.trust import expiry
from ani3d_runtime.server.trust.call import Call
from ani3d_runtime.server.trust.expiry import UntilExpiry
from ani3d_runtime.server.trust.principal import ANONYMOUS

SOON_S = 0.05


def test_a_cancellation_that_a_wait_has_swallowed_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As wait_for does before Python 3.12, where what it waits for is done in the same turn."""
    monkeypatch.setattr(expiry, "_AGAIN_S", SOON_S)
    call = Call(principal=replace(ANONYMOUS, expires_s=time.time() + SOON_S))

    async def story() -> None:
        with UntilExpiry(call):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(10)
            await asyncio.sleep(10)

    with pytest.raises(UnauthenticatedError) as refusal:
        asyncio.run(asyncio.wait_for(story(), 5))
    assert refusal.value.code == "token-expired"


def test_a_call_that_is_over_in_time_is_left_alone() -> None:
    call = Call(principal=replace(ANONYMOUS, expires_s=time.time() + SOON_S))

    async def story() -> None:
        with UntilExpiry(call):
            await asyncio.sleep(0)
        await asyncio.sleep(3 * SOON_S)

    asyncio.run(story())
    assert call.result == "ok"
