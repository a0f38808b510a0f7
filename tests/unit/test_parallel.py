"""Parallel kernels survive being called from several threads at once, and there is no other way to make one."""

from __future__ import annotations

import threading
from pathlib import Path

import numba
import numpy as np

import ani3d_runtime
from ani3d_runtime.parallel import parallel_kernel


@parallel_kernel()
def _square(values, squares):  # type: ignore[no-untyped-def]
    for i in numba.prange(values.shape[0]):
        squares[i] = values[i] * values[i]


def test_threads_may_call_kernels_together() -> None:
    values = np.arange(200_000, dtype=np.float32)
    results = [np.empty_like(values) for _ in range(4)]

    def work(squares: np.ndarray) -> None:
        for _ in range(25):
            _square(values, squares)

    threads = [threading.Thread(target=work, args=(squares,)) for squares in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for squares in results:
        np.testing.assert_array_equal(squares, values * values)


def test_every_parallel_kernel_goes_through_the_door() -> None:
    package = Path(ani3d_runtime.__file__).parent
    strays = [
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "parallel=True" in path.read_text(encoding="utf-8") and path.name != "parallel.py"
    ]
    assert strays == []
