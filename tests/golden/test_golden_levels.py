"""The golden vector of levels of detail is as its generator makes it, and our reader agrees with it."""

from __future__ import annotations

import json

from spec.readers.python.levels import shown
from spec.vectors.comparison import differences
from tests.golden.levels_vector import PATH, rendered


def test_the_vector_is_reproduced_and_our_reader_agrees() -> None:
    made, committed = rendered(), json.loads(PATH.read_text(encoding="utf-8"))
    expected = committed.pop("expected")
    assert not differences("levels", expected, made.pop("expected"))
    assert made == committed
    assert not differences("levels", expected, shown(committed))
