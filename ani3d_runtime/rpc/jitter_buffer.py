"""How long live poses may be held back: refused by the client before it asks, and by the server whoever asks."""

from __future__ import annotations

from ani3d_runtime.errors import UsageError

MAX_JITTER_BUFFER_S = 1.0


def checked_jitter_buffer(hold_s: float) -> float:
    """``hold_s``, seconds that a pose is held back, if a server allows it.

    Raises:
        UsageError: ``live-bad-jitter-buffer``.
    """
    if not 0 <= hold_s <= MAX_JITTER_BUFFER_S:
        raise UsageError(
            "live-bad-jitter-buffer",
            "jitter buffer",
            found=f"{hold_s} s",
            expected=f"0 to {MAX_JITTER_BUFFER_S:g} s",
            fix="Choose a shorter one.",
        )
    return hold_s
