"""without_bars: diffusers and transformers load without bars of their own, which would run through ours."""

# pyright: basic
from __future__ import annotations

import contextlib
from collections.abc import Generator


@contextlib.contextmanager
def without_bars() -> Generator[None, None, None]:
    """While the block lasts, neither library draws a bar; afterwards it is as it was."""
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    shown = [library for library in (diffusers_logging, transformers_logging) if library.is_progress_bar_enabled()]
    for library in shown:
        library.disable_progress_bar()
    try:
        yield
    finally:
        for library in shown:
            library.enable_progress_bar()
