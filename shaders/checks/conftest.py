"""What tests of kernels share."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from scripts.downloads.programs import ToolchainError
from shaders.checks.toolchain import Toolchain, find_toolchain

if TYPE_CHECKING:
    from shaders.checks.gpu.device import Device


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """What needs a compiler that could not be had is skipped, and says why."""
    try:
        return (yield)
    except ToolchainError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def tools() -> Toolchain:
    """Compilers and device."""
    return find_toolchain()


@pytest.fixture(scope="session")
def gpu(tools: Toolchain) -> Device:
    """The device that kernels run on."""
    if not tools.runs:
        pytest.skip("; ".join(tools.missing.values()))
    # Not at the top: without a Vulkan loader the import fails.
    from shaders.checks.gpu.device import Device

    return Device()
