"""What diffusers and transformers say while they load, kept from running through what we say."""

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


@contextlib.contextmanager
def quiet_transformers() -> Generator[None, None, None]:
    """While the block lasts, transformers says nothing but errors."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)
